"""Ready values for the templates: numbers as people read them, links, points of spark lines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from niangjia.commons.ledger.indicators import DrillLevel, Indicator, Kind
from niangjia.commons.ledger.units import PERCENT
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.periods import Period, PeriodKind, standard_containing
from niangjia.kernel.text import Text, _
from niangjia.platform.web import spark
from niangjia.reports.card import Card, Line, Series
from niangjia.reports.drill import Share
from niangjia.reports.figures import Figure
from niangjia.reports.parting import Parting, Piece

HIDDEN = _("数量太少，不显示")
NOTHING = "–"
_COLONS = ("：", ":")


@dataclass(frozen=True)
class LineView:
    """One row of the card's table."""

    code: str
    label: Text
    programme: Text | None
    short: str
    definition: Text
    version: int
    unit: Text
    is_part: bool
    value: Text | str
    parts: Text | None
    last: Text | str
    change: str
    trend: str
    year_ago: Text | str
    target: str
    target_share: str
    met: bool | None
    spark: str
    url: str
    target_url: str
    notes: Sequence[Text] = ()
    restate_url: str = ""


@dataclass(frozen=True)
class Group:
    """The rows of one programme under its heading, which ``anchor`` leads to; without a heading none was named."""

    heading: Text | None
    anchor: str
    lines: Sequence[LineView]


@dataclass(frozen=True)
class PeriodLink:
    """One choice of the period picker."""

    label: Text
    url: str
    chosen: bool = False


@dataclass(frozen=True)
class Chart:
    """What charts.js draws; ``label`` says it in words."""

    data: dict[str, Any] = field(default_factory=dict)
    label: str = ""


def url(name: str, union: Union, period: Period, *more: str) -> str:
    return f"{reverse(name, args=[union.public_id, *more])}?{urlencode({'period': period.code})}"


def lines(card: Card, history: Sequence[Series], *, may_set: bool) -> list[LineView]:
    """The table of a shown card; ``history`` holds each indicator's last months."""
    values = {series.indicator.code: series for series in history}
    return [_line(card, line, values.get(line.indicator.code), may_set=may_set) for line in card.lines]


def groups(shown: Sequence[LineView]) -> list[Group]:
    """The rows by programme, each once, in the order in which the card has them."""
    found: dict[Text | None, list[LineView]] = {}
    for line in shown:
        found.setdefault(line.programme, []).append(line)
    return [Group(heading, f"programme-{n}", rows) for n, (heading, rows) in enumerate(found.items(), 1)]


def _short(indicator: Indicator) -> str:
    """The label below its heading, which need not be said once more."""
    label, heading = str(indicator.label), str(indicator.programme or "")
    rest = label.removeprefix(heading)
    return rest.lstrip("：: ") if heading and rest[:1] in _COLONS else label


def said(figure: Figure, indicator: Indicator) -> Text | str:
    """A figure in words: the number, a dash where it cannot be said, or that it is hidden."""
    if figure.hidden:
        return HIDDEN
    return NOTHING if figure.value is None else indicator.unit.shown(figure.value)


def picker(union: Union, period: Period, page: str = "report:union", *more: str) -> dict[str, Any]:
    """The choices of the period picker: this year, quarter, month; the period before and after; the years. ``page``
    with ``more`` parts of its address is where they lead."""
    today = clock.today()
    _day, month, quarter, year = standard_containing(today)
    standard = [(_("本年"), year), (_("本季度"), quarter), (_("本月"), month), (_("上年"), year.previous())]
    after = _following(period)
    return {
        "label": period.label,
        "first": period.first,
        "last": period.last,
        "choices": [PeriodLink(label, url(page, union, choice, *more), choice == period) for label, choice in standard],
        "before": url(page, union, period.previous(), *more),
        "after": url(page, union, after, *more) if after is not None and after.first <= today else "",
    }


