"""Undoing an ending that should not have been: the membership goes on as if it had never ended."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from niangjia.commons.people import actions, events, records, rules
from niangjia.commons.people.models import Membership, MembershipStay
from niangjia.commons.people.states import MembershipEvent, MembershipState
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, RuleBroken
from niangjia.kernel.policy import Decision
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.lifecycle import lifecycle

_BACK = {
    MembershipState.RETAINED: MembershipEvent.RESTORE_RETAINED,
}
"""The move that leads back to where a membership was; all others lead to the active state, for a transfer that was
under way is over."""


@dataclass(frozen=True)
class _Said:
    """Who undoes it, by which right, and why."""

    actor: Actor
    decision: Decision
    reason: str


def restore(membership: Membership, *, ended_by: str, actor: Actor, decision: Decision, reason: str) -> Membership:
    """Undo the ending ``ended_by``, in the caller's transaction.

    What the ending took out of the stock is reversed, so that no day shows one member too few. Raises NotAllowed,
    NotFound for a person who was erased, InvalidMove, Conflict (STALE, ALREADY_MEMBER, UNION_CLOSED), RuleBroken
    (REASON_NEEDED, ENDED_OTHERWISE).
    """
    decision.require()
    said = _Said(actor, decision, require_reason(reason))
    events.membership_restoring.send(sender=Membership, membership=membership, actor=actor)
    person = actions.lock(membership.person)
    held = Membership.objects.select_for_update(of=("self",), no_key=True).get(pk=membership.pk)
    held.MACHINE.require(held.state, MembershipEvent.RESTORE)
    if held.ended_by != ended_by:
        raise RuleBroken("ENDED_OTHERWISE", _("会籍不是因为这个原因终止的，不能这样撤销。"))
    held.person = person
    _require_open(held)
    try:
        with transaction.atomic():
            restored = _apply(held, said)
    except IntegrityError as error:
        if Membership.objects.current().filter(person=person).exclude(pk=held.pk).exists():
            raise rules.already_member() from error
        raise
    events.membership_restored.send(sender=Membership, membership=restored, ended_by=ended_by, actor=actor)
    return restored


def _require_open(held: Membership) -> None:
    if held.union.closed_on is not None:
        raise Conflict("UNION_CLOSED", _("“{union}”已经撤销，请本人重新申请入会。", union=held.union.name))


def _apply(held: Membership, said: _Said) -> Membership:
    event = _BACK.get(_state_before(held), MembershipEvent.RESTORE)
    facts = records.facts_of(held.person, held.MACHINE.require(held.state, event).target)
    day = held.until
    assert day is not None  # noqa: S101 - a constraint of the table says so of every ended membership
    counted = records.put_back(held.person_id, held.union_id, facts, ended_by=held.ended_by, day=day)
    last = MembershipStay.objects.filter(membership=held).order_by("-pk").values("pk")[:1]
    MembershipStay.objects.filter(pk__in=list(last.values_list("pk", flat=True))).update(until=None)
    return lifecycle.apply(
        held, event, actor=said.actor, decision=said.decision, reason=said.reason, records=[counted],
        changes={"until": None, "ended_by": "", "counted_as": facts}, data={"day": day.isoformat()},
    )  # fmt: skip


def _state_before(held: Membership) -> MembershipState:
    """In which state the ending met the membership."""
    ends = AuditEntry.objects.filter(
        subject_type=held.subject_type, subject_id=held.public_id, action=f"{held.MACHINE.name}.{held.ended_by}"
    )
    entry = ends.order_by("-id").values_list("before", flat=True).first()
    return MembershipState(entry) if entry else MembershipState.ACTIVE
