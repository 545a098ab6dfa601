"""Who may see an application and who may move it: each question beside its queryset twin.

An employer's management never gets here: the role ``employer_agent`` is in no list below, and an application it
cannot see is "not found" to it.
"""

from __future__ import annotations

from django.db.models import Q

from niangjia.commons.unions import scope
from niangjia.commons.unions.policies import ground_of
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _
from niangjia.services.joining.models import Application, ApplicationQuerySet
from niangjia.services.joining.stalls.states import StallState

READERS = (Role.UNION_OFFICER, Role.REVIEWER)
"""Offices that see the applications of their union and of those below."""


def visible_applications(actor: Actor) -> ApplicationQuerySet:
    """The applications that ``actor`` may see: one's own as a member, those of one's unions as an officer."""
    if actor.is_system:
        return Application.objects.all()
    if actor.is_member:
        return Application.objects.filter(applicant_id=actor.user_id)
    if actor.is_staff and actor.grants_of(*READERS, Role.STALL_OFFICER):
        offices = scope.within(actor, *READERS, field="responsible") | scope.within(actor, *READERS, field="home")
        return Application.objects.filter((offices | _at_my_stall(actor)) & ~Q(applicant_id=actor.user_id))
    return Application.objects.none()


def _at_my_stall(actor: Actor) -> Q:
    """What came through a stall that runs now, for the officers who stand there: only what their own union answers."""
    mine = [grant.node_id for grant in actor.grants_of(Role.STALL_OFFICER)]
    if not mine:
        return scope.NOTHING
    running = Q(stall__state=StallState.RUNNING, stall__closes_at__gt=clock.now())
    return running & Q(stall__union__in=mine, responsible__in=mine)


def listed_applications(actor: Actor) -> ApplicationQuerySet:
    """The visible ones within the union chosen in the console's switcher."""
    shown = scope.shown(actor, *READERS, field="responsible") | scope.shown(actor, *READERS, field="home")
    return visible_applications(actor).filter(shown)


def may_list(actor: Actor) -> Decision:
    """Open a list at all: a member one's own, staff only with a reader's office; to everybody else a list would be
    empty for good, and an employer's agent need not even know that there is one."""
    if actor.is_system or actor.is_member:
        return allow("own" if actor.is_member else "system")
    held = actor.grants_of(*READERS) if actor.is_staff else ()
    if not held:
        return refuse("NO_OFFICE_HERE", _("您没有查看入会申请的职务。"))
    return allow(f"{held[0].role}@{held[0].node_id}")


def may_decide(actor: Actor, application: Application) -> Decision:
    """Answer, ask for more, send on: an officer of exactly the responsible union, never about oneself."""
    if actor.is_system:
        return allow("system")
    if actor.user_id == application.applicant_id or (
        actor.person_id is not None and actor.person_id == application.person_id
    ):
        return refuse("OWN_CASE", _("不能办理自己的申请，请交给同事。"))
    grant = next((g for g in actor.grants_of(Role.UNION_OFFICER) if g.node_id == application.responsible_id), None)
    if grant is None:
        return refuse("NOT_RESPONSIBLE", _("这份申请现在由“{union}”办理。", union=application.responsible.name))
    return allow(f"{grant.role}@{grant.node_id}" + (f" for {grant.deputy_for}" if grant.deputy_for else ""))


def may_approve(actor: Actor, application: Application) -> Decision:
    """Like :func:`may_decide`; beside that, while the stall runs, its officers at exactly the responsible union."""
    decision = may_decide(actor, application)
    stall = application.stall
    if decision or decision.code == "OWN_CASE" or stall is None or not stall.is_running:
        return decision
    answers = actor.is_staff and stall.union_id == application.responsible_id
    grants = actor.grants_of(Role.STALL_OFFICER) if answers else ()
    grant = next((g for g in grants if g.node_id == application.responsible_id), None)
    return decision if grant is None else allow(ground_of(grant))


def may_act_for_self(actor: Actor, application: Application) -> Decision:
    """Supply and withdraw: only who applied, signed in as a member."""
    if actor.is_member and actor.user_id == application.applicant_id:
        return allow("own")
    return refuse("NOT_YOURS", _("只有申请人本人可以这样操作。"))


def may_apply(actor: Actor) -> Decision:
    """Anybody who has proven a phone may apply."""
    if actor.is_member and actor.user_id is not None:
        return allow("own")
    return refuse("SIGN_IN_FIRST", _("请先用手机号登录。"))
