"""Who may see a dispute, answer it and decide it: each question beside its queryset twin."""

from __future__ import annotations

from django.db.models import Q

from niangjia.commons.people.disputes.models import Dispute, DisputeQuerySet
from niangjia.commons.people.own_data.wards import wards_of
from niangjia.commons.people.policies import KEEPERS, READERS, is_own_or_kin
from niangjia.commons.unions import scope, tree
from niangjia.commons.unions.policies import ground_of
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _


def not_found() -> NotFound:
    """The one answer for a dispute that does not exist and for one out of sight."""
    return NotFound("NOT_FOUND", _("没有找到这件申诉。"))


def visible_disputes(actor: Actor) -> DisputeQuerySet:
    """As a member those that one raised, for a ward while one is the guardian, or is asked about; as an officer those
    of one's unions and below, never those in which one is a side."""
    rows: DisputeQuerySet = Dispute.objects.all()
    if actor.is_system:
        return rows
    if actor.user_id is None:
        return rows.none()
    if actor.is_member:
        asked = Q(asked_by=actor.user_id)
        wards = wards_of(actor) if rows.filter(asked, for_ward=True).exists() else ()
        mine = Q(for_ward=False) | Q(person__in=[one.pk for one in wards])
        return rows.filter(asked & mine | Q(holder_user=actor.user_id))
    own = Q(asked_by=actor.user_id) | Q(holder_user=actor.user_id)
    if actor.is_staff and actor.grants_of(*READERS):
        return rows.filter(scope.within(actor, *READERS)).exclude(own)
    return rows.none()


def listed_disputes(actor: Actor) -> DisputeQuerySet:
    """The visible ones within the union chosen in the console's switcher."""
    return visible_disputes(actor).filter(scope.shown(actor, *READERS))


def may_raise(actor: Actor) -> Decision:
    """Raise one: whoever is signed in on a phone, for themselves."""
    if actor.is_member and actor.user_id is not None:
        return allow("own")
    return refuse("NOT_YOURS", _("请用手机登录后，由本人提出。"))


def may_withdraw(actor: Actor, dispute: Dispute) -> Decision:
    """Take it back: who raised it; the system when they are erased."""
    if actor.is_system or (actor.is_member and actor.user_id == dispute.asked_by_id):
        return allow("system" if actor.is_system else "own")
    return refuse("NOT_YOURS", _("只有本人可以这样操作。"))


def may_answer(actor: Actor, dispute: Dispute) -> Decision:
    """Answer: the account with which the number stands."""
    if actor.is_member and actor.user_id is not None and actor.user_id == dispute.holder_user_id:
        return allow("own")
    return refuse("NOT_YOURS", _("只有本人可以这样操作。"))


def may_decide(actor: Actor, dispute: Dispute) -> Decision:
    """Decide: an officer of the union above both, or higher; never about themselves or kin of either side."""
    if actor.is_system:
        return allow("system")
    grant = scope.reaching(actor, tree.path_of(dispute.union_id), *KEEPERS) if actor.is_staff else None
    if grant is None:
        return refuse("NO_OFFICE_HERE", _("您在这个工会没有办理这件事的职务。"))
    if actor.user_id in (dispute.asked_by_id, dispute.holder_user_id) or _is_near(actor, dispute):
        return refuse("OWN_CASE", _("不能办理自己或亲属的申诉，请交给同事。"))
    return allow(ground_of(grant))


def may_confirm(actor: Actor, dispute: Dispute) -> Decision:
    """Agree with a proposed decision, or send it back: another officer than who proposed it."""
    here = may_decide(actor, dispute)
    if here and actor.user_id is not None and actor.user_id == dispute.proposed_by_id:
        return refuse("OWN_PROPOSAL", _("要由另一位同事复核，不能复核自己提出的决定。"))
    return here


def _is_near(actor: Actor, dispute: Dispute) -> bool:
    sides = [one for one in (dispute.person_id, dispute.holder_id) if one is not None]
    return any(is_own_or_kin(actor, one) for one in sides)
