"""What disputes hear: a merge they led to is approved or dropped, a side is erased."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from niangjia.commons.people.disputes import actions
from niangjia.commons.people.disputes.models import Dispute, DisputeQuerySet
from niangjia.commons.people.disputes.states import DisputeEvent, DisputeState
from niangjia.commons.people.models import Person
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import allow
from niangjia.platform.lifecycle import lifecycle

BY_MERGE = allow("merge")


def follow_merge(*, kept: Person, merged: Person, actor: Actor, **_arguments: Any) -> None:
    """Both sides became one: the dispute between them is settled."""
    changes = {"decided_by_id": actor.user_id}
    for dispute in _between(kept, merged):
        lifecycle.apply(dispute, DisputeEvent.JOIN, actor=actor, decision=BY_MERGE, changes=changes)


def follow_dropped_merge(*, kept: Person, merged: Person, actor: Actor, **_arguments: Any) -> None:
    """The merge was refused or taken back: the dispute waits for another decision."""
    changes = {"outcome": "", "proposed_by_id": None, "merge_id": None}
    for dispute in _between(kept, merged):
        lifecycle.apply(dispute, DisputeEvent.MERGE_DROPPED, actor=actor, decision=BY_MERGE, changes=changes)


def forget_side(*, subject_key: str, actor: Actor, **_arguments: Any) -> None:
    """Take back what an erased person raised; what was asked of them goes on to the union without them."""
    system = Actor.system("people.erasure", trace=actor.trace)
    raised = Dispute.objects.filter(person__public_id=subject_key, state__in=actions.WITHDRAWABLE)
    for public_id in list(raised.values_list("public_id", flat=True)):
        actions.withdraw(public_id=public_id, actor=system)
    asked = Dispute.objects.filter(holder__public_id=subject_key, state=DisputeState.ASKED)
    for dispute in asked.select_for_update(of=("self",)):
        lifecycle.apply(dispute, DisputeEvent.PASS_ON, actor=system, decision=allow("erasure"))


def _between(kept: Person, merged: Person) -> DisputeQuerySet:
    sides = Q(person=kept, holder=merged) | Q(person=merged, holder=kept)
    rows: DisputeQuerySet = Dispute.objects.filter(sides, state=DisputeState.MERGING)
    return rows.select_for_update(of=("self",))
