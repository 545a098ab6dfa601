"""Who may see and move plans, enrolments and claims: each question beside its queryset twin.

An employer's agent is in no list below.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from niangjia.commons.people.policies import is_own_or_kin
from niangjia.commons.unions import scope, tree
from niangjia.commons.unions.policies import ground_of
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _
from niangjia.services.protection.claim_models import Appeal, Claim, ClaimQuerySet, Condolence
from niangjia.services.protection.models import Enrolment, EnrolmentQuerySet, Plan, PlanVersion, PlanVersionQuerySet
from niangjia.services.protection.states import AppealState, ClaimState, VersionState

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


def may_open_plans(actor: Actor) -> Decision:
    """Begin a plan at all: officers and reviewers, each at their own union."""
    held = actor.grants_of(*PLANNERS) if actor.is_staff else ()
    if not held:
        return refuse("NO_OFFICE_HERE", _("您没有办理保障方案的职务。"))
    return allow(ground_of(held[0]))


def may_publish(actor: Actor, version: PlanVersion) -> Decision:
    """Like :func:`may_plan`, and somebody else than who drew them up."""
    here = may_plan(actor, version.plan.union_id)
    same = actor.user_id is not None and actor.user_id == version.drawn_up_by_id
    if here and same and version.state == VersionState.DRAFT:
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


# Claims

CONTENT_READERS = (Role.AGENCY_CLERK, Role.REVIEWER)
"""Offices that see what happened and the papers: the agency that checks them and the plan's office that decides."""


def no_claim() -> NotFound:
    """The one answer for a claim that does not exist and for one out of sight."""
    return NotFound("CLAIM_NOT_FOUND", _("没有找到这份理赔申请。"))


def visible_claims(actor: Actor) -> ClaimQuerySet:
    """One's own as a member, those one filed for a relative too; as staff those of one's unit, agency or office,
    never one's own. An employer's agent sees none."""
    rows: ClaimQuerySet = Claim.objects.all()
    if actor.is_system:
        return rows
    if actor.is_member:
        return rows.filter(Q(person_id=actor.person_id or 0) | Q(filed_by_id=actor.user_id, at_counter=False))
    if not actor.is_staff or not actor.grants_of(*READERS):
        return rows.none()
    own_draft = Q(filed_by_id=actor.user_id, at_counter=True)
    return rows.filter((_staff_reach(actor) & ~Q(state=ClaimState.DRAFT)) | own_draft).exclude(
        person__user_id=actor.user_id
    )


def _staff_reach(actor: Actor) -> Q:
    return (
        scope.within(actor, Role.UNION_OFFICER, field="union")
        | scope.within(actor, Role.AGENCY_CLERK, field="agency")
        | scope.within(actor, Role.REVIEWER, field="plan__union")
    )


def listed_claims(actor: Actor) -> ClaimQuerySet:
    """The visible ones whose unit stands within the union chosen in the console's switcher."""
    rows = visible_claims(actor)
    return rows if actor.chosen_node_id is None else rows.filter(union__in=tree.below(actor.chosen_node_id))


def may_list_claims(actor: Actor) -> Decision:
    """Open the list at all: staff with a reader's office."""
    if actor.is_system:
        return allow("system")
    held = actor.grants_of(*READERS) if actor.is_staff else ()
    if not held:
        return refuse("NO_OFFICE_HERE", _("您没有查看理赔申请的职务。"))
    return allow(ground_of(held[0]))


def may_read_content(actor: Actor, claim: Claim) -> Decision:
    """See what happened and the papers: the claimant; the clerk of its agency; a reviewer of the plan's office."""
    if actor.is_system or actor.is_member:
        return allow("system" if actor.is_system else "own")
    if claim.at_counter and claim.state == ClaimState.DRAFT and claim.filed_by_id == actor.user_id:
        return allow("counter")
    grant = None
    if claim.agency_id is not None:
        grant = scope.reaching(actor, tree.path_of(claim.agency_id), Role.AGENCY_CLERK)
    grant = grant or scope.reaching(actor, tree.path_of(claim.plan.union_id), Role.REVIEWER)
    if grant is None:
        return refuse("CONTENT_SEALED", _("病情和材料只有代办点和互助保障办公室能看。"))
    return allow(ground_of(grant))


