"""Who may see a merge, propose one, and decide about it: each question beside its queryset twin."""

from __future__ import annotations

from niangjia.commons.people.merging.models import Merge
from niangjia.commons.people.models import Person
from niangjia.commons.people.policies import KEEPERS, READERS, is_own_or_kin, not_found, visible_people
from niangjia.commons.unions import scope, tree
from niangjia.commons.unions.policies import ground_of
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _
from niangjia.platform.lifecycle.models import TrackedQuerySet


def no_such_merge() -> NotFound:
    """The one answer for a merge that does not exist and for one out of sight."""
    return NotFound("NOT_FOUND", _("没有找到这件合并。"))


def visible_merges(actor: Actor) -> TrackedQuerySet:
    """Those that one's unions, or unions below them, answer for; one's own proposals."""
    rows: TrackedQuerySet = Merge.objects.all()
    if actor.is_system:
        return rows
    if actor.is_staff and actor.grants_of(*KEEPERS):
        return rows.filter(scope.within(actor, *KEEPERS)) | rows.filter(proposed_by=actor.user_id)
    return rows.none()


def listed_merges(actor: Actor) -> TrackedQuerySet:
    """The visible ones within the union chosen in the console's switcher."""
    return visible_merges(actor).filter(scope.shown(actor, *READERS))


def may_propose_any(actor: Actor) -> Decision:
    """Propose merges at all: an officer."""
    if actor.is_staff and actor.grants_of(*KEEPERS):
        return allow(ground_of(actor.grants_of(*KEEPERS)[0]))
    return refuse("NO_OFFICE_HERE", _("您在这个工会没有办理这件事的职务。"))


def entry_for(actor: Actor, public_id: str) -> Person:
    """An entry in the actor's sight that was not merged. Raises NotFound."""
    person = visible_people(actor).filter(public_id=public_id, erased_at=None).first()
    if person is None:
        raise not_found()
    return person


def may_propose(actor: Actor, kept: Person, merged: Person) -> Decision:
    """Propose: an officer who sees both; never about oneself or one's kin."""
    allowed = may_propose_any(actor)
    return _unless_own(actor, allowed, kept.pk, merged.pk) if allowed else allowed


def may_decide(actor: Actor, merge: Merge) -> Decision:
    """Approve or refuse: another officer of the union above both; never about oneself or one's kin."""
    here = may_keep(actor, merge)
    if here and actor.user_id == merge.proposed_by_id:
        return refuse("OWN_PROPOSAL", _("要由另一位同事复核，不能复核自己提出的合并。"))
    return here


def may_keep(actor: Actor, merge: Merge) -> Decision:
    """Take apart: an officer of the union above both, the proposer too; never about oneself or one's kin."""
    grant = scope.reaching(actor, tree.path_of(merge.union_id), *KEEPERS) if actor.is_staff else None
    if grant is None:
        return refuse("NO_OFFICE_HERE", _("您在这个工会没有办理这件事的职务。"))
    return _unless_own(actor, allow(ground_of(grant)), merge.kept_id, merge.merged_id)


def may_withdraw(actor: Actor, merge: Merge) -> Decision:
    """Take a proposal back: who made it; the system when one of the two is erased."""
    if actor.is_system or (actor.is_staff and actor.user_id == merge.proposed_by_id):
        return allow("system" if actor.is_system else "own")
    return refuse("NOT_YOURS", _("只有提出的同事可以撤回。"))


def _unless_own(actor: Actor, allowed: Decision, *people: int) -> Decision:
    if any(is_own_or_kin(actor, one) for one in people):
        return refuse("OWN_CASE", _("不能办理自己或亲属的登记，请交给同事。"))
    return allowed
