"""Builders for tests, benchmarks and the demonstration: plans with published terms, and people in them."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from niangjia.commons.people.models import Person
from niangjia.commons.unions.models import Union
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import allow
from niangjia.platform.lifecycle import lifecycle
from niangjia.services.protection import actions, six
from niangjia.services.protection.catalogue import EnrolmentSource, PlanKind
from niangjia.services.protection.models import Enrolment, Plan, PlanVersion
from niangjia.services.protection.terms import Terms

SYSTEM = Actor.system("test")
FREE, GENERAL = "protection.free.six", "protection.group.general"
"""Programmes of the two plans in the ledger."""


def a_plan(union: Union, code: str = "six", *, kind: str = PlanKind.FREE.value, programme: str = FREE) -> Plan:
    """A plan of ``union`` without a version."""
    fund = "city_union" if kind == PlanKind.FREE else "mutual_aid"
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
        return lifecycle.open(enrolment, actor=SYSTEM, decision=allow("system"))


def replace_year(day: date) -> date:
    """The same day a year later; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 3, 1)


__all__ = ["a_plan", "a_version", "an_enrolment", "general", "replace_year", "six_gifts"]
