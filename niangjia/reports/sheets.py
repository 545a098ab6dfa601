"""The report card as a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from niangjia.kernel.text import Text, _
from niangjia.reports.card import Card, Line
from niangjia.reports.figures import Figure

COLUMNS: tuple[tuple[str, Text], ...] = (
    ("label", _("指标")),
    ("unit", _("单位")),
    ("this", _("本期")),
    ("last", _("上期")),
    ("change", _("比上期增减")),
    ("year_ago", _("上年同期")),
    ("target", _("年度目标")),
    ("numerator", _("分子")),
    ("denominator", _("分母")),
    ("day", _("截止日")),
    ("definition", _("口径")),
)
HIDDEN = _("数量太少,不显示")


def rows(card: Card) -> Iterator[dict[str, Any]]:
    """One row for each line of a shown card."""
    return (_row(line) for line in card.lines)


def workbook(card: Card) -> Any:
    """The workbook of ``card``, made by platform/sheets."""
    from niangjia.platform.sheets import write

    numbers = {"this", "last", "change", "year_ago", "target", "numerator", "denominator"}
    columns = [
        write.Column(key, str(title), "number" if key in numbers else "day" if key == "day" else "text")
        for key, title in COLUMNS
    ]
    return write.workbook([write.Sheet(str(_("成绩单")), columns, rows(card))])


def _row(line: Line) -> dict[str, Any]:
    indicator, unit = line.indicator, line.indicator.unit
    return {
        "label": str(indicator.label),
        "unit": str(unit.label),
        "this": _cell(line, line.this),
        "last": _cell(line, line.last),
        "change": unit.number(line.change),
        "year_ago": _cell(line, line.year_ago),
        "target": None if line.target is None else unit.number(line.target.value),
        "numerator": line.this.numerator,
        "denominator": line.this.denominator,
        "day": line.this.day,
        "definition": str(_("{text}(第 {version} 版)", text=indicator.definition, version=indicator.version)),
    }


def _cell(line: Line, figure: Figure) -> int | float | str | None:
    return str(HIDDEN) if figure.hidden else line.indicator.unit.number(figure.value)
