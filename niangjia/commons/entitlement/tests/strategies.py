"""Random rules, for the tests of properties."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from niangjia.commons.entitlement import reading
from niangjia.commons.people.categories import WorkerCategory

CODES = ("CITY", "EAST", "WEST", "EAST-1", "EAST-2", "FIRM", "SHOP", "UNKNOWN")
SINCE = (date(2024, 2, 29), date(2026, 2, 1), date(2026, 3, 4))
"""Days on which members join; the days around them are drawn often, because there answers change."""

_near = st.builds(lambda day, apart: day + timedelta(days=apart), st.sampled_from(SINCE), st.integers(-1, 1))
DAYS = _near | st.dates(date(2024, 2, 27), date(2028, 3, 2))


def _any_of(kind, choices, most=4):
    chosen = st.lists(st.sampled_from(sorted(choices)), min_size=1, max_size=min(most, len(choices)), unique=True)
    return chosen.map(lambda some: {"is": kind, "any_of": some})


def _age(first, second, on):
    return {"is": "age", "from": min(first, second), "to": max(first, second), "on": on and on.isoformat()}


_ages = st.sampled_from([16, 60]) | st.integers(14, 66)
CONDITIONS = {
    "category": _any_of("category", [category.value for category in WorkerCategory]),
    "new_form": st.just({"is": "new_form"}),
    "union": _any_of("union", CODES, most=2),
    "standing": _any_of("standing", ["employed", "retained"]),
    "age": st.builds(_age, _ages, _ages, st.none() | DAYS),
    "sex": _any_of("sex", ["male", "female"]),
    "member_for": (st.integers(1, 3) | st.integers(30, 32) | st.integers(1, 900)).map(
        lambda days: {"is": "member_for", "days": days}
    ),
    "member_before": DAYS.map(lambda day: {"is": "member_before", "day": day.isoformat()}),
    "honour": _any_of("honour", ["model_worker", "may_day_medal", "craftsman", "worker_pioneer"], most=2),
    "card": st.just({"is": "card", "any_of": ["active"]}),
}

LIMITS = st.fixed_dictionaries(
    {"per": st.sampled_from(["person", "household"]), "period": st.sampled_from(["campaign", "year", "ever"])}
)


def every_condition_is_drawn():
    return set(CONDITIONS) == set(reading._READERS)


EVERY_CONDITION = st.tuples(*CONDITIONS.values()).map(list)
WHO = st.builds(
    lambda drawn, kinds: [condition for condition in drawn if condition["is"] in kinds],
    EVERY_CONDITION,
    st.sets(st.sampled_from(sorted(CONDITIONS)), max_size=4),
)
RULES = WHO | st.fixed_dictionaries({"who": WHO, "once": LIMITS})
