"""A spark line as the points of an SVG polyline."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, HEIGHT, MARGIN = 96, 28, 2


def points(values: Sequence[float]) -> str:
    """``"x,y x,y …"`` in a box of 96 by 28; fewer than two values draw nothing; equal values a middle line."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    step = (WIDTH - 2 * MARGIN) / (len(values) - 1)
    return " ".join(
        f"{MARGIN + index * step:.1f},{_height(value, low, high):.1f}" for index, value in enumerate(values)
    )


def _height(value: float, low: float, high: float) -> float:
    if high == low:
        return HEIGHT / 2
    return HEIGHT - MARGIN - (value - low) / (high - low) * (HEIGHT - 2 * MARGIN)
