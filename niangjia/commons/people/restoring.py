"""Undoing an ending that should not have been: the membership goes on as if it had never ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import IntegrityError, transaction

from niangjia.commons.people import actions, events, records, rules
from niangjia.commons.people.models import Membership, MembershipStay
from niangjia.commons.people.states import MembershipEvent, MembershipState
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, RuleBroken
from niangjia.kernel.policy import Decision
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.lifecycle.records import Record


def restore(
    membership: Membership, *, actor: Actor, decision: Decision, reason: str, more: Sequence[Record] = ()
) -> Membership:
    """Undo that the member was deemed to have left, in the caller's transaction.

    The stock is put back from the day on which it was taken out, so that no day shows one member too few. Raises
    NotAllowed, InvalidMove, Conflict (STALE, ALREADY_MEMBER, UNION_CLOSED), RuleBroken (REASON_NEEDED,
    ENDED_OTHERWISE).
    """
    decision.require()
    reason = require_reason(reason)
    person = actions.lock(membership.person)
    held = Membership.objects.select_for_update(of=("self",), no_key=True).get(pk=membership.pk)
    held.MACHINE.require(held.state, MembershipEvent.RESTORE)
    if held.ended_by != MembershipEvent.DEEM_LEFT:
        raise RuleBroken("ENDED_OTHERWISE", _("会籍不是因视为退会终止的，不能撤销。"))
    held.person = person
    _require_open(held)
    day = held.until
    assert day is not None  # noqa: S101 - a constraint of the table says so of every ended membership
    try:
        with transaction.atomic():
            restored = _apply(held, day, actor, decision, reason, more)
    except IntegrityError as error:
        if Membership.objects.current().filter(person=person).exclude(pk=held.pk).exists():
            raise rules.already_member() from error
        raise
    events.membership_restored.send(sender=Membership, membership=restored, actor=actor)
    return restored


def _require_open(held: Membership) -> None:
    if held.union.closed_on is not None:
        raise Conflict("UNION_CLOSED", _("“{union}”已经撤销，请本人重新申请入会。", union=held.union.name))


def _apply(
    held: Membership, day: date, actor: Actor, decision: Decision, reason: str, more: Sequence[Record]
) -> Membership:
    facts = records.facts_of(held.person, MembershipState.ACTIVE)
    event = MembershipEvent.RESTORE
    counted = records.put_in(held.person_id, held.union_id, facts, cause=event.value, day=day)
    last = MembershipStay.objects.filter(membership=held).order_by("-pk").values("pk")[:1]
    MembershipStay.objects.filter(pk__in=list(last.values_list("pk", flat=True))).update(until=None)
    return lifecycle.apply(
        held, event, actor=actor, decision=decision, reason=reason, records=[*more, counted],
        changes={"until": None, "ended_by": "", "counted_as": facts}, data={"day": day.isoformat()},
    )  # fmt: skip
