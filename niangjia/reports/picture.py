"""The months of an indicator as one SVG that stands for itself: for a document, a slide, a web page elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from niangjia.commons.ledger.indicators import Indicator
from niangjia.kernel.periods import Period

WIDTH, HEIGHT = 960, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 24, 24, 84, 56
_INK, _PALE, _BAR = "#1f2328", "#6b7280", "#3d6a8a"
_FONT = "PingFang SC, HarmonyOS Sans SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif"


@dataclass(frozen=True)
class Picture:
    """What is drawn: a value for each month in base units, None where it cannot be said."""

    title: str
    note: str
    indicator: Indicator
    months: Sequence[Period]
    values: Sequence[int | None]


def svg(picture: Picture) -> str:
    """Bars with their numbers. No script and no style, so that every viewer and every policy takes it."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' font-family="{_FONT}" role="img">',
        f"<title>{escape(picture.title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(_LEFT, 36, picture.title, 20, _INK, "start"),
        _text(_LEFT, 60, picture.note, 13, _PALE, "start"),
        *_bars(picture),
        f'<line x1="{_LEFT}" y1="{HEIGHT - _BOTTOM}" x2="{WIDTH - _RIGHT}" y2="{HEIGHT - _BOTTOM}" stroke="{_PALE}"/>',
        "</svg>",
    ]
    return "\n".join(parts)


def _bars(picture: Picture) -> Iterator[str]:
    room = HEIGHT - _TOP - _BOTTOM
    most = max([value for value in picture.values if value is not None] or [0]) or 1
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(picture.months))
    small = 11 if len(picture.months) > 12 else 12
    for place, (month, value) in enumerate(zip(picture.months, picture.values, strict=True)):
        middle = _LEFT + step * (place + 0.5)
        if value is not None:
            height = max(0, value) * (room - 20) / most
            top = HEIGHT - _BOTTOM - height
            yield (
                f'<rect x="{middle - step * 0.32:.1f}" y="{top:.1f}" width="{step * 0.64:.1f}" height="{height:.1f}"'
                f' fill="{_BAR}"/>'
            )
            yield _text(middle, top - 6, picture.indicator.unit.shown(value), small, _INK)
        label = f"{month.first.month}" if month.first.month != 1 and place else month.code
        yield _text(middle, HEIGHT - _BOTTOM + 20, label, small, _PALE)


def _text(x: float, y: float, words: str, size: int, colour: str, anchor: str = "middle") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}"'
    return f"<text {place}>{escape(words)}</text>"