def may_claim(actor: Actor, person_id: int) -> Decision:
    """Begin a claim on the phone: only for oneself."""
    if actor.is_member and actor.person_id == person_id:
        return allow("own")
    return refuse("NOT_YOURS", _("在手机上只能为自己申请；为家人申请请到代办点。"))


def may_claim_at_counter(actor: Actor, union_id: int, person_id: int) -> Decision:
    """Take a claim at a counter: an agency clerk who reaches the person's union, never for oneself or a relative."""
    if actor.is_system:
        return allow("system")
    grant = scope.reaching(actor, tree.path_of(union_id), Role.AGENCY_CLERK) if actor.is_staff else None
    if grant is None:
        return refuse("NO_OFFICE_HERE", _("您在这个工会没有代办理赔的职务。"))
    if is_own_or_kin(actor, person_id):
        return refuse("OWN_CASE", _("不能代办自己或亲属的理赔，请交给同事。"))
    return allow(ground_of(grant))


def may_act_for_self(actor: Actor, claim: Claim) -> Decision:
    """Fill in, send, supply, withdraw, appeal: the member; for a claim of the counter also the clerks of its agency."""
    if actor.is_system:
        return allow("system")
    if actor.is_member and actor.person_id == claim.person_id:
        return allow("own")
    if claim.at_counter and actor.is_staff:
        return may_claim_at_counter(actor, claim.union_id, claim.person_id)
    return refuse("NOT_YOURS", _("只有申请人本人可以这样操作。"))


_STEP_ROLES = {
    ClaimState.SUBMITTED: Role.UNION_OFFICER,
    ClaimState.UNIT_CONFIRMED: Role.AGENCY_CLERK,
    ClaimState.AGENCY_CHECKED: Role.REVIEWER,
    ClaimState.OFFICE_REVIEW: Role.REVIEWER,
}


def may_handle(actor: Actor, claim: Claim) -> Decision:
    """Make the step that the claim waits for: the role of its state at exactly the responsible union, never in one's
    own or a relative's matter, and never who filed it."""
    if actor.is_system:
        return allow("system")
    if is_own_or_kin(actor, claim.person_id):
        return refuse("OWN_CASE", _("不能办理自己或亲属的理赔，请交给同事。"))
    step = _STEP_ROLES.get(ClaimState(claim.state))
    roles = (step,) if step else tuple(_STEP_ROLES.values())  # a state that waits for nobody is the machine's to refuse
    held = actor.grants_of(*roles) if actor.is_staff else ()
    grant = next((one for one in held if one.node_id == claim.responsible_id), None)
    if grant is None:
        return refuse("NOT_RESPONSIBLE", _("这份申请现在由“{union}”负责的同事办理。", union=claim.responsible.name))
    return allow(ground_of(grant))


def may_decide(actor: Actor, claim: Claim, *, needs_second: bool) -> Decision:
    """Approve or refuse at the office: not who took the claim at the counter, and where a second pair of eyes is
    needed not who reviewed it. After an appeal not who decided before."""
    here = may_handle(actor, claim)
    if not here or actor.is_system:
        return here
    if actor.user_id == claim.filed_by_id:
        return refuse("SELF_APPROVAL", _("这份申请是您代办的，要由另一位同事审核。"))
    if needs_second and actor.user_id == claim.reviewed_by_id:
        return refuse("FOUR_EYES", _("这份申请要第二个人复核，请交给另一位审核员。"))
    if claim.round > 1 and actor.user_id == claim.decided_by_id:
        return refuse("DECIDED_BEFORE", _("申诉后的决定不能由原来的审核员作出，请交给另一位。"))
    return here


