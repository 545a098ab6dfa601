"""The report card of a union and all below it: this period, last, year on year, target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from niangjia.commons.ledger.indicators import Indicator, Kind, all_indicators
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.periods import Period, PeriodKind
from niangjia.reports import floor, frozen
from niangjia.reports.figures import Figure, figures
from niangjia.reports.frozen import Frozen
from niangjia.reports.models import Target


@dataclass(frozen=True)
class TargetView:
    """What the union wants of the year; ``met`` is None where the figure cannot be said."""

    value: int
    met: bool | None


@dataclass(frozen=True)
class Line:
    """One indicator: this period, the period before, the same days of the year before, the target of the year.

    Where the period was frozen ``this`` is what was said then, ``frozen`` tells when and why, and ``now`` is what the
    ledger says today, which ``differs`` from what was said last. ``low`` and ``high`` are the least and the most of the
    year's months of an indicator that must be kept all year, both None elsewhere.
    """

    indicator: Indicator
    this: Figure
    last: Figure
    year_ago: Figure
    target: TargetView | None = None
    frozen: Frozen | None = None
    now: Figure | None = None
    differs: bool = False
    low: Figure | None = None
    high: Figure | None = None

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
    lines = tuple(_line(indicator, period, found, targets) for indicator in wanted)
    return Card(union, period, _through_the_year(union, period, lines))


def shown(whole: Card) -> Card:
    """``whole`` as it may be shown: numbers below an indicator's smallest cell are hidden."""
    return replace(whole, lines=tuple(_shown(whole, line) for line in whole.lines))


def said(union: Union, period: Period, indicators: Sequence[Indicator] | None = None) -> Card:
    """The card as it is shown to people: frozen figures as they were said, small numbers hidden."""
    return shown(as_said(card(union, period, indicators)))


def as_said(whole: Card) -> Card:
    """``whole`` with the figures of frozen periods as they were frozen, also those it is compared with."""
    period = whole.period
    known = frozen.find(whole.union.pk, {period, period.previous(), period.a_year_earlier()})
    return replace(whole, lines=tuple(_as_said(whole, line, known) for line in whole.lines)) if known else whole


def series(union: Union, last_day: date, indicators: Sequence[Indicator], months: int = 12) -> list[Series]:
    """The ``months`` months up to the one of ``last_day``, for charts: frozen ones as they were said, small numbers
    hidden."""
    month = Period.month(last_day.year, last_day.month)
    spans = [month]
    while len(spans) < months:
        spans.insert(0, spans[0].previous())
    found = figures(union.pk, spans, indicators)
    for key, kept in frozen.find(union.pk, spans).items():
        if key in found:
            found[key] = floor.hidden(kept.said.figure) if kept.said.withheld else kept.said.figure
    return [
        Series(indicator, spans, [floor.hide(found[indicator.code, span], indicator).value for span in spans])
        for indicator in indicators
    ]


def ends(union_id: int, year: Period, indicators: Sequence[Indicator]) -> dict[str, tuple[Figure, Figure]]:
    """The least and the most among the months of ``year`` that have begun, by indicator; a month of which the figure
    cannot be said is left out, and an indicator without any."""
    months = [
        month for number in range(1, 13) if (month := Period.month(year.first.year, number)).first <= clock.today()
    ]
    found = figures(union_id, months, indicators) if months and indicators else {}
    said_of: dict[str, list[Figure]] = {}
    for (code, _month), figure in found.items():
        if figure.value is not None:
            said_of.setdefault(code, []).append(figure)
    return {code: (min(known, key=_by_value), max(known, key=_by_value)) for code, known in said_of.items()}


def _by_value(figure: Figure) -> int:
    return figure.value or 0


def _through_the_year(union: Union, period: Period, lines: Sequence[Line]) -> Sequence[Line]:
    """What must be kept all year is judged by its worst month, not by the year as a whole."""
    wanted = [line.indicator for line in lines if line.indicator.kept_all_year]
    if period.kind is not PeriodKind.YEAR or not wanted:
        return lines
    known = ends(union.pk, period, wanted)
    return tuple(_kept(line, *known[line.indicator.code]) if line.indicator.code in known else line for line in lines)


def _kept(line: Line, low: Figure, high: Figure) -> Line:
    worst = high if line.indicator.fewer_is_better else low
    target = line.target and replace(line.target, met=_met(line.indicator, worst.value, line.target.value))
    return replace(line, low=low, high=high, target=target)


def _as_said(whole: Card, line: Line, known: Mapping[tuple[str, Period], Frozen]) -> Line:
    def then(period: Period, figure: Figure) -> Figure:
        kept = known.get((line.indicator.code, period))
        return figure if kept is None else floor.hidden(figure) if kept.said.withheld else kept.said.figure

    kept, wanted = known.get((line.indicator.code, whole.period)), line.target
    this = line.this if kept is None else kept.said.figure
    if wanted is not None and line.low is None:
        wanted = replace(wanted, met=_met(line.indicator, this.value, wanted.value))
    return replace(
        line,
        this=this,
        last=then(whole.period.previous(), line.last),
        year_ago=then(whole.period.a_year_earlier(), line.year_ago),
        target=wanted,
        frozen=kept,
        now=None if kept is None else line.this,
        differs=kept is not None and not frozen.same(line.this, kept.latest.figure),
    )


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
    withheld = line.frozen is not None and line.frozen.said.withheld
    if not this.hidden and (withheld or floor.would_reveal_a_sibling(whole.union.pk, whole.period, indicator)):
        this = floor.hidden(this)
    line = replace(line, this=this, last=last, year_ago=year_ago, target=None if this.hidden else line.target)
    line = replace(line, low=_hidden_end(line.low, indicator), high=_hidden_end(line.high, indicator))
    return line if line.frozen is None else _shown_beside(line, line.frozen)


def _hidden_end(figure: Figure | None, indicator: Indicator) -> Figure | None:
    return None if figure is None else floor.hide(figure, indicator)


def _shown_beside(line: Line, kept: Frozen) -> Line:
    """What was restated, and what the ledger says now: hidden with the frozen figure, by themselves, or where the
    difference to the frozen one is so small that it points at somebody."""

    def beside(figure: Figure, withheld: bool) -> Figure:
        figure = floor.hide(figure, line.indicator)
        if line.this.hidden or withheld or floor.differ_little(line.this, figure, line.indicator):
            return floor.hidden(figure)
        return figure

    restated = [replace(one, figure=beside(one.figure, one.withheld)) for one in kept.restated]
    now = None if line.now is None else beside(line.now, withheld=False)
    was = replace(kept.said, figure=line.this)
    return replace(line, frozen=replace(kept, said=was, restated=restated), now=now)
