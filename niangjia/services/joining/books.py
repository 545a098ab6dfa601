"""The check of this room's books: what was counted is what the applications say."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Sum

from niangjia.commons.desk.models import DeskItem
from niangjia.commons.ledger.books import Difference, register
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.people.models import Membership
from niangjia.commons.people.states import MembershipEvent, MembershipState
from niangjia.services.joining.exits.models import Exit, ExitQuerySet
from niangjia.services.joining.exits.states import ExitState
from niangjia.services.joining.fits.models import Fit
from niangjia.services.joining.fits.states import FitState
from niangjia.services.joining.models import Application
from niangjia.services.joining.queries import SUBJECT_TYPE
from niangjia.services.joining.records import APPLIED, JOINED
from niangjia.services.joining.rosters.models import Roster
from niangjia.services.joining.stalls.models import Stall
from niangjia.services.joining.stalls.records import FOUNDED, TALK
from niangjia.services.joining.stalls.states import StallState
from niangjia.services.joining.states import OPEN_STATES, ApplicationState
from niangjia.services.joining.transfers.models import Transfer
from niangjia.services.joining.transfers.records import CAME, GONE
from niangjia.services.joining.transfers.states import UNDER_WAY, Asked, TransferState


def check() -> Iterator[Difference]:
    """Every application was counted once, every approved one as a join, every open one waits on somebody; every talk
    that ended and every founding was counted once."""
    approved = Application.objects.filter(state=ApplicationState.APPROVED)
    for what, expected, found in (
        ("applications received", Application.objects.count(), _counted(APPLIED)),
        ("joined", approved.count(), _counted(JOINED)),
        ("joined by rosters", Roster.objects.aggregate(sum=Sum("joined"))["sum"] or 0, _joined_by_rosters()),
        ("talks held", Stall.objects.filter(state=StallState.ENDED).count(), _all_of(TALK)),
        ("unions founded by talks", Stall.objects.filter(founded__isnull=False).count(), _all_of(FOUNDED)),
        ("members deemed to have left", _left().count(), _deemed_left()),
        ("transfers accepted", Transfer.objects.filter(state=TransferState.ACCEPTED).count(), _all_of(CAME)),
        ("transfers gone", Transfer.objects.filter(state=TransferState.ACCEPTED).count(), _all_of(GONE)),
        ("fits accepted", Fit.objects.filter(state=FitState.ACCEPTED).count(), _taken_up()),
        ("memberships marked as transferring", _under_way(), _marked()),
        ("open applications on a desk", Application.objects.filter(state__in=OPEN_STATES).count(), _waiting()),
    ):
        if expected != found:
            yield Difference("joining", what, str(expected), str(found))


def declare() -> None:
    """Called when the room is ready."""
    register("joining", check)


def _counted(measure: str) -> int:
    return LedgerRow.objects.filter(measure=measure, source_type=SUBJECT_TYPE, reverses=None, reversed_by=None).count()


def _joined_by_rosters() -> int:
    """A roster's joins are counted with the memberships that it opens."""
    rows = LedgerRow.objects.filter(measure=JOINED, source_type="people.membership", reverses=None, reversed_by=None)
    return rows.count()


def _all_of(measure: str) -> int:
    return LedgerRow.objects.live().filter(measure=measure).count()


def _waiting() -> int:
    return DeskItem.objects.open().filter(subject_type=SUBJECT_TYPE).count()


def _left() -> ExitQuerySet:
    rows: ExitQuerySet = Exit.objects.filter(state=ExitState.LEFT)
    return rows


def _deemed_left() -> int:
    """Memberships that such a case ended."""
    ended = Membership.objects.filter(state=MembershipState.ENDED, ended_by=MembershipEvent.DEEM_LEFT)
    return ended.filter(pk__in=_left().values("membership")).count()


def _under_way() -> int:
    """Transfers under way whose membership has not ended or moved by another way: the nightly job closes those."""
    return Transfer.objects.filter(state__in=UNDER_WAY, membership__state=MembershipState.TRANSFERRING).count()


def _taken_up() -> int:
    return Transfer.objects.filter(asked=Asked.FIT).count()


def _marked() -> int:
    return Membership.objects.filter(state=MembershipState.TRANSFERRING).count()
