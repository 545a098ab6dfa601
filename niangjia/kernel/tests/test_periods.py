from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.periods import Period, PeriodKind, parse, standard_containing

days = st.dates(date(1900, 1, 2), date(2999, 12, 31))
later_days = st.dates(date(1950, 1, 1), date(2999, 12, 31))


@st.composite
def spans(draw):
    first = draw(later_days)
    last = min(first + timedelta(days=draw(st.integers(0, 5000))), date(2999, 12, 31))
    return Period(first, last)


@st.composite
def standard_periods(draw):
    return draw(st.sampled_from(standard_containing(draw(later_days))))


periods = st.one_of(spans(), standard_periods())


@pytest.mark.parametrize(
    ("text", "first", "last", "kind"),
    [
        ("2022", date(2022, 1, 1), date(2022, 12, 31), PeriodKind.YEAR),
        ("2022Q1", date(2022, 1, 1), date(2022, 3, 31), PeriodKind.QUARTER),
        ("2022Q4", date(2022, 10, 1), date(2022, 12, 31), PeriodKind.QUARTER),
        ("2022-08", date(2022, 8, 1), date(2022, 8, 31), PeriodKind.MONTH),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), PeriodKind.MONTH),
        ("2022-08-03", date(2022, 8, 3), date(2022, 8, 3), PeriodKind.DAY),
        ("2022-01-01/2022-03-31", date(2022, 1, 1), date(2022, 3, 31), PeriodKind.QUARTER),
        ("2022-01-01/2022-03-30", date(2022, 1, 1), date(2022, 3, 30), PeriodKind.SPAN),
        ("2022-02-01/2022-04-30", date(2022, 2, 1), date(2022, 4, 30), PeriodKind.SPAN),
        ("2022-01-01/2022-06-30", date(2022, 1, 1), date(2022, 6, 30), PeriodKind.SPAN),
        ("2022-07-01/2023-06-30", date(2022, 7, 1), date(2023, 6, 30), PeriodKind.SPAN),
    ],
)
def test_a_period_is_read_with_both_its_days_included(text, first, last, kind):
    period = parse(text)
    assert (period.first, period.last, period.kind) == (first, last, kind)


@pytest.mark.parametrize(
    "value",
    [
        "", " 2022", "22", "2022Q5", "2022Q0", "2022q1", "2022-13", "2022-00", "2022-1", "2022-02-30", "2022/2023",
        "2022-03-31/2022-01-01", "2022-01-01/", "/2022-01-01", "2022-01-01/2022-01-02/2022-01-03", "0000", "1899",
        "3000", "9999-12-31", "２０２２", "٢٠٢٢", "2022\n", "2022\0", None, 2022, ["2022"], "2" * 5000, "+2022", "2_22",
    ],
)  # fmt: skip
def test_what_is_no_period_is_refused_with_examples(value):
    with pytest.raises(RuleBroken) as caught:
        parse(value)
    assert caught.value.code == "PERIOD"
    assert "2022Q1" in str(caught.value.fields["period"][0])


def test_a_period_cannot_end_before_it_begins():
    with pytest.raises(ValueError, match="cannot end"):
        Period(date(2022, 1, 2), date(2022, 1, 1))


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("2022", "2021"),
        ("2022Q1", "2021Q4"),
        ("2022-03", "2022-02"),
        ("2022-01", "2021-12"),
        ("2022-01-01", "2021-12-31"),
        ("2022-01-01/2022-06-30", "2021-07-01/2021-12-31"),
        ("2022-01-01/2022-02-28", "2021-11-01/2021-12-31"),
        ("2022-03-10/2022-03-19", "2022-02-28/2022-03-09"),
    ],
)
def test_the_previous_period_is_as_long_and_ends_the_day_before(text, before):
    assert parse(text).previous() == parse(before)


@pytest.mark.parametrize(
    ("text", "earlier"),
    [
        ("2022", "2021"),
        ("2022Q3", "2021Q3"),
        ("2024-02", "2023-02"),
        ("2025-02", "2024-02"),
        ("2024-02-29", "2023-02-28"),
        ("2024-01-15/2024-02-29", "2023-01-15/2023-02-28"),
        ("2025-01-01/2025-02-28", "2024-01-01/2024-02-29"),
    ],
)
def test_a_year_earlier_keeps_days_and_ends_of_months(text, earlier):
    assert parse(text).a_year_earlier() == parse(earlier)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("2022", "2022年"),
        ("2022Q1", "2022年第1季度"),
        ("2022-08", "2022年8月"),
        ("2022-08-03", "2022-08-03"),
        ("2022-01-01/2022-06-30", "2022-01-01 至 2022-06-30"),
    ],
)
def test_a_period_has_a_name_for_people(text, label):
    assert str(parse(text).label) == label


@given(periods)
def test_every_period_is_read_back_from_its_code(period):
    assert parse(period.code) == period


@given(periods)
def test_previous_periods_touch_without_overlap(period):
    before = period.previous()
    assert before.last + timedelta(days=1) == period.first
    if period.kind is not PeriodKind.SPAN:
        assert before.kind is period.kind


@given(spans())
def test_a_previous_span_inside_months_is_as_long(period):
    if period.first.day != 1:
        assert period.previous().length == period.length


@given(days)
def test_a_day_lies_in_all_its_standard_periods_and_each_in_the_next(day):
    of_day, month, quarter, year = standard_containing(day)
    assert [period.kind for period in (of_day, month, quarter, year)] == ["day", "month", "quarter", "year"]
    assert all(day in period for period in (of_day, month, quarter, year))
    assert year.first <= quarter.first <= month.first <= of_day.first
    assert of_day.last <= month.last <= quarter.last <= year.last


@given(spans())
def test_its_days_are_as_many_as_its_length_and_all_in_it(period):
    listed = list(period.days())
    assert len(listed) == period.length
    assert (listed[0], listed[-1]) == (period.first, period.last)
    assert period.first - timedelta(days=1) not in period
    assert period.last + timedelta(days=1) not in period


def test_the_months_of_a_year_are_its_days_once():
    months = [Period.month(2024, month) for month in range(1, 13)]
    assert sum(month.length for month in months) == Period.year(2024).length == 366
    assert all(earlier.last + timedelta(days=1) == later.first for earlier, later in pairwise(months))
