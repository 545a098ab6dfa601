"""Working days: the State Council's notice, local decisions, and years that nobody knows yet."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from niangjia.commons.desk import calendar
from niangjia.commons.desk.models import CalendarDay
from niangjia.kernel import clock as kernel_clock

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 10, 1), False),
        (date(2026, 10, 10), True),
        (date(2026, 10, 11), False),
        (date(2026, 2, 14), True),
        (date(2026, 2, 17), False),
        (date(2026, 3, 4), True),
        (date(2026, 3, 7), False),
    ],
)
def test_holidays_and_make_up_saturdays_are_known(day, works):
    assert calendar.is_working_day(day) is works


def test_the_table_wins_over_the_library():
    CalendarDay.objects.create(day=date(2026, 3, 4), is_working=False, name="本市停工一天", source="市政府通知")
    assert not calendar.is_working_day(date(2026, 3, 4))
    assert calendar.add_working_days(date(2026, 3, 3), 1) == date(2026, 3, 5)


def test_fifteen_working_days_over_the_national_day_holiday():
    assert calendar.add_working_days(date(2026, 9, 28), 15) == date(2026, 10, 23)


def test_the_start_is_never_counted_and_zero_days_are_the_start():
    assert calendar.add_working_days(date(2026, 3, 7), 0) == date(2026, 3, 7)
    assert calendar.add_working_days(date(2026, 3, 7), 1) == date(2026, 3, 9)


def test_a_due_moment_is_the_last_second_of_its_day_in_shanghai():
    start = kernel_clock.moment(date(2026, 3, 4))
    assert calendar.due_moment(start, 1).astimezone(kernel_clock.SHANGHAI).isoformat() == "2026-03-05T23:59:59+08:00"


def test_a_year_that_nobody_knows_is_counted_by_weekday_and_warned_about(capsys):
    assert calendar.is_working_day(date(2031, 10, 1)) is True
    assert calendar.is_working_day(date(2031, 10, 4)) is False
    assert calendar.seed(2031) == 0


def test_seeding_copies_only_the_days_that_differ_from_the_week_and_leaves_local_ones():
    CalendarDay.objects.create(day=date(2026, 10, 1), is_working=True, source="本市决定")
    added = calendar.seed(2026)
    assert added == CalendarDay.objects.count() - 1
    assert CalendarDay.objects.get(day=date(2026, 10, 1)).is_working
    assert CalendarDay.objects.get(day=date(2026, 10, 10)).is_working
    assert not CalendarDay.objects.filter(day=date(2026, 3, 4)).exists()
    assert calendar.seed(2026) == 0


class Counting(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(start=st.dates(date(2024, 1, 1), date(2026, 9, 1)), count=st.integers(1, 60))
    def test_adding_and_counting_agree(self, start, count):
        end = calendar.add_working_days(start, count)
        assert calendar.is_working_day(end)
        assert calendar.working_days_between(start, end) == count
