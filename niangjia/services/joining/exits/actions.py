"""Everything that changes a case of deemed exit; the membership follows in the same transaction.

Order of locks: the case, the person, the membership.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction

from niangjia.commons.desk import calendar
from niangjia.commons.people import actions as people
from niangjia.commons.people import restoring
from niangjia.commons.people.models import Membership
from niangjia.commons.people.states import MembershipEvent
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.policy import Decision, allow
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices.kinds import Notice, NoticeKind
from niangjia.services.joining import many
from niangjia.services.joining.exits import notices, parameters, policies, rules, signs
from niangjia.services.joining.exits.models import Exit
from niangjia.services.joining.exits.states import ExitEvent
from niangjia.services.joining.many import Done


@transaction.atomic()
def list_exit(*, membership: Membership, actor: Actor) -> Exit:
    """Put a member on the list to be looked at; nobody is told. Called by the clock.

    Raises RuleBroken EXIT_OFF where the rule is off, Conflict EXIT_OPEN.
    """
    months = parameters.after_months(membership.union_id, clock.today())
    if not months:
        raise RuleBroken("EXIT_OFF", _("本工会没有启用视为退会名单。"))
    since = rules.idle_since(clock.today(), months)
    case = Exit(person=membership.person, membership=membership, union=membership.union, idle_since=since)
    try:
        with transaction.atomic():
            return lifecycle.open(case, actor=actor, decision=allow("system"), data={"months": months})
    except IntegrityError as error:
        if Exit.objects.open().filter(membership=membership).exists():
            raise rules.open_already() from error
        raise


@transaction.atomic()
def warn_exit(*, public_id: str, told_how: str = "", actor: Actor) -> Exit:
    """Ask the member whether they are still there, with a day to answer by.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken TOLD_HOW for somebody without an account.
    """
    case, decision = _held(public_id, actor, ExitEvent.WARN)
    told = rules.require_told(told_how, has_account=case.person.user_id is not None)
    days = parameters.answer_days(case.union_id, clock.today())
    due = calendar.due_moment(clock.now(), days)
    changes = {"warned_at": clock.now(), "answer_by": due, "told_how": told}
    letters = _told(notices.WARNED, case, due=f"{clock.day_of(due):%Y-%m-%d}")
    return _apply(case, ExitEvent.WARN, actor, decision, changes=changes, letters=letters)


@transaction.atomic()
def answer_exit(*, public_id: str, actor: Actor) -> Exit:
    """The member says that they are still there; also after the day, while nothing has been done.

    Raises NotFound, NotAllowed, InvalidMove.
    """
    case = _locked(public_id, actor)
    decision = policies.may_answer(actor, case).require()
    return _apply(case, ExitEvent.STAY, actor, decision, letters=_told(notices.STAYED, case))


@transaction.atomic()
def keep_exit(*, public_id: str, reason: str, actor: Actor) -> Exit:
    """An officer knows that dues are paid, or why they are not.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken.
    """
    case, decision = _held(public_id, actor, ExitEvent.KEEP)
    said = require_reason(reason)
    return _apply(case, ExitEvent.KEEP, actor, decision, said, {"answer_reason": said})


@transaction.atomic()
def deem_exit(*, public_id: str, reason: str, actor: Actor) -> Exit:
    """End the membership of somebody who was warned and did not answer in time.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken (REASON_NEEDED, ANSWER_TIME_RUNS, ACTIVE_AGAIN), Conflict
    STALE.
    """
    case, decision = _held(public_id, actor, ExitEvent.DEEM)
    said = require_reason(reason)
    rules.require_over(case.answer_by, clock.now())
    rules.require_silent(signs.last_of(case.person), case.warned_at)
    if case.membership.union_id != case.union_id:
        raise people.stale()
    cause = MembershipEvent.DEEM_LEFT.value
    people.end_membership(case.membership, cause=cause, actor=actor, decision=decision, day=clock.today(), reason=said)
    until = clock.today() + timedelta(days=parameters.undo_days(case.union_id, clock.today()))
    letters = _told(notices.LEFT, case, due=f"{until:%Y-%m-%d}")
    return _apply(case, ExitEvent.DEEM, actor, decision, said, {"answer_reason": said}, letters=letters)


@transaction.atomic()
def undo_exit(*, public_id: str, reason: str, actor: Actor) -> Exit:
    """It should not have been: the membership goes on as if it had never ended.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken (REASON_NEEDED, UNDO_OVER), Conflict (ALREADY_MEMBER,
    UNION_CLOSED).
    """
    case, decision = _held(public_id, actor, ExitEvent.UNDO)
    said = require_reason(reason)
    rules.require_undo_in_time(case.state_since, parameters.undo_days(case.union_id, clock.today()), clock.now())
    restoring.restore(case.membership, ended_by=MembershipEvent.DEEM_LEFT, actor=actor, decision=decision, reason=said)
    letters = _told(notices.UNDONE, case)
    return _apply(case, ExitEvent.UNDO, actor, decision, said, {"answer_reason": said}, letters=letters)


@transaction.atomic()
def close_exit(*, public_id: str, actor: Actor) -> Exit:
    """The membership ended, moved or is retained meanwhile. Called by the clock."""
    case, decision = _held(public_id, actor, ExitEvent.CLOSE)
    return _apply(case, ExitEvent.CLOSE, actor, decision)


def act_on_many(act: Callable[..., Exit], *, public_ids: Sequence[str], actor: Actor, **said: str) -> Done:
    """Do the same to each. Raises RuleBroken TOO_MANY_AT_ONCE."""
    return many.each(act, policies.visible_exits(actor), public_ids=public_ids, actor=actor, **said)


def _held(public_id: str, actor: Actor, event: ExitEvent) -> tuple[Exit, Decision]:
    case = _locked(public_id, actor)
    decision = policies.may_decide(actor, case).require()
    case.MACHINE.require(case.state, event)
    return case, decision


def _locked(public_id: str, actor: Actor) -> Exit:
    rows = policies.visible_exits(actor).select_for_update(of=("self",)).with_people()
    found = rows.select_related("membership__person", "membership__union").filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found  # type: ignore[no-any-return]


def _apply(
    case: Exit,
    event: ExitEvent,
    actor: Actor,
    decision: Decision,
    reason: str = "",
    changes: dict[str, Any] | None = None,
    *,
    letters: Sequence[Notice] = (),
) -> Exit:
    return lifecycle.apply(case, event, actor=actor, decision=decision, reason=reason, changes=changes, notices=letters)


def _told(kind: NoticeKind, case: Exit, *, due: str = "") -> list[Notice]:
    """A notice to the member, if they have an account."""
    user_id = case.person.user_id
    if user_id is None:
        return []
    values = {"union": case.union.name, "due": due}
    return [Notice(kind, user_id, values, link=f"/joining/exits/{case.public_id}/")]
