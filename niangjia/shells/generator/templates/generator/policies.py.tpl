"""Who may ask, see and answer. An employer's agent is in no list: to them no request exists."""

from __future__ import annotations

from django.db.models import Q

from @package@.models import Request, RequestQuerySet
from niangjia.commons.unions import scope
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _

READERS = (Role.UNION_OFFICER, Role.REVIEWER)
"""Offices that see the requests of their union and of those below."""


def visible_requests(actor: Actor) -> RequestQuerySet:
    """One's own as a member, those of one's unions as an officer."""
    if actor.is_system:
        return Request.objects.all()
    if actor.is_member:
        return Request.objects.filter(applicant_id=actor.user_id)
    if actor.is_staff and actor.grants_of(*READERS):
        reach = scope.within(actor, *READERS, field="responsible")
        return Request.objects.filter(reach & ~Q(applicant_id=actor.user_id))
    return Request.objects.none()


def listed_requests(actor: Actor) -> RequestQuerySet:
    """The visible ones within the union chosen in the console's switcher."""
    return visible_requests(actor).filter(scope.shown(actor, *READERS, field="responsible"))


def may_ask(actor: Actor) -> Decision:
    """Any member."""
    if actor.is_member and actor.person_id is not None:
        return allow("own")
    return refuse("MEMBERS_ONLY", _("请先加入工会，再申请这项服务。"))


def may_withdraw(actor: Actor, request: Request) -> Decision:
    """Only who asked."""
    if actor.is_member and actor.user_id == request.applicant_id:
        return allow("own")
    return refuse("NOT_YOURS", _("只有申请人本人可以这样操作。"))


def may_decide(actor: Actor, request: Request) -> Decision:
    """An officer of exactly the responsible union, never about oneself."""
    if actor.user_id == request.applicant_id:
        return refuse("OWN_CASE", _("不能办理自己的申请，请交给同事。"))
    grant = next((g for g in actor.grants_of(Role.UNION_OFFICER) if g.node_id == request.responsible_id), None)
    if grant is None:
        return refuse("NOT_RESPONSIBLE", _("这份申请现在由“{union}”办理。", union=request.responsible.name))
    return allow(f"{grant.role}@{grant.node_id}" + (f" for {grant.deputy_for}" if grant.deputy_for else ""))
