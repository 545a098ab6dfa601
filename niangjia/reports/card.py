"""The report card of a union and all below it: this period, last, year on year, target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from niangjia.commons.ledger.indicators import Indicator, Kind, all_indicators
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.periods import Period, PeriodKind
from niangjia.reports import floor
from niangjia.reports.figures import Figure, figures
from niangjia.reports.models import Target


@dataclass(frozen=True)
class TargetView:
    """What the union wants of the year; ``met`` is None where the figure cannot be said."""

    value: int
    met: bool | None


@dataclass(frozen=True)
class Line:
    """One indicator: this period, the period before, the same days of the year before, the target of the year."""

    indicator: Indicator
    this: Figure
    last: Figure
    year_ago: Figure
    target: TargetView | None = None

    @property
    def change(self) -> int | None:
        """This less last, in base units; None where one of them cannot be said."""
        if self.this.value is None or self.last.value is None:
            return None
        return self.this.value - self.last.value

    @property
    def change_share(self) -> int | None:
        """The change against last in hundredths of a percent; None against nothing, and for rates, whose difference
        is in points."""
        if self.change is None or not self.last.value or self.indicator.kind is Kind.RATE:
            return None
        return round(self.change * 10_000 / self.last.value)

    @property
    def target_share(self) -> int | None:
        """How much of the target is reached, in hundredths of a percent."""
        if self.target is None or self.this.value is None or not self.target.value:
            return None
        return round(self.this.value * 10_000 / self.target.value)


@dataclass(frozen=True)
class Card:
    """All lines of one union over ``period``; ``computed_to`` is the oldest moment among its figures."""

    union: Union
    period: Period
    lines: Sequence[Line]

    @property
    def computed_to(self) -> datetime:
        return min((line.this.computed_to for line in self.lines), default=clock.now())

    @property
    def is_running(self) -> bool:
        """Whether the period is not over yet, so that it compares with a whole one before."""
        return self.period.last >= clock.today()


@dataclass(frozen=True)
class Series:
    """The values of one indicator month by month, oldest first; None where it cannot be said."""

    indicator: Indicator
    months: Sequence[Period]
    values: Sequence[int | None]


def card(union: Union, period: Period, indicators: Sequence[Indicator] | None = None) -> Card:
    """The figures of ``union`` and all below it. A period uses the tree of its last day, the previous one its own.

    Small numbers are not hidden here: show a card to people through :func:`shown`.
    """
    wanted = all_indicators() if indicators is None else indicators
    periods = tuple(dict.fromkeys((period, period.previous(), period.a_year_earlier())))
    found = figures(union.pk, periods, wanted)
    targets = _targets(union, period)
    return Card(union, period, tuple(_line(indicator, period, found, targets) for indicator in wanted))


def shown(whole: Card) -> Card:
    """``whole`` as it may be shown: numbers below an indicator's smallest cell are hidden."""
    return replace(whole, lines=tuple(_shown(whole, line) for line in whole.lines))


def series(union: Union, last_day: date, indicators: Sequence[Indicator], months: int = 12) -> list[Series]:
    """The ``months`` months up to the one of ``last_day``, for charts; small numbers are hidden."""
    month = Period.month(last_day.year, last_day.month)
    spans = [month]
    while len(spans) < months:
        spans.insert(0, spans[0].previous())
    found = figures(union.pk, spans, indicators)
    return [
        Series(
            indicator,
            spans,
            [floor.hide(found[indicator.code, span], indicator).value for span in spans],
        )
        for indicator in indicators
    ]


def _line(
    indicator: Indicator, period: Period, found: Mapping[tuple[str, Period], Figure], targets: Mapping[str, int]
) -> Line:
    this = found[indicator.code, period]
    wanted = targets.get(indicator.code)
    return Line(
        indicator,
        this,
        found[indicator.code, period.previous()],
        found[indicator.code, period.a_year_earlier()],
        None if wanted is None else TargetView(wanted, _met(indicator, this.value, wanted)),
    )


def _met(indicator: Indicator, value: int | None, wanted: int) -> bool | None:
    if value is None:
        return None
    return value <= wanted if indicator.fewer_is_better else value >= wanted


def _targets(union: Union, period: Period) -> dict[str, int]:
    """The targets of the year, when the period is that year: a year's target says nothing of a month."""
    if period.kind is not PeriodKind.YEAR:
        return {}
    return dict(Target.objects.filter(union=union, year=period.first.year).values_list("indicator", "value"))


def _shown(whole: Card, line: Line) -> Line:
    indicator = line.indicator
    if indicator.smallest_cell <= 1:
        return line
    this, last, year_ago = (floor.hide(figure, indicator) for figure in (line.this, line.last, line.year_ago))
    if not this.hidden and floor.would_reveal_a_sibling(whole.union.pk, whole.period, indicator):
        this = floor.hidden(this)
    return replace(line, this=this, last=last, year_ago=year_ago, target=None if this.hidden else line.target)
