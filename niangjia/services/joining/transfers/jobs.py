"""What transfers do by the clock. Every job is safe to run twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db.models import F, Q

from niangjia.commons.desk.models import DeskItem
from niangjia.commons.people.states import CURRENT
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.jobs import JobHandle, every
from niangjia.services.joining.transfers import actions, parameters, proposing
from niangjia.services.joining.transfers.models import Transfer
from niangjia.services.joining.transfers.queries import SUBJECT_TYPE
from niangjia.services.joining.transfers.states import TransferState, WhenSilent


@every("joining.transfers_due", "40 1 * * *", label=_("处理逾期的会籍转移"))
def let_pass(job: JobHandle) -> dict[str, int]:
    """Close what a membership no longer waits for, lapse invitations, send up what was not answered."""
    actor = Actor.system("joining.transfers_due")
    gone = ~Q(membership__state__in=CURRENT) | ~Q(membership__union=F("old"))
    closed = _each(Transfer.objects.open().filter(gone), actions.close_transfer, actor)
    overdue = list(Transfer.objects.filter(pk__in=list(_overdue())))
    lapsed = _each(_in(overdue, TransferState.OFFERED), actions.lapse_transfer, actor)
    silent = _in(overdue, TransferState.REQUESTED)
    released = _each(_of(silent, WhenSilent.RELEASE), actions.release_transfer, actor)
    raised = _each(_of(silent, WhenSilent.UPPER), actions.raise_transfer, actor)
    raised += _each(_in(overdue, TransferState.RELEASED), actions.raise_transfer, actor)
    return {"closed": closed, "lapsed": lapsed, "released": released, "raised": raised}


@every("joining.transfers_offered", "15 2 * * *", label=_("询问名单上的会员是否转移"))
def offer(job: JobHandle) -> dict[str, int]:
    """Ask members whom a roster names."""
    return {"rosters": proposing.propose_from_rosters(actor=Actor.system("joining.transfers_offered"))}


def _overdue() -> Iterable[int]:
    rows = DeskItem.objects.open().filter(subject_type=SUBJECT_TYPE, due_at__lt=clock.now())
    return rows.values_list("subject_id", flat=True)


def _in(rows: Iterable[Transfer], state: TransferState) -> list[Transfer]:
    """As they stood when the run began: what it moves itself has its days before it again."""
    return [row for row in rows if row.state == state]


def _of(rows: Iterable[Transfer], choice: WhenSilent) -> list[Transfer]:
    today = clock.today()
    return [row for row in rows if parameters.when_silent(row.old_id, today) is choice]


def _each(rows: Iterable[Transfer], act: Callable[..., Transfer], actor: Actor) -> int:
    """How many moved; those that somebody moved a moment ago, or that cannot be sent higher, stay."""
    moved = 0
    for public_id in [row.public_id for row in rows]:
        try:
            act(public_id=public_id, actor=actor)
        except DomainError:
            continue
        moved += 1
    return moved