def chart(history: Sequence[Series], chosen: Indicator) -> Chart:
    """Bars of the chosen indicator by month, beside those that are part of it and share its unit."""
    shown = [
        series
        for series in history
        if series.indicator.code == chosen.code
        or (series.indicator.of == chosen.code and series.indicator.unit == chosen.unit)
    ]
    if not shown:
        return Chart()
    unit = chosen.unit
    data = {
        "kind": "line" if chosen.kind in (Kind.RATE, Kind.STOCK) else "bar",
        "unit": str(unit.label),
        "labels": [month.code for month in shown[0].months],
        "series": [
            {"name": str(series.indicator.label), "values": [unit.number(value) for value in series.values]}
            for series in shown
        ],
    }
    return Chart(data, str(_("{label}，最近 {n} 个月", label=chosen.label, n=len(shown[0].months))))


def shares(found: Sequence[Share], indicator: Indicator, period: Period) -> list[dict[str, Any]]:
    """The rows of the table by union below."""
    return [
        {
            "name": share.union.name if share.union else _("本级直接办理"),
            "url": url("report:indicator", share.union, period, indicator.code) if share.union else "",
            "value": share_said(share, indicator),
        }
        for share in found
    ]


def partings(found: Sequence[Parting], indicator: Indicator) -> list[dict[str, Any]]:
    """The tables by plan, cover, category and the like."""
    return [{"label": one.label, "pieces": [_piece(piece, indicator) for piece in one.pieces]} for one in found]


def _piece(piece: Piece, indicator: Indicator) -> dict[str, Any]:
    value = HIDDEN if piece.hidden else indicator.unit.shown(piece.value) or NOTHING
    return {"name": piece.name, "value": value}


def share_said(share: Share, indicator: Indicator) -> Text | str:
    """A union's share in words: the number, a dash where it cannot be said, or that it is hidden."""
    return HIDDEN if share.hidden else indicator.unit.shown(share.value) or NOTHING


def shares_chart(found: Sequence[Share], indicator: Indicator, period: Period) -> Chart:
    """The unions below ranked, the first twenty; hidden ones are left out."""
    ranked = [share for share in found if share.union is not None and share.value is not None][:20]
    if len(ranked) < 2:
        return Chart()
    data = {"kind": "ranked", **_of_unions(ranked, indicator, period)}
    return Chart(data, str(_("{label}，按下级工会排列", label=indicator.label)))


def shares_map(found: Sequence[Share], indicator: Indicator, period: Period) -> Chart:
    """The unions below as areas, for what adds up: not for rates and different persons."""
    whole = [share for share in found if share.union is not None and share.value]
    if indicator.kind in (Kind.RATE, Kind.PERSONS) or len(whole) < 3:
        return Chart()
    data = {"kind": "treemap", **_of_unions(whole, indicator, period)}
    return Chart(data, str(_("{label}，各下级工会的分量", label=indicator.label)))


def shares_outlined(
    found: Sequence[Share], indicator: Indicator, period: Period, codes: Collection[str], address: str
) -> Chart:
    """The unions below on the outlines that the operator gave, of which ``codes`` tells the areas; those without one
    stand in the table alone, hidden ones have an outline without a value. ``instead`` is drawn where the browser does
    not get the outlines."""
    drawn = [share for share in found if share.union is not None and share.union.area_code in codes]
    if len(drawn) < 2:
        return Chart()
    data = {
        "kind": "map",
        "outlines": address,
        "marks": [_area(share.union) for share in drawn if share.union],
        "missing": str(_("地图没有载入，数字以下表为准。刷新页面再试。")),
        "instead": shares_map(found, indicator, period).data,
        **_of_unions(drawn, indicator, period),
    }
    return Chart(data, str(_("{label}，下级工会地图", label=indicator.label)))


def _area(union: Union) -> str:
    """What is written into the area of a union: there is no room for more than its place."""
    return union.short_name.removesuffix("工会").removesuffix("总") or union.short_name


def _of_unions(found: Sequence[Share], indicator: Indicator, period: Period) -> dict[str, Any]:
    """What the charts of the unions below have in common; ``links`` open the same figure of each."""
    unions = [share.union for share in found if share.union is not None]
    return {
        "unit": str(indicator.unit.label),
        "labels": [union.short_name for union in unions],
        "links": [url("report:indicator", union, period, indicator.code) for union in unions],
        "series": [{"name": str(indicator.label), "values": [indicator.unit.number(share.value) for share in found]}],
    }


