"""Who is enrolled from when until when: worked examples, and that the parts of a year meet."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from niangjia.kernel.errors import RuleBroken
from niangjia.services.protection.enrolment import rules
from niangjia.services.protection.enrolment.rules import Bounds, Judge, Period, Refusal, Standing

DAY = date(2026, 3, 1)
BOUNDS = Bounds(16, 60, 12, frozenset({"courier"}), "")
WORKER = Standing("courier", "male", date(1990, 5, 17))


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        (date(2022, 1, 1), 12, date(2022, 12, 31)),
        (date(2022, 7, 15), 12, date(2023, 7, 14)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2023, 3, 1), 12, date(2024, 2, 29)),
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2025, 12, 1), 1, date(2025, 12, 31)),
    ],
)
def test_the_last_day_of_a_period(first, months, last):
    assert rules.last_day(first, months) == last


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 36))
def test_a_period_is_never_empty_and_two_halves_are_no_longer_than_the_whole(first, months):
    last = rules.last_day(first, months)
    assert first <= last
    assert rules.last_day(last + rules.ONE_DAY, months) <= rules.last_day(first, 2 * months) + timedelta(days=3)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"category": "other"}, "CATEGORY_OUTSIDE"),
        ({"birth_date": None}, "BIRTH_DATE_MISSING"),
        ({"birth_date": date(2010, 3, 2)}, "AGE_OUTSIDE"),
        ({"birth_date": date(1965, 3, 1)}, "AGE_OUTSIDE"),
        ({"until": DAY, "since": date(2025, 3, 2)}, "COVERED"),
        ({"until": date(2027, 1, 1), "since": date(2026, 1, 2)}, "COVERED"),
    ],
)
def test_who_is_refused_d56(change, code):
    given_ = {name: getattr(WORKER, name) for name in ("category", "sex", "birth_date", "until", "since")}
    judged = Judge(BOUNDS, DAY).judge(Standing(**{**given_, **change}))
    assert isinstance(judged, Refusal)
    assert judged.code == code


@pytest.mark.parametrize("born", [date(2010, 3, 1), date(1965, 3, 2)])
def test_both_ages_are_included_in_completed_years(born):
    assert isinstance(Judge(BOUNDS, DAY).judge(Standing("courier", "male", born)), Period)


def test_only_the_sex_of_the_terms():
    judged = Judge(Bounds(16, 60, 12, sex="female"), DAY).judge(WORKER)
    assert isinstance(judged, Refusal)
    assert judged.code == "SEX_OUTSIDE"


def test_new_after_a_gap_renewed_without_one():
    began = date(2024, 3, 1)
    judge = Judge(BOUNDS, DAY)
    renewed = judge.judge(Standing("courier", "male", WORKER.birth_date, date(2026, 2, 28), began))
    assert renewed == Period(DAY, date(2027, 2, 28), began, renewed=True)
    fresh = judge.judge(Standing("courier", "male", WORKER.birth_date, date(2026, 2, 27), began))
    assert fresh == Period(DAY, date(2027, 2, 28), DAY, renewed=False)


@pytest.mark.parametrize(("day", "is_right"), [(-1, False), (0, True), (30, True), (31, False)])
def test_protection_begins_within_the_days_of_the_rule(day, is_right):
    first = DAY + timedelta(days=day)
    if is_right:
        rules.require_first_day(first, DAY, back=0, ahead=30)
    else:
        with pytest.raises(RuleBroken, match="FROM_DAY"):
            rules.require_first_day(first, DAY, back=0, ahead=30)


@pytest.mark.parametrize(
    ("insured", "staff", "is_enough"), [(79, 99, False), (99, 99, True), (80, 100, True), (79, 100, False)]
)
def test_four_of_five_of_the_staff_and_everybody_in_small_units(insured, staff, is_enough):
    assert (rules.too_few(insured, staff, share=80, everyone_under=100) is None) is is_enough


def test_who_states_fewer_staff_than_there_are_members_reads_by_which_it_is_counted():
    told = {"share": 80, "everyone_under": 100}
    few = rules.too_few(2, 4, stated=3, **told)
    assert "在册会员有 4 人，比按填报算的职工 3 人多，以会员人数为准：要有 4 人参保" in str(few.message)
    assert "单位有职工 5 人，要有 5 人参保" in str(rules.too_few(2, 4, stated=5, **told).message)
