"""Reading figures that were frozen: what was said, and what was restated since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from niangjia.kernel import clock
from niangjia.kernel.periods import Period
from niangjia.reports.figures import Figure
from niangjia.reports.models import FrozenFigure, Restatement


@dataclass(frozen=True)
class Said:
    """One figure as it was said at a moment, and why then. ``withheld``: it must not be shown."""

    figure: Figure
    at: datetime
    reason: str
    withheld: bool


@dataclass(frozen=True)
class Frozen:
    """A frozen figure with its restatements, oldest first; ``version`` is the definition it was said under."""

    public_id: str
    version: int
    said: Said
    restated: Sequence[Said] = ()

    @property
    def latest(self) -> Said:
        return self.restated[-1] if self.restated else self.said


def find(union_id: int, periods: Iterable[Period]) -> dict[tuple[str, Period], Frozen]:
    """The frozen figures of a union by (indicator, period); of several versions the newest."""
    spans = Q()
    for period in periods:
        spans |= Q(first=period.first, last=period.last)
    rows = FrozenFigure.objects.filter(spans, union_id=union_id).order_by("version").prefetch_related("restatements")
    return {(row.indicator, Period(row.first, row.last)): _frozen(row) for row in rows}


def same(one: Figure, other: Figure) -> bool:
    """Whether two figures say the same."""
    return (one.value, one.numerator, one.denominator) == (other.value, other.numerator, other.denominator)


def _frozen(row: FrozenFigure) -> Frozen:
    later = sorted(row.restatements.all(), key=lambda restatement: restatement.pk)
    return Frozen(
        row.public_id,
        row.version,
        _said(row, row, row.frozen_at),
        [_said(row, restatement, restatement.stated_at) for restatement in later],
    )


def _said(of: FrozenFigure, row: FrozenFigure | Restatement, at: datetime) -> Said:
    day = min(of.last, clock.day_of(at))
    return Said(Figure(row.value, day, at, row.numerator, row.denominator, rows=row.rows), at, row.reason, row.withheld)
