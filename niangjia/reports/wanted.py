"""Figures that somebody wants to see: a table of them, each line asked of the report card and answered.

A line names a body, a period, an indicator in words and a qualifier (=, over, just under, at least, planned). It is
``met`` when the figure satisfies the qualifier, ``not met`` when it does not, and ``not reportable`` when this
installation has no such figure, body or period. How words lead to indicators and unions, and why a row has no
indicators, is data: ``asked.toml``.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from operator import eq, ge, gt, le, lt
from pathlib import Path
from typing import Any

from django.db.models import Q

from niangjia.commons.ledger.indicators import Indicator, find
from niangjia.commons.unions.models import Union
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.periods import Period, parse
from niangjia.kernel.text import _
from niangjia.reports.card import ends
from niangjia.reports.figures import figures
from niangjia.reports.models import Target

ASKED = Path(__file__).with_name("asked.toml")
COLUMNS = ("id", "row", "body", "period", "indicator", "qualifier", "value", "unit")


class Result(StrEnum):
    """What became of a line."""

    MET = "met"
    NOT_MET = "not met"
    NOT_REPORTABLE = "not reportable"


@dataclass(frozen=True)
class Wanted:
    """One line of the table, as it was written."""

    id: str
    row: str
    body: str
    period: str
    indicator: str
    qualifier: str
    value: str
    unit: str


@dataclass(frozen=True)
class Answer:
    """A line with what the report card says. ``asked`` tells how it was asked, or why it could not be."""

    wanted: Wanted
    result: Result
    value: int | float | None
    asked: str


_ENDS = {"minimum": 0, "maximum": 1}
_HOLDS: Mapping[str, Callable[[Any, Any], bool]] = {"=": eq, ">": gt, "<": lt, ">=": ge, "<=": le}


def read(lines: Iterable[str]) -> list[Wanted]:
    """The lines of a table in CSV with the columns id, row, body, period, indicator, qualifier, value, unit.

    Raises RuleBroken FIGURES_TABLE that names the first line that cannot be read.
    """
    table = csv.DictReader(lines)
    if tuple(table.fieldnames or ()) != COLUMNS:
        raise _unreadable(1)
    found = []
    for number, row in enumerate(table, 2):
        if None in row or None in row.values():
            raise _unreadable(number)
        found.append(Wanted(**row))
        if _number(found[-1].value) is None:
            raise _unreadable(number)
    return found


def answer(wanted: Wanted) -> Answer:
    """What the report card says to one line."""
    ask = ask_of(wanted)
    if ask is None:
        return Answer(wanted, Result.NOT_REPORTABLE, None, why_not(wanted.row))
    indicator, is_target = ask
    union, period = union_of(wanted.body), period_of(wanted.period)
    if union is None:
        return Answer(wanted, Result.NOT_REPORTABLE, None, f"there is no union for {wanted.body}")
    if period is None:
        return Answer(wanted, Result.NOT_REPORTABLE, None, f"{wanted.period} is no period of days")
    if _end(wanted.period) and not indicator.kept_all_year:
        return Answer(wanted, Result.NOT_REPORTABLE, None, f"{indicator.code} need not be kept all year")
    if is_target:
        value, asked = _target(union, indicator, period), f"target {indicator.code} of {union.code} for {period.code}"
    else:
        value, how = _figure(union, indicator, period, wanted.period)
        for more in further(wanted):
            value, how = (value or 0) + (_figure(union, more, period, wanted.period)[0] or 0), f"{how} + {more.code}"
        asked = f"niangjia report --union {union.code} --from {period.first} --to {period.last}: {indicator.code}{how}"
    return Answer(wanted, _result(wanted, value), value, asked)


def ask_of(wanted: Wanted) -> tuple[Indicator, bool] | None:
    """The indicator that answers a line, and whether its target is meant; None when there is none."""
    ask = _ask(wanted)
    found = find(ask.get("code") or ask.get("target", ""))
    return None if found is None else (found, "target" in ask)


def further(wanted: Wanted) -> list[Indicator]:
    """Indicators whose figures are added to the first, where the line speaks of two things together."""
    return [found for code in _ask(wanted).get("and", []) if (found := find(code)) is not None]


def why_not(row: str) -> str:
    """Why a row of the table has no indicator here."""
    reasons: Mapping[str, str] = _data().get("reasons", {})
    return reasons.get(row, "no indicator of this installation answers it")


def body_code(body: str) -> str:
    """The code by which a body's union is looked for."""
    return str(_data().get("bodies", {}).get(body, body))


