"""Who may see and move plans, enrolments and claims: each question beside its queryset twin.

An employer's agent is in no list below.
"""

from __future__ import annotations

from typing import Any

from niangjia.commons.unions import scope, tree
from niangjia.commons.unions.policies import ground_of
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _
from niangjia.services.protection.models import Enrolment, EnrolmentQuerySet, Plan, PlanVersion, PlanVersionQuerySet
from niangjia.services.protection.states import VersionState

READERS = (Role.UNION_OFFICER, Role.REVIEWER, Role.AGENCY_CLERK)
"""Offices that see plans with their drafts, and the enrolments of their union and of those below."""

PLANNERS = (Role.UNION_OFFICER, Role.REVIEWER)
"""Offices that draw up and publish the terms of their union's plans."""

ENROLLERS = (Role.UNION_OFFICER, Role.AGENCY_CLERK)
"""Offices that enrol people of their union and of those below."""


def no_plan() -> NotFound:
    """The one answer for a plan or version that does not exist and for one out of sight."""
    return NotFound("PLAN_NOT_FOUND", _("没有找到这个保障方案。"))


def visible_versions(actor: Actor) -> PlanVersionQuerySet:
    """Published versions are for everybody; drafts for staff of the plan's union and of those above."""
    rows: PlanVersionQuerySet = PlanVersion.objects.select_related("plan", "plan__union")
    if actor.is_system:
        return rows
    if actor.is_staff and actor.grants_of(*READERS):
        drafts = PlanVersion.objects.filter(scope.within(actor, *READERS, field="plan__union"))
        return rows.filter(pk__in=drafts.values("pk")) | rows.judging()
    return rows.judging()


def may_plan(actor: Actor, union_id: int) -> Decision:
    """Draw up, publish and close versions: an officer or reviewer of the plan's union or of one above."""
    if actor.is_system:
        return allow("system")
    grant = scope.reaching(actor, tree.path_of(union_id), *PLANNERS) if actor.is_staff else None
    if grant is None:
        return refuse("NO_OFFICE_HERE", _("您在这个工会没有办理保障方案的职务。"))
    return allow(ground_of(grant))


def may_publish(actor: Actor, version: PlanVersion) -> Decision:
    """Like :func:`may_plan`; where the terms ask for four eyes, somebody else than who drew them up."""
    here = may_plan(actor, version.plan.union_id)
    same = actor.user_id is not None and actor.user_id == version.drawn_up_by_id
    if here and version.four_eyes and same and version.state == VersionState.DRAFT:
        return refuse("FOUR_EYES", _("这个方案要由另一位同事复核发布，起草人不能自己发布。"))
    return here


def visible_enrolments(actor: Actor) -> EnrolmentQuerySet:
    """One's own as a member; those of one's unions as staff."""
    rows: EnrolmentQuerySet = Enrolment.objects.all()
    if actor.is_system:
        return rows
    if actor.is_member:
        return rows.filter(person_id=actor.person_id) if actor.person_id else rows.none()
    if actor.is_staff and actor.grants_of(*READERS):
        return rows.filter(scope.within(actor, *READERS))
    return rows.none()


def plan_of(code: str) -> Plan:
    """The plan with this code. Raises NotFound PLAN_NOT_FOUND."""
    found = Plan.objects.select_related("union").filter(code=code).first()
    if found is None:
        raise no_plan()
    return found


def may_enrol(actor: Actor, union_id: int) -> Decision:
    """Enrol people who stand at ``union_id`` or below: its officers and agency clerks, and those above."""
    if actor.is_system:
        return allow("system")
    grant: Any = scope.reaching(actor, tree.path_of(union_id), *ENROLLERS) if actor.is_staff else None
    if grant is None:
        return refuse("NO_OFFICE_HERE", _("您在这个工会没有办理参保的职务。"))
    return allow(ground_of(grant))
