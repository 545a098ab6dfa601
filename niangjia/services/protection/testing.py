"""Builders for tests, benchmarks and the demonstration: plans with published terms, and people in them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from niangjia.commons.payments import actions as batches
from niangjia.commons.payments import testing as payments
from niangjia.commons.payments.models import Payment
from niangjia.commons.people import family
from niangjia.commons.people import testing as people
from niangjia.commons.people.models import Person
from niangjia.commons.people.rules import Relation
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.identifiers import Sex, invented_phone
from niangjia.kernel.policy import allow
from niangjia.platform.accounts import phones
from niangjia.platform.accounts.models import User
from niangjia.platform.files.testing import a_picture
from niangjia.platform.lifecycle import lifecycle
from niangjia.services.protection import actions, linked, rules, six
from niangjia.services.protection.catalogue import EnrolmentSource, PlanKind
from niangjia.services.protection.claim_models import Claim
from niangjia.services.protection.claiming import TEXT_FIELDS
from niangjia.services.protection.details import Bill, Details
from niangjia.services.protection.enrolment.enrolling import record_of
from niangjia.services.protection.models import Enrolment, Plan, PlanVersion
from niangjia.services.protection.states import ClaimState
from niangjia.services.protection.terms import Terms

SYSTEM = Actor.system("test")
FINANCE = Actor.system("市总工会财务")
FREE, GENERAL = "protection.free.six", "protection.group.general"
"""Programmes of the two plans in the ledger."""

ALL_COVERS = (*six.six_gifts(6).covers, six.STAY)


def a_plan(union: Union, code: str = "six", *, kind: str = PlanKind.FREE.value, programme: str = FREE) -> Plan:
    """A plan of ``union`` without a version."""
    fund = "city_union" if kind == PlanKind.FREE else "mutual_aid"
    payments.a_fund(union, 100_000_000_00, fund)
    return actions.found_plan(
        union_id=union.pk, code=code, name="六送保障" if kind == "free" else "职工互助保障", kind=kind,
        programme=programme, fund=fund, actor=SYSTEM,
    )  # fmt: skip


def a_version(
    plan: Plan, terms: Terms | None = None, *, valid_from: date = date(2022, 1, 1), valid_to: date | None = None
) -> PlanVersion:
    """A published version; the six gifts with six covers unless other terms are given."""
    drawn = actions.draw_up(
        plan_id=plan.pk, terms=terms or six.six_gifts(6), valid_from=valid_from, valid_to=valid_to, actor=SYSTEM
    )
    return actions.publish(public_id=drawn.public_id, actor=SYSTEM)


def six_gifts(union: Union) -> tuple[Plan, PlanVersion, PlanVersion]:
    """The free plan with five covers in 2021 and six from 2022 on."""
    plan = a_plan(union)
    first = a_version(plan, six.six_gifts(5), valid_from=date(2021, 1, 1), valid_to=date(2021, 12, 31))
    return plan, first, a_version(plan)


def general(union: Union) -> tuple[Plan, PlanVersion]:
    """The paid group plan."""
    plan = a_plan(union, "general", kind=PlanKind.PAID.value, programme=GENERAL)
    return plan, a_version(plan, six.general_plan(), valid_from=date(2021, 1, 1))


def an_enrolment(
    version: PlanVersion, person: Person, union: Union, *, from_day: date, protected_since: date | None = None
) -> Enrolment:
    """A person in a plan for a year from ``from_day``."""
    enrolment = Enrolment(
        plan=version.plan, version=version, person=person, union=union, from_day=from_day,
        to_day=replace_year(from_day) - timedelta(days=1), protected_since=protected_since or from_day,
        source=EnrolmentSource.COUNTER.value,
    )  # fmt: skip
    with transaction.atomic():
        return lifecycle.open(enrolment, actor=SYSTEM, decision=allow("system"), records=[record_of(enrolment)])


def replace_year(day: date) -> date:
    """The same day a year later; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 3, 1)


def a_card(serial: int = 0) -> str:
    """An invented bank card number whose check digit is right; no bank issues cards that begin with 0."""
    body = f"000000{serial:012d}"
    return next(card for digit in "0123456789" if is_card(card := body + digit))


def is_card(card: str) -> bool:
    """Whether the check digit is right."""
    try:
        return rules.require_luhn(card) == card
    except DomainError:
        return False


def an_insured(
    version: PlanVersion, union: Union, serial: int, *, sex: Sex = Sex.FEMALE, since: date | None = None
) -> Actor:
    """A member with an account, enrolled for the year of today, protected since the beginning of the year before."""
    year = clock.today().year
    member = a_member(union, serial, sex=sex)
    person = Person.objects.get(pk=member.person_id or 0)
    an_enrolment(version, person, union, from_day=date(year, 1, 1), protected_since=since or date(year - 1, 1, 1))
    return member


def a_member(union: Union, serial: int, *, sex: Sex = Sex.FEMALE, name: str = "李试") -> Actor:
    """A member with an account who is enrolled in nothing."""
    phone = invented_phone(serial)
    user = User.objects.create(phone=phone, phone_index=phones.index_of(phone))
    person = people.a_person(name, serial=serial, user_id=user.pk, sex=sex)
    people.a_member(union, person=person, day=clock.today() - timedelta(days=30))
    return people.signed_in(person)