def visible_appeals(actor: Actor) -> QuerySet[Appeal]:
    """Appeals of the claims that the actor may see with their content."""
    if actor.is_system:
        return Appeal.objects.all()
    if actor.is_member:
        return Appeal.objects.filter(claim__in=visible_claims(actor))
    if not actor.is_staff:
        return Appeal.objects.none()
    return Appeal.objects.filter(scope.within(actor, Role.REVIEWER)).exclude(claim__person__user_id=actor.user_id)


def may_answer_appeal(actor: Actor, appeal: Appeal) -> Decision:
    """A reviewer of the plan's office who had no hand in the decision."""
    if actor.is_system:
        return allow("system")
    claim = appeal.claim
    if is_own_or_kin(actor, claim.person_id):
        return refuse("OWN_CASE", _("不能办理自己或亲属的理赔，请交给同事。"))
    if actor.user_id in (claim.decided_by_id, claim.reviewed_by_id, claim.filed_by_id):
        return refuse("DECIDED_BEFORE", _("申诉要由没有办过这份理赔的审核员决定。"))
    held = actor.grants_of(Role.REVIEWER) if actor.is_staff else ()
    grant = next((one for one in held if one.node_id == appeal.union_id), None)
    if grant is None:
        return refuse("NOT_RESPONSIBLE", _("这份申诉由“{union}”的审核员决定。", union=appeal.union.name))
    return allow(ground_of(grant))


def visible_condolences(actor: Actor) -> QuerySet[Condolence]:
    """One's own as a member; as staff those of one's unions or of one's plans."""
    if actor.is_system:
        return Condolence.objects.all()
    if actor.is_member:
        return Condolence.objects.filter(person_id=actor.person_id or 0)
    if not actor.is_staff or not actor.grants_of(*READERS):
        return Condolence.objects.none()
    reach = scope.within(actor, *PLANNERS) | scope.within(actor, Role.REVIEWER, field="plan__union")
    return Condolence.objects.filter(reach).exclude(person__user_id=actor.user_id)


def may_open_proposals(actor: Actor) -> Decision:
    """Open the page on which condolences are proposed: officers and reviewers."""
    held = actor.grants_of(*PLANNERS) if actor.is_staff else ()
    if not held:
        return refuse("NO_OFFICE_HERE", _("您没有办理慰问金的职务。"))
    return allow(ground_of(held[0]))


def may_propose_condolence(actor: Actor, union_id: int) -> Decision:
    """An officer or reviewer who reaches the person's union."""
    return may_plan(actor, union_id)


def may_grant_condolence(actor: Actor, condolence: Condolence) -> Decision:
    """A reviewer of the plan's office who did not propose it, never for oneself or a relative."""
    if actor.is_system:
        return allow("system")
    if is_own_or_kin(actor, condolence.person_id):
        return refuse("OWN_CASE", _("不能办理自己或亲属的慰问金，请交给同事。"))
    if actor.user_id == condolence.proposed_by_id:
        return refuse("FOUR_EYES", _("慰问金要由提议人以外的同事同意。"))
    held = actor.grants_of(Role.REVIEWER) if actor.is_staff else ()
    grant = next((one for one in held if one.node_id == condolence.plan.union_id), None)
    if grant is None:
        return refuse("NOT_RESPONSIBLE", _("这笔慰问金由“{union}”的审核员决定。", union=condolence.plan.union.name))
    return allow(ground_of(grant))


def may_lapse(actor: Actor) -> Decision:
    """End, file away and reopen by the clock or by another decision: only the system."""
    return _system_alone(actor)


def may_hear_of_money(actor: Actor) -> Decision:
    """Move a claim by what the bank did: only the system, which hears it from the payments."""
    return _system_alone(actor)


def _system_alone(actor: Actor) -> Decision:
    if actor.is_system:
        return allow("system")
    return refuse("SYSTEM_ALONE", _("这一步由系统按期限或银行结果自动办理。"))


def has_open_appeal(claim: Claim) -> bool:
    """Whether an appeal against the answer is still being looked at."""
    return Appeal.objects.filter(claim=claim, state=AppealState.LODGED).exists()
