"""The report card as a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from niangjia.kernel import clock
from niangjia.kernel.text import Text, _
from niangjia.platform.sheets.write import Column, Kind, Sheet
from niangjia.reports import pages
from niangjia.reports.card import Card, Line

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
    ("note", _("说明")),
)
_NUMBERS = ("this", "last", "change", "year_ago", "target", "numerator", "denominator")
_KINDS = {**dict.fromkeys(_NUMBERS, Kind.NUMBER), "day": Kind.DAY}


def rows(card: Card) -> Iterator[dict[str, Any]]:
    """One row for each line of a shown card; what is hidden stays blank and is said in the note."""
    return (_row(line) for line in card.lines)


def sheet(card: Card) -> Sheet:
    """The sheet of a shown card."""
    columns = [Column(key, title, _KINDS.get(key, Kind.TEXT)) for key, title in COLUMNS]
    return Sheet(_("成绩单"), columns, rows(card))


def _notes(line: Line) -> list[str]:
    """What is hidden, since when it is frozen, and what was restated since."""
    found = [str(pages.HIDDEN)] if line.this.hidden else []
    if line.frozen is not None:
        said = line.frozen.said
        found.append(str(_("按 {day} 冻结的数字，原因：{reason}", day=clock.day_of(said.at), reason=said.reason)))
    return found + [str(note) for note in pages.notes(line)]


def _row(line: Line) -> dict[str, Any]:
    indicator, unit = line.indicator, line.indicator.unit
    return {
        "label": str(indicator.label),
        "unit": str(unit.label),
        "this": unit.number(line.this.value),
        "last": unit.number(line.last.value),
        "change": unit.number(line.change),
        "year_ago": unit.number(line.year_ago.value),
        "target": None if line.target is None else unit.number(line.target.value),
        "numerator": line.this.numerator,
        "denominator": line.this.denominator,
        "day": line.this.day,
        "definition": str(_("{text}(第 {version} 版)", text=indicator.definition, version=indicator.version)),
        "note": "；".join(_notes(line)),
    }