def months_table(history: Series) -> list[dict[str, Any]]:
    """The same months as the chart, for reading: the newest first."""
    unit = history.indicator.unit
    rows = zip(history.months, history.values, strict=True)
    return [{"label": month.label, "value": unit.shown(value) or NOTHING} for month, value in rows][::-1]


def extremes(history: Series) -> Text | None:
    """The least and the most of the months, each with the month when it last was so; None where nothing varies."""
    known = [(value, month) for value, month in zip(history.values, history.months, strict=True) if value is not None]
    if len({value for value, _month in known}) < 2:
        return None
    unit, newest = history.indicator.unit, known[::-1]
    (low, when_low), (high, when_high) = min(newest, key=itemgetter(0)), max(newest, key=itemgetter(0))
    return _(
        "最近 {n} 个月：最低 {low}（{when_low}），最高 {high}（{when_high}）",
        n=len(history.months),
        low=unit.shown(low),
        when_low=when_low.label,
        high=unit.shown(high),
        when_high=when_high.label,
    )


def _line(card: Card, line: Line, history: Series | None, *, may_set: bool) -> LineView:
    indicator = line.indicator
    year = card.period.kind is PeriodKind.YEAR
    opens = indicator.drill_level is not DrillLevel.NONE
    return LineView(
        code=indicator.code,
        label=indicator.label,
        programme=indicator.programme,
        short=_short(indicator),
        definition=indicator.definition,
        version=indicator.version,
        unit=indicator.unit.label,
        is_part=bool(indicator.of),
        value=said(line.this, indicator),
        parts=_parts(line.this),
        last=said(line.last, indicator),
        change=_change(line),
        trend="" if not line.change else "up" if line.change > 0 else "down",
        year_ago="" if year else said(line.year_ago, indicator),
        target="" if line.target is None else indicator.unit.shown(line.target.value),
        target_share="" if line.target_share is None else f"{line.target_share / 100:.0f}%",
        met=None if line.target is None else line.target.met,
        spark=_spark(history),
        url=url("report:indicator", card.union, card.period, indicator.code) if opens else "",
        target_url=url("report:target", card.union, card.period, indicator.code) if may_set and year else "",
        notes=notes(line),
        restate_url=url("report:restate", card.union, card.period, indicator.code) if may_set and line.differs else "",
    )


def notes(line: Line) -> list[Text]:
    """What belongs beside a figure: the ends of a year that must be kept all through, and what was restated since."""
    indicator, found = line.indicator, []
    if line.low is not None and line.high is not None:
        low, high = said(line.low, indicator), said(line.high, indicator)
        found.append(_("全年最低 {low}，最高 {high}", low=low, high=high))
    if line.frozen is None:
        return found
    if line.frozen.version != indicator.version:
        found.append(_("按第 {version} 版口径", version=line.frozen.version))
    found += [
        _(
            "{day} 更正为 {value}：{reason}",
            day=clock.day_of(one.at),
            value=said(one.figure, indicator),
            reason=one.reason,
        )
        for one in line.frozen.restated
    ]
    if line.differs and line.now is not None:
        found.append(_("账上现在是 {value}", value=said(line.now, indicator)))
    return found


def _parts(figure: Figure) -> Text | None:
    if figure.denominator is None or figure.hidden:
        return None
    return _("{numerator} ÷ {denominator}", numerator=f"{figure.numerator:,}", denominator=f"{figure.denominator:,}")


def _change(line: Line) -> str:
    if line.change is None:
        return NOTHING
    sign = "+" if line.change > 0 else ""
    if line.indicator.unit == PERCENT:
        return f"{sign}{line.indicator.unit.shown(line.change)}"
    share = "" if line.change_share is None else f" ({sign}{line.change_share / 100:.1f}%)"
    return f"{sign}{line.indicator.unit.shown(line.change)}{share}"


def _spark(history: Series | None) -> str:
    if history is None or any(value is None for value in history.values):
        return ""
    return spark.points([float(value) for value in history.values if value is not None])


def _following(period: Period) -> Period | None:
    """The standard period after this one; other spans have none."""
    kinds = (PeriodKind.DAY, PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR)
    if period.kind not in kinds:
        return None
    return standard_containing(period.last + timedelta(days=1))[kinds.index(period.kind)]
