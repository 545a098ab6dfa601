"""The cells' part of ``check_books``: every kept cell equals the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from niangjia.commons.ledger import dims, queries
from niangjia.commons.ledger.books import Difference
from niangjia.kernel.periods import Period
from niangjia.reports import grouped
from niangjia.reports.grouped import Count, Spot
from niangjia.reports.models import ReportCell
from niangjia.reports.refresh import Wanted, wanted


def differences() -> Iterator[Difference]:
    """Cells that differ from the ledger, those with changes still waiting to be taken up left out."""
    waiting = set(queries.touched().values_list("measure", flat=True).distinct())
    for entry in wanted():
        for dimset_id in dims.find([entry.facts]).values():
            yield from _of_facts(entry, dimset_id, waiting)


def _of_facts(entry: Wanted, dimset_id: int, waiting: set[str]) -> Iterator[Difference]:
    measures = entry.measures - waiting
    kept = ReportCell.objects.filter(dimset_id=dimset_id, counted=entry.counted, measure__in=measures, overtaken=False)
    for first, last in kept.order_by("first", "last").values_list("first", "last").distinct():
        period = Period(first, last)
        cells: dict[int, list[ReportCell]] = defaultdict(list)
        for cell in kept.filter(first=first, last=last):
            cells[cell.node_id].append(cell)
        spots = [Spot(node, period) for node in cells]
        counts = grouped.count(spots, measures, entry.facts, counted=entry.counted)
        for spot in spots:
            for cell in cells[spot.node_id]:
                expected = counts.get((spot, cell.measure), Count())
                found = Count(cell.rows, cell.value, cell.fen, cell.persons)
                if expected != found:
                    what = f"{cell.measure} {cell.dimset_id} of union {cell.node_id} in {period.code}"
                    yield Difference("report_cells", what, str(expected), str(found))