def told(cover: str, **changes: Any) -> Details:
    """What a claimant tells of an event under ``cover``, enough for its formula."""
    given = Details(story="在送货路上", diagnosis="甲状腺恶性肿瘤", hospital="第一试验医院")
    further: dict[str, dict[str, Any]] = {
        "accident": {"grade": "7"},
        "child_accident": {"bills": (Bill("第一试验医院", f"T{secrets.token_hex(6)}", 3_100_00),)},
        "home_loss": {"area_tenths": 125},
        "hospital_stay": {"admitted": date(2026, 2, 1), "discharged": date(2026, 2, 11)},
    }
    return replace(given, **{**further.get(cover, {}), **changes})


def a_child_of(person: Person, *, years: int = 15) -> Person:
    """A child whom the person registers, unless one of this age is there; at fifteen no guardian is asked."""
    born = date(clock.today().year - years - 1, 3, 2)
    found = linked.children_of(person.pk).filter(birth_date=born).first()
    if found is not None:
        return found
    parent = people.signed_in(person)
    with transaction.atomic():
        child = people.a_person("李小试", birth=born, serial=500_000 + person.pk, actor=parent)
        family.state_kinship(person, child, relation=Relation.CHILD, actor=parent)
    return child


def a_begun_claim(
    plan: Plan, member: Actor, cover: str = "critical_illness", *, event_day: date | None = None, **changes: Any
) -> Claim:
    """A claim with everything filled in and brought, not sent."""
    claim = actions.begin(plan_id=plan.pk, actor=member)
    key = claim.public_id
    texts = {"cover": cover, "bank_account": a_card()}
    if cover == "death":
        texts |= {"kinship": "spouse", "claimant_name": "王试", "claimant_phone": invented_phone(9_999)}
    given = {name: changes.pop(name) for name in list(changes) if name in TEXT_FIELDS}
    if cover == "child_accident":
        given.setdefault("child", a_child_of(claim.person).public_id)
    actions.fill(
        public_id=key, actor=member, told=told(cover, **changes),
        event_day=event_day or clock.today() - timedelta(days=20), **{**texts, **given},
    )  # fmt: skip
    actions.attach_all(public_id=key, papers=papers_of(cover, key), actor=member)
    begun: Claim = Claim.objects.with_names().get(pk=claim.pk)
    return begun


def papers_of(cover: str, words: str) -> list[tuple[str, Any]]:
    """An invented picture of each paper that a cover needs; ``words`` make them differ from those of other claims."""
    needed = [paper for paper, is_needed in next(one for one in ALL_COVERS if one.code == cover).papers if is_needed]
    return [(paper, a_picture(f"{words} {paper}", f"{paper}.png")) for paper in needed]


def a_claim(plan: Plan, member: Actor, cover: str = "critical_illness", **changes: Any) -> Claim:
    """A claim that has been sent."""
    begun = a_begun_claim(plan, member, cover, **changes)
    return actions.submit(public_id=begun.public_id, actor=member)


def through_to(state: ClaimState, claim: Claim, *, unit: Actor, agency: Actor, office: Actor, second: Actor) -> Claim:
    """Lead a sent claim on by the right hands until it is in ``state`` (one of the way to approval)."""
    way: list[tuple[ClaimState, Callable[[str], Any]]] = [
        (ClaimState.SUBMITTED, lambda key: actions.confirm_unit(public_id=key, actor=unit)),
        (ClaimState.UNIT_CONFIRMED, lambda key: actions.check(public_id=key, actor=agency)),
        (ClaimState.AGENCY_CHECKED, lambda key: actions.review(public_id=key, actor=office)),
        (ClaimState.OFFICE_REVIEW, lambda key: actions.approve(public_id=key, actor=second)),
        (ClaimState.APPROVED, put_in_file),
        (ClaimState.IN_PAYMENT_FILE, bank_pays),
    ]
    for source, step in way:
        claim.refresh_from_db()
        if claim.state == state:
            break
        if claim.state == source:
            step(claim.public_id)
    claim.refresh_from_db()
    return claim


def put_in_file(key: str) -> Any:
    """Everything of this kind that waits for money stands in a batch for the bank."""
    payment = _payment(key)
    return batches.draw_up(account=payment.account.public_id, source_type=payment.source_type, actor=FINANCE)


def bank_pays(key: str, *, failed: bool = False) -> Any:
    """The batch of this source is prepared, released and answered by the bank."""
    payment = _payment(key)
    batch, mates = payment.batch, Payment.objects.filter(batch=payment.batch_id)
    assert batch is not None  # noqa: S101 - put_in_file comes first
    if batch.state == "drawn_up":
        batches.prepare(public_id=batch.public_id, actor=FINANCE)
        batches.release(public_id=batch.public_id, actor=FINANCE)
    lines = [payments.an_answer(one, failed=failed, cause="closed" if failed else "") for one in mates]
    return batches.answer(public_id=batch.public_id, lines=lines, actor=FINANCE)


def _payment(key: str) -> Payment:
    rows = Payment.objects.select_related("account", "batch").filter(source_id__startswith=key)
    found: Payment = rows.latest("pk")
    return found