def period_of(text: str) -> Period | None:
    """The days of ``2022``, ``2022-12-31``, ``2021-08/2022-12``, ``2023-01-09/15``, ``2023 plan`` or ``2022 minimum``;
    None otherwise, also for the minimum or maximum of anything but a year."""
    plain, _space, word = text.strip().partition(" ")
    if word not in ("", "plan", "target", *_ENDS) or (word in _ENDS and not re.fullmatch(r"[0-9]{4}", plain)):
        return None
    begin, slash, end = plain.partition("/")
    try:
        first = parse(begin)
        if not slash:
            return first
        last = parse(f"{begin[:-2]}{end}" if re.fullmatch(r"[0-9]{2}", end) else end)
    except RuleBroken:
        return None
    return Period(first.first, last.last) if first.first <= last.last else None


def union_of(body: str) -> Union | None:
    """The union that answers for a body: by ``asked.toml``, else by code, name or short name."""
    named = Q(code=body_code(body)) | Q(name=body) | Q(short_name=body)
    return Union.objects.filter(named).order_by("pk").first()


def counts(answers: Sequence[Answer]) -> dict[Result, int]:
    """How many lines came to each result."""
    return {result: sum(answer.result is result for answer in answers) for result in Result}


def _result(wanted: Wanted, value: int | float | None) -> Result:
    holds = _HOLDS.get(wanted.qualifier.removeprefix("plan").strip() or "=")
    number = _number(wanted.value)
    if holds is None or number is None or value is None:
        return Result.NOT_REPORTABLE if holds is None else Result.NOT_MET
    return Result.MET if holds(Decimal(str(value)), number) else Result.NOT_MET


def _figure(union: Union, indicator: Indicator, period: Period, words: str) -> tuple[int | float | None, str]:
    """The figure of the period, or of its least or greatest month where the words ask for that, and a note of it."""
    end = _end(words)
    if not end:
        return indicator.unit.number(figures(union.pk, [period], [indicator])[indicator.code, period].value), ""
    known = ends(union.pk, period, [indicator]).get(indicator.code)
    return (None if known is None else indicator.unit.number(known[_ENDS[end]].value)), f", {end} of its months"


def _end(words: str) -> str:
    """Which end of the year's months the words ask for: minimum, maximum or none."""
    word = words.strip().rpartition(" ")[2]
    return word if word in _ENDS else ""


def _target(union: Union, indicator: Indicator, period: Period) -> int | float | None:
    rows = Target.objects.filter(union=union, indicator=indicator.code, year=period.first.year)
    return indicator.unit.number(rows.values_list("value", flat=True).first())


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _ask(wanted: Wanted) -> Mapping[str, Any]:
    """How a line is asked: by its unit where the table knows that too, else by row and words alone."""
    asks, named = _asks(), (wanted.row, wanted.indicator)
    found: Mapping[str, Any] = asks.get((*named, wanted.unit)) or asks.get((*named, "")) or {}
    return found


def _asks() -> Mapping[tuple[str, str, str], Mapping[str, Any]]:
    """All that is known, by row, words and unit ("" for any)."""
    return {(ask["row"], ask["indicator"], ask.get("unit", "")): ask for ask in _data().get("ask", [])}


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(ASKED.read_text(encoding="utf-8"))


def _unreadable(line: int) -> RuleBroken:
    return RuleBroken("FIGURES_TABLE", _("表格第 {line} 行读不懂：要有 id 到 unit 八列，value 是数字。", line=line))


__all__ = [
    "Answer",
    "Result",
    "Wanted",
    "answer",
    "ask_of",
    "body_code",
    "counts",
    "period_of",
    "read",
    "union_of",
    "why_not",
]
