"""The working calendar: the table first, the library's holidays where the table is silent, weekdays last.

Working days follow the State Council's yearly notice, make-up Saturdays and Sundays included. The library learns a
new year only after that notice appears, so a year that neither knows is counted by weekday and logged.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import chinese_calendar
import structlog

from niangjia.commons.desk.models import CalendarDay
from niangjia.kernel import clock

_log = structlog.get_logger(__name__)
_END_OF_DAY = time(23, 59, 59)


def is_working_day(day: date) -> bool:
    """Whether ``day`` is worked."""
    return next(_working(day, day))[1]


def add_working_days(start: date, count: int) -> date:
    """The ``count``-th working day after ``start``; the start itself is never counted. ``count`` 0 gives ``start``."""
    if count <= 0:
        return start
    left = count
    for day, works in _working(start + timedelta(days=1), start + timedelta(days=count * 3 + 60)):
        left -= works
        if left == 0:
            return day
    raise ValueError(f"no {count} working days found after {start}")


def working_days_between(start: date, end: date) -> int:
    """How many working days lie after ``start`` up to and including ``end``; 0 when ``end`` is not later."""
    if end <= start:
        return 0
    return sum(works for _day, works in _working(start + timedelta(days=1), end))


def due_moment(start: datetime, working_days: int) -> datetime:
    """The last second of the ``working_days``-th working day after the Shanghai day of ``start``."""
    return clock.moment(add_working_days(clock.day_of(start), working_days), _END_OF_DAY)


def seed(year: int) -> int:
    """Copy the library's holidays and make-up days of ``year`` into the table; days already there stay as they are.

    Returns how many days were added; 0 with a warning when the library does not know the year.
    """
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    known = [_from_library(day) for day in days if day.year == year]
    special = [row for row in known if row is not None and row.is_working != (row.day.weekday() < 5)]
    if not special:
        _log.warning("calendar_year_unknown", year=year)
        return 0
    before = CalendarDay.objects.count()
    CalendarDay.objects.bulk_create(special, ignore_conflicts=True)
    return CalendarDay.objects.count() - before


def _from_library(day: date) -> CalendarDay | None:
    try:
        works = chinese_calendar.is_workday(day)
        _on_holiday, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return None
    return CalendarDay(day=day, is_working=works, name=name or "", source="chinesecalendar")


def _working(first: date, last: date) -> Iterator[tuple[date, bool]]:
    table = dict(CalendarDay.objects.filter(day__range=(first, last)).values_list("day", "is_working"))
    unknown_years: set[int] = set()
    day = first
    while day <= last:
        yield day, table[day] if day in table else _fallback(day, unknown_years)
        day += timedelta(days=1)


def _fallback(day: date, unknown_years: set[int]) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        if day.year not in unknown_years:
            unknown_years.add(day.year)
            _log.warning("calendar_year_unknown", year=day.year)
        return day.weekday() < 5
