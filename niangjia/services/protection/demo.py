"""How this room fills the demonstration: two plans, people enrolled and renewed, claims at every step.

Everything goes through the room's own actions, on days in the past; days are counted back from today.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from niangjia.commons.payments import testing as payments
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.errors import DomainError
from niangjia.services.protection import actions, demo_lists, demo_purchases, six, testing
from niangjia.services.protection.catalogue import EnrolmentSource, PlanKind
from niangjia.services.protection.details import Bill
from niangjia.services.protection.models import Claim, Plan
from niangjia.services.protection.states import ClaimState

FREE_UNION = "110000"
"""The city federation owns both plans."""

ENROLLED, RENEWED_FROM = 48, 401
MEMBERS_DAYS = 27
FATES = (
    *(ClaimState.PAID,) * 6, ClaimState.APPROVED, ClaimState.OFFICE_REVIEW, ClaimState.OFFICE_REVIEW,
    ClaimState.AGENCY_CHECKED, ClaimState.AGENCY_CHECKED, ClaimState.UNIT_CONFIRMED, ClaimState.UNIT_CONFIRMED,
)  # fmt: skip
COVERS = ("accident", "home_loss", "child_accident")
STORIES = {
    "accident": "送货途中下雨路滑摔倒，右手骨折。",
    "home_loss": "楼上水管爆裂，客厅地板和沙发泡水。",
    "child_accident": "孩子放学路上被电动车碰伤。",
}


HANDS = {
    "unit": Actor.system("单位工会 赵丽"),
    "agency": Actor.system("代办点 孙强"),
    "office": Actor.system("互助保障办公室 钱芳"),
    "second": Actor.system("互助保障办公室 周敏"),
}
"""Who has handled what is done already, as the history of a claim names them."""


@dataclass
class _Pen:
    """Chance, today, and the free plan."""

    city: Any
    plan: Plan

    def day(self, back: int) -> date:
        found: date = self.city.day - timedelta(days=back)
        return found


def fill(city: Any) -> None:
    """Called by the demonstration once members stand."""
    pen = _Pen(city, _plans(city))
    people = list(_enrolled(pen))
    _claims_of_the_member(pen)
    for person, fate in zip(people, FATES, strict=False):
        _claim(pen, person, fate)
    _condolence(pen, people)
    demo_lists.fill(city, pen.plan)
    demo_purchases.fill(city, Plan.objects.get(code="general"))


def _plans(city: Any) -> Plan:
    """The free plan with five covers in 2021 and six from 2022; the group plan; a draft of next year's terms."""
    union = city.union(FREE_UNION)
    for fund in ("city_union", "mutual_aid"):
        payments.a_fund(union, 5_000_000_00, fund, actor=city.actor)
    free = _plan(union.pk, "six", "六送保障", PlanKind.FREE, testing.FREE, "city_union", city.actor)
    group = _plan(union.pk, "general", "职工互助保障", PlanKind.PAID, testing.GENERAL, "mutual_aid", city.actor)
    _version(free, six.six_gifts(5), date(2021, 1, 1), date(2021, 12, 31), city.actor)
    _version(free, six.six_gifts(6), date(2022, 1, 1), None, city.actor)
    _version(group, six.general_plan(), date(2021, 1, 1), None, city.actor)
    next_year = date(city.day.year + 1, 1, 1)
    raised = six.six_gifts(6)
    actions.draw_up(plan_id=free.pk, terms=raised, valid_from=next_year, actor=city.actor)
    return free


def _plan(union_id: int, code: str, name: str, kind: PlanKind, programme: str, fund: str, actor: Actor) -> Plan:
    return actions.found_plan(
        union_id=union_id, code=code, name=name, kind=kind.value, programme=programme, fund=fund, actor=actor
    )


def _version(plan: Plan, terms: Any, first: date, last: date | None, actor: Actor) -> None:
    with clock.travelling(datetime.combine(first, time(10), clock.SHANGHAI)):
        drawn = actions.draw_up(plan_id=plan.pk, terms=terms, valid_from=first, valid_to=last, actor=actor)
        actions.publish(public_id=drawn.public_id, actor=actor)


