"""Reading kept cells, and knowing which of them the ledger has overtaken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from niangjia.commons.ledger import dims, queries
from niangjia.commons.ledger.indicators import Counted, Part
from niangjia.commons.unions.models import UnionSpan
from niangjia.kernel.periods import Period
from niangjia.reports.models import ReportCell

CellKey = tuple[str, str, Counted]
NOTES_READ = 500
_NODES_AT_ONCE = 500
LARGEST_RECOUNT = 200_000
"""An overtaken cell over at most this many records is counted anew when read; over more it is shown as it is, with
its moment, until the next refresh."""


@dataclass(frozen=True)
class Overtaken:
    """Changes in a subtree that no cell has followed yet: (measure, day), or ``everything`` when there are many."""

    notes: frozenset[tuple[str, date]]
    everything: bool

    def concerns(self, part: Part, period: Period) -> bool:
        """Whether the cell of ``part`` over ``period`` may have changed."""
        if self.everything:
            return True
        first = date.min if part.counted is Counted.RUNNING else period.first
        return any(measure == part.measure and first <= day <= period.last for measure, day in self.notes)


def cells(
    node_id: int, periods: Iterable[Period], parts: Sequence[Part]
) -> Mapping[tuple[Period, CellKey], ReportCell]:
    """The kept cells of one node, in one statement."""
    spans = Q()
    for period in periods:
        spans |= Q(first=period.first, last=period.last)
    key_of = _keys(parts)
    if not spans or not key_of:
        return {}
    found = ReportCell.objects.filter(spans, node_id=node_id, measure__in={part.measure for part in parts})
    return {
        (Period(cell.first, cell.last), key_of[cell.measure, cell.dimset_id, cell.counted]): cell
        for cell in found
        if (cell.measure, cell.dimset_id, cell.counted) in key_of
    }


def cells_of(node_ids: Sequence[int], period: Period, part: Part) -> dict[int, ReportCell]:
    """The kept cells of many nodes over one period, by node."""
    dimsets = [dimset_id for _measure, dimset_id, _counted in _keys([part])]
    found: dict[int, ReportCell] = {}
    for start in range(0, len(node_ids) if dimsets else 0, _NODES_AT_ONCE):
        rows = ReportCell.objects.filter(
            node_id__in=node_ids[start : start + _NODES_AT_ONCE],
            first=period.first,
            last=period.last,
            measure=part.measure,
            dimset_id__in=dimsets,
            counted=part.counted,
        )
        found.update({row.node_id: row for row in rows})
    return found


def overtaken(node_id: int, periods: Sequence[Period], parts: Sequence[Part]) -> Overtaken:
    """What was booked below ``node_id`` and is not yet in its cells."""
    if not queries.touched().exists():
        return Overtaken(frozenset(), everything=False)
    below = Q()
    for last in {period.last for period in periods}:
        tree = UnionSpan.objects.on(last)
        path = tree.filter(union_id=node_id).values_list("path", flat=True).first()
        if path is not None:
            below |= Q(union_id__in=tree.below(path).values("union_id"))
    if not below:
        return Overtaken(frozenset(), everything=False)
    notes = queries.touched().filter(below, measure__in={part.measure for part in parts})
    read = list(notes.values_list("measure", "day").distinct()[: NOTES_READ + 1])
    return Overtaken(frozenset(read), everything=len(read) > NOTES_READ)


def _keys(parts: Iterable[Part]) -> dict[tuple[str, int, str], CellKey]:
    wanted = list(parts)
    dimsets = dims.find(part.dims for part in wanted)
    found = {}
    for part in wanted:
        measure, digest, counted = part.key
        if digest in dimsets:
            found[measure, dimsets[digest], counted.value] = part.key
    return found
