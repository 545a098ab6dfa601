"""A paragraph for the press: sentences from templates, every number a link to what stands behind it.

It is Chinese whatever language the reader uses, because that is what is sent out. Templates, and the rule by which a
number is rounded and called 余 (a little more) or 近 (nearly), are data: ``press.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils import translation

from niangjia.commons.ledger.indicators import DrillLevel, Indicator, Kind
from niangjia.commons.ledger.units import PERCENT, YUAN
from niangjia.kernel import clock
from niangjia.reports import pages
from niangjia.reports.card import Card, Line

_TEMPLATES = Path(__file__).with_name("press.toml")
_PIECE = re.compile(r"\{(\w+)\}")
_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_MYRIAD = 10_000


@dataclass(frozen=True)
class Segment:
    """A stretch of the paragraph; a number has the address that opens it."""

    text: str
    url: str = ""


def paragraph(card: Card, *, exact: bool = False) -> list[Segment]:
    """The paragraph of a shown card; ``exact`` says numbers as they are. Hidden figures are left out."""
    with translation.override("zh-hans"):
        lines = {line.indicator.code: line for line in card.lines}
        sentences = [said for template in _templates(card) if (said := _sentence(template, card, lines, exact=exact))]
        if not sentences:
            return []
        found = [Segment(f"{card.period.label}，{card.union.name}")]
        for number, sentence in enumerate(sentences):
            found += [Segment("；"), *sentence] if number else sentence
        return [*found, Segment(_close(card))]


def plain(segments: Sequence[Segment]) -> str:
    """The paragraph as text to copy."""
    return "".join(segment.text for segment in segments)


def in_words(value: int) -> str:
    """A whole number as a newspaper says it: 973, 3200余, 近5000, 10.3万余, 32.04万."""
    steps = [grain for grain in _data()["grain"] if value >= grain["from"]]
    step = steps[-1]["step"] if steps else 1
    below, rest = value // step * step, value % step
    if not rest:
        return _short(value)
    if (step - rest) * 100 < step * _data()["near_percent"]:
        return f"近{_short(below + step)}"
    return f"{_short(below)}余"


def _short(number: int) -> str:
    if number < _MYRIAD:
        return str(number)
    whole, rest = divmod(number, _MYRIAD)
    return f"{whole}万" if not rest else f"{whole}.{rest:04d}".rstrip("0") + "万"


def _templates(card: Card) -> list[str]:
    """The sentences of the declared indicators, then one for each indicator that no sentence names, with its parts. Of
    those, a count of nothing is no news."""
    known = {line.indicator.code for line in card.lines}
    written = [text for text in (each["text"] for each in _data()["sentence"]) if _PIECE.findall(text)[0] in known]
    named = {code for text in written for code in _PIECE.findall(text)}
    rest = [line.indicator for line in card.lines if line.indicator.code not in named and _is_news(line)]
    wholes = {indicator.code for indicator in rest}
    parts = [indicator for indicator in rest if indicator.of in wholes]
    return [*written, *(_spoken(each, parts) for each in rest if each not in parts)]


def _is_news(line: Line) -> bool:
    return line.indicator.kind is Kind.RATE or bool(line.this.value)


def _spoken(whole: Indicator, parts: Sequence[Indicator]) -> str:
    """What a list writes with colons, as a sentence says it: 参保34人次，其中新参保30人次."""
    own = (f"[，其中{_name(part)}{{{part.code}}}]" for part in parts if part.of == whole.code)
    return f"{_name(whole)}{{{whole.code}}}{''.join(own)}"


def _name(indicator: Indicator) -> str:
    return str(indicator.label).rpartition("其中：")[2].replace("：", "")


def _sentence(template: str, card: Card, lines: Mapping[str, Line], *, exact: bool) -> list[Segment]:
    def sayable(text: str) -> bool:
        return all(code in lines and lines[code].this.value is not None for code in _PIECE.findall(text))

    text = _in_a_row(_OPTIONAL.sub(lambda part: part[1] if sayable(part[1]) else "", template))
    return list(_pieces(text, card, lines, exact=exact)) if sayable(text) else []


def _in_a_row(text: str) -> str:
    """Of several parts of one whole only the first is introduced: 其中甲会5场、乙会2场."""
    whole, among, parts = text.partition("，其中")
    return whole + among + parts.replace("，其中", "、")


def _pieces(text: str, card: Card, lines: Mapping[str, Line], *, exact: bool) -> Iterator[Segment]:
    for place, piece in enumerate(_PIECE.split(text)):
        if place % 2 == 0:
            yield from [Segment(piece)] if piece else []
            continue
        indicator = lines[piece].indicator
        opens = indicator.drill_level is not DrillLevel.NONE
        where = pages.url("report:indicator", card.union, card.period, piece) if opens else ""
        yield Segment(_number(lines[piece], exact=exact), where)


def _number(line: Line, *, exact: bool) -> str:
    unit, value = line.indicator.unit, line.this.value or 0
    if unit == PERCENT:
        return f"{value / 100:.2f}".rstrip("0").rstrip(".") + "%"
    if line.indicator.kind is Kind.RATE:
        return f"{unit.shown(value).removesuffix('.0')}{unit.label}"
    if exact or (unit == YUAN and value < 100 * unit.scale):
        return f"{unit.shown(value)}{unit.label}"
    whole, rest = divmod(value, unit.scale)
    said = in_words(whole)
    return f"{said}{'余' if rest and said.isdigit() else ''}{unit.label}"


def _close(card: Card) -> str:
    frozen = [line.frozen.said.at for line in card.lines if line.frozen is not None]
    if not frozen:
        return "。"
    day = clock.day_of(max(frozen))
    return f"。（数字以{day.year}年{day.month}月{day.day}日冻结的为准）"


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(_TEMPLATES.read_text(encoding="utf-8"))
