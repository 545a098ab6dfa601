"""Finding a person at a counter by name and whole number, within the reach of whoever asks: for a claim somebody who is
insured, for a condolence any member."""

from __future__ import annotations

from niangjia.commons.people import policies as people
from niangjia.commons.people.models import ID_NUMBER, Membership, Person
from niangjia.commons.unions import scope
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, RuleBroken
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _
from niangjia.platform.personal_data import looks
from niangjia.platform.personal_data.blind_index import blind_index
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.services.protection import policies
from niangjia.services.protection.claim_models import Claim
from niangjia.services.protection.models import Enrolment, Plan, PlanVersion
from niangjia.services.protection.states import ClaimState


def may_open(actor: Actor) -> Decision:
    """Open the counter: an agency clerk of any union."""
    held = actor.grants_of(Role.AGENCY_CLERK) if actor.is_staff else ()
    if not held:
        return refuse("NO_OFFICE_HERE", _("您没有代办理赔的职务。"))
    return allow(f"{held[0].role}@{held[0].node_id}")


def plan_choices() -> list[tuple[str, str]]:
    """Plans with published terms."""
    known = PlanVersion.objects.judging().values("plan")
    return list(Plan.objects.filter(pk__in=known).order_by("pk").values_list("code", "name"))


def insured(actor: Actor, name: str, id_number: str, plan_code: str) -> Enrolment:
    """The last enrolment of this person in the plan. The look is noted; the one answer to a wrong name, a wrong
    number, somebody out of reach and somebody never enrolled is the same. Raises RuleBroken NOT_INSURED."""
    person = Person.objects.canonical().filter(id_index=blind_index(ID_NUMBER, id_number), name=name).first()
    found = None
    if person is not None and _within_reach(actor, person):
        looks.record(actor, [person.public_id], LookKind.SEARCH_HIT)
        plan = policies.plan_of(plan_code)
        found = Enrolment.objects.standing().filter(person=person, plan=plan).order_by("-from_day").first()
    if found is None:
        text = _("没有找到这个人在这个方案里的参保记录，请核对姓名、号码和方案。")
        raise RuleBroken("NOT_INSURED", text, fields={"id_number": [text]})
    return found  # type: ignore[no-any-return]


def person_to_condole(actor: Actor, name: str, id_number: str) -> Person:
    """The person whom a condolence is for; the look is noted. Raises RuleBroken PERSON_UNKNOWN, the one answer to a
    wrong name, a wrong number and somebody out of reach."""
    rows = people.visible_people(actor).filter(id_index=blind_index(ID_NUMBER, id_number), name=name)
    person: Person | None = rows.first()
    if person is None:
        text = _("没有找到这个人，请核对姓名和号码。")
        raise RuleBroken("PERSON_UNKNOWN", text, fields={"id_number": [text]})
    looks.record(actor, [person.public_id], LookKind.SEARCH_HIT)
    return person


def _within_reach(actor: Actor, person: Person) -> bool:
    reach = scope.within(actor, Role.AGENCY_CLERK)
    return (
        Membership.objects.filter(reach, person=person).exists()
        or Enrolment.objects.standing().filter(reach, person=person).exists()
    )


def require_draft(actor: Actor, claim: Claim) -> None:
    """It is still being filled in, by this clerk. Raises Conflict CLAIM_SENT, NotFound."""
    if claim.filed_by_id != actor.user_id:
        raise policies.no_claim()
    if claim.state != ClaimState.DRAFT:
        raise Conflict("CLAIM_SENT", _("这份申请已经提交，内容不能再改；需要时经办人会请您补充。"))
