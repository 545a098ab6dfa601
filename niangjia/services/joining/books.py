"""The check of this room's books: what was counted is what the applications say."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Sum

from niangjia.commons.desk.models import DeskItem
from niangjia.commons.ledger.books import Difference, register
from niangjia.commons.ledger.models import LedgerRow
from niangjia.services.joining.models import Application
from niangjia.services.joining.queries import SUBJECT_TYPE
from niangjia.services.joining.records import APPLIED, JOINED
from niangjia.services.joining.rosters.models import Roster
from niangjia.services.joining.stalls.models import Stall
from niangjia.services.joining.stalls.records import FOUNDED, TALK
from niangjia.services.joining.stalls.states import StallState
from niangjia.services.joining.states import OPEN_STATES, ApplicationState


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
