"""Spans of days that figures are asked for: years, quarters, months, days, and any span between two days."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.text import Text, _

EARLIEST_YEAR = 1900
LATEST_YEAR = 2999

_ONE_DAY = timedelta(days=1)


class PeriodKind(StrEnum):
    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"
    DAY = "day"
    SPAN = "span"


@dataclass(frozen=True, order=True)
class Period:
    """From ``first`` to ``last``, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a period cannot end on {self.last} before it begins on {self.first}")

    @classmethod
    def year(cls, year: int) -> Period:
        return cls(date(year, 1, 1), date(year, 12, 31))

    @classmethod
    def quarter(cls, year: int, quarter: int) -> Period:
        """``quarter`` is 1 to 4."""
        return cls(date(year, quarter * 3 - 2, 1), _month_end(year, quarter * 3))

    @classmethod
    def month(cls, year: int, month: int) -> Period:
        return cls(date(year, month, 1), _month_end(year, month))

    @classmethod
    def day(cls, day: date) -> Period:
        return cls(day, day)

    @property
    def kind(self) -> PeriodKind:
        """The standard kind, or SPAN. Standard figures are kept ready; those of other spans are counted when asked."""
        if self.first == self.last:
            return PeriodKind.DAY
        months = self._whole_months()
        if months == 12 and self.first.month == 1:
            return PeriodKind.YEAR
        if months == 3 and self.first.month in (1, 4, 7, 10):
            return PeriodKind.QUARTER
        return PeriodKind.MONTH if months == 1 else PeriodKind.SPAN

    @property
    def length(self) -> int:
        """Days, both ends counted."""
        return (self.last - self.first).days + 1

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def days(self) -> Iterator[date]:
        return (self.first + timedelta(days=offset) for offset in range(self.length))

    def previous(self) -> Period:
        """The period just before, as long as this one: as many whole months, or else as many days."""
        before = self.first - _ONE_DAY
        months = self._whole_months()
        if months:
            return Period(_months_later(self.first, -months), before)
        return Period(self.first - timedelta(days=self.length), before)

    def a_year_earlier(self) -> Period:
        """The same days of the year before (同期); a month's end stays a month's end."""
        if self._whole_months():
            return Period(_months_later(self.first, -12), _month_end(self.last.year - 1, self.last.month))
        return Period(_same_day(self.first, self.first.year - 1), _same_day(self.last, self.last.year - 1))

    @property
    def code(self) -> str:
        """What :func:`parse` reads back: ``2022``, ``2022Q1``, ``2022-08``, ``2022-08-03``, ``first/last``."""
        return {
            PeriodKind.YEAR: f"{self.first.year:04d}",
            PeriodKind.QUARTER: f"{self.first.year:04d}Q{_quarter_of(self.first)}",
            PeriodKind.MONTH: f"{self.first.year:04d}-{self.first.month:02d}",
            PeriodKind.DAY: self.first.isoformat(),
        }.get(self.kind, f"{self.first.isoformat()}/{self.last.isoformat()}")

    @property
    def label(self) -> Text:
        """For people, such as 2022年8月; single days and other spans in the form 2022-08-03."""
        year, month, quarter = self.first.year, self.first.month, _quarter_of(self.first)
        match self.kind:
            case PeriodKind.YEAR:
                return _("{year}年", year=year)
            case PeriodKind.QUARTER:
                return _("{year}年第{quarter}季度", year=year, quarter=quarter)
            case PeriodKind.MONTH:
                return _("{year}年{month}月", year=year, month=month)
            case PeriodKind.DAY:
                return Text(self.first.isoformat())
        return _("{first} 至 {last}", first=self.first.isoformat(), last=self.last.isoformat())

    def _whole_months(self) -> int:
        """How many calendar months it consists of; 0 when it begins or ends inside one."""
        if self.first.day != 1 or self.last != _month_end(self.last.year, self.last.month):
            return 0
        return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1


def standard_containing(day: date) -> tuple[Period, Period, Period, Period]:
    """The day, month, quarter and year in which ``day`` lies: the periods whose figures it changes."""
    quarter = Period.quarter(day.year, _quarter_of(day))
    return Period.day(day), Period.month(day.year, day.month), quarter, Period.year(day.year)


_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_SHAPES = (
    (re.compile(r"([0-9]{4})"), lambda year: Period.year(year)),
    (re.compile(r"([0-9]{4})Q([1-4])"), lambda year, quarter: Period.quarter(year, quarter)),
    (re.compile(r"([0-9]{4})-([0-9]{2})"), lambda year, month: Period.month(year, month)),
    (_DAY, lambda *parts: Period.day(date(*parts))),
)


def parse(value: object) -> Period:
    """Read ``2022``, ``2022Q1``, ``2022-08``, ``2022-08-03`` or ``2022-01-01/2022-03-31`` (both days included).

    Raises RuleBroken PERIOD for anything else, for days that do not exist and for years outside 1900 to 2999.
    """
    text = value if isinstance(value, str) and len(value) <= 32 else ""
    try:
        period = _read(text)
        if not EARLIEST_YEAR <= period.first.year <= period.last.year <= LATEST_YEAR:
            raise ValueError(text)
    except ValueError:
        sentence = _("请写成 2022、2022Q1、2022-08 或 2022-01-01/2022-03-31 这样的时间段。")
        raise RuleBroken("PERIOD", sentence, fields={"period": [sentence]}) from None
    return period


def _read(text: str) -> Period:
    first, slash, last = text.partition("/")
    if slash:
        return Period(_read_day(first), _read_day(last))
    for pattern, make in _SHAPES:
        if found := pattern.fullmatch(text):
            return make(*(int(part) for part in found.groups()))
    raise ValueError(text)


def _read_day(text: str) -> date:
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return date(*(int(part) for part in found.groups()))


def _quarter_of(day: date) -> int:
    return (day.month + 2) // 3


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _months_later(first_of_month: date, months: int) -> date:
    year, month = divmod(first_of_month.year * 12 + first_of_month.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _same_day(day: date, year: int) -> date:
    """``day`` in another year; 29 February becomes the 28th."""
    return day.replace(year=year, day=min(day.day, monthrange(year, day.month)[1]))
