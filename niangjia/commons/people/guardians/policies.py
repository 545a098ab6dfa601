"""Who may see a guardianship and who may answer it: each question beside its queryset twin."""

from __future__ import annotations

from django.db.models import Q

from niangjia.commons.people.guardians.models import Guardianship, GuardianshipQuerySet
from niangjia.commons.people.policies import KEEPERS, READERS, is_own_or_kin
from niangjia.commons.unions import scope, tree
from niangjia.commons.unions.policies import ground_of
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _


def not_found() -> NotFound:
    """The one answer for a guardianship that does not exist and for one out of sight."""
    return NotFound("NOT_FOUND", _("没有找到这件监护登记。"))


def visible_guardianships(actor: Actor) -> GuardianshipQuerySet:
    """As a member those that one applied for; as an officer those of one's unions and below, never one's own."""
    rows: GuardianshipQuerySet = Guardianship.objects.all()
    if actor.is_system:
        return rows
    if actor.user_id is None:
        return rows.none()
    own = Q(asked_by=actor.user_id)
    if actor.is_member:
        return rows.filter(own | Q(guardian=actor.person_id or 0))
    if actor.is_staff and actor.grants_of(*READERS):
        return rows.filter(scope.within(actor, *READERS)).exclude(own)
    return rows.none()


def listed_guardianships(actor: Actor) -> GuardianshipQuerySet:
    """The visible ones within the union chosen in the console's switcher."""
    return visible_guardianships(actor).filter(scope.shown(actor, *READERS))


def may_apply(actor: Actor) -> Decision:
    """Apply: a member, for themselves."""
    if actor.is_member and actor.person_id is not None:
        return allow("own")
    return refuse("NOT_YOURS", _("请先入会并用手机登录，由监护人本人申请。"))


def may_act_for_self(actor: Actor, row: Guardianship) -> Decision:
    """Withdraw, end: the guardian."""
    if actor.is_system:
        return allow("system")
    if actor.is_member and actor.person_id == row.guardian_id:
        return allow("own")
    return refuse("NOT_YOURS", _("只有监护人本人可以这样操作。"))


def may_decide(actor: Actor, row: Guardianship) -> Decision:
    """Approve, refuse, end: an officer of the union or above, never about themselves or kin of either."""
    if actor.is_system:
        return allow("system")
    grant = scope.reaching(actor, tree.path_of(row.union_id), *KEEPERS) if actor.is_staff else None
    if grant is None:
        return refuse("NO_OFFICE_HERE", _("您在这个工会没有办理这件事的职务。"))
    near = [one for one in (row.guardian_id, row.ward_id) if one is not None]
    if actor.user_id == row.asked_by_id or any(is_own_or_kin(actor, one) for one in near):
        return refuse("OWN_CASE", _("不能办理自己或亲属的监护登记，请交给同事。"))
    return allow(ground_of(grant))


def may_end(actor: Actor, row: Guardianship) -> Decision:
    """End it: the guardian, or who may decide."""
    return may_act_for_self(actor, row) if actor.is_member else may_decide(actor, row)