def _enrolled(pen: _Pen) -> Iterator[Person]:
    """The free plan for workers in new forms: some a year ago and renewed without a gap, the others since."""
    rows = Membership.objects.current().filter(person__category__in=six.NEW_FORM).exclude(person__user=None)
    longest = rows.select_related("person").order_by("since", "pk")[:ENROLLED]
    for membership in longest:
        person = membership.person
        early = membership.since <= pen.day(RENEWED_FROM + 2)
        done = early and _enrol(pen, person, RENEWED_FROM)
        if _enrol(pen, person, RENEWED_FROM - 365 if done else 34):
            yield person


def _enrol(pen: _Pen, person: Person, back: int) -> bool:
    day = pen.day(back)
    source = EnrolmentSource.ENTITLEMENT.value
    with clock.travelling(day):
        try:
            actions.enrol(
                plan_code=pen.plan.code, person_id=person.pk, from_day=day, source=source, actor=pen.city.actor
            )
        except DomainError:
            return False  # joined later, or older than the plan takes
    return True


def _claim(pen: _Pen, person: Person, fate: ClaimState, *, event_back: int = 0, cover: str = "") -> Claim:
    """A claim of the last weeks, on its way as far as ``fate``."""
    chance = pen.city.random
    event = event_back or chance.randint(20, 32)
    filed = max(3, event - chance.randint(1, 6))
    wanted = cover or chance.choice(COVERS)
    member = Actor(ActorKind.MEMBER, name=person.name, user_id=person.user_id, person_id=person.pk)
    told = {"story": STORIES[wanted], "diagnosis": "", "hospital": "第一试验医院", **_numbers(chance, wanted)}
    with clock.travelling(pen.day(filed)):
        claim = testing.a_claim(pen.plan, member, wanted, event_day=pen.day(event), **told)
    with clock.travelling(pen.day(max(1, filed - 2))):
        return testing.through_to(fate, claim, **HANDS)


def _numbers(chance: Any, cover: str) -> dict[str, Any]:
    if cover == "accident":
        return {"grade": chance.choice(("10", "9", "8", "7"))}
    if cover == "home_loss":
        return {"area_tenths": chance.randint(40, 300)}
    bill = Bill("第一试验医院", f"MZ{chance.randint(1, 10**9):09d}", chance.randint(500, 9000) * 100)
    return {"bills": (bill,)}


def _claims_of_the_member(pen: _Pen) -> None:
    """Whoever the demonstration calls a member has one claim that was paid and one that lacks a paper."""
    for entry in pen.city.sign_ins:
        if entry.role != Role.MEMBER:
            continue
        person = _by_phone(entry.sign_in)
        if person is None or not _enrol(pen, person, MEMBERS_DAYS):
            continue
        _claim(pen, person, ClaimState.PAID, event_back=22, cover="home_loss")
        asked = _claim(pen, person, ClaimState.AGENCY_CHECKED, event_back=9, cover="child_accident")
        with clock.travelling(pen.day(1)):
            reason = "结算单照片不清楚，请重新拍一张，四个角都要拍到。"
            actions.ask_more(public_id=asked.public_id, reason=reason, actor=HANDS["agency"])


def _by_phone(phone: str) -> Person | None:
    from niangjia.platform.accounts import phones

    return Person.objects.filter(user__phone_index=phones.index_of(phone)).first()


def _condolence(pen: _Pen, people: Sequence[Person]) -> None:
    """One that was paid, one that waits for somebody who grants it."""
    for number, person in enumerate(people[-2:]):
        with clock.travelling(pen.day(6 - number)):
            made = actions.propose(
                plan_id=pen.plan.pk, person_id=person.pk, occasion="illness", fen=100_000,
                bank_account=testing.a_card(), words="住院期间慰问", actor=HANDS["office"],
            )  # fmt: skip
            if number == 0:
                actions.grant(public_id=made.public_id, actor=HANDS["second"])
                testing.put_in_file(made.public_id)
                testing.bank_pays(made.public_id)
