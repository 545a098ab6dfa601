"""What becomes of the stock of extra pieces that nobody holds any more."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F

from niangjia.services.offers.models import Cell, Reservation, Source


def shrink(rows: Iterable[Reservation]) -> None:
    """Extra pieces that are no longer held go away instead of back into the stock.

    Called after their pieces were given back, for the stock may never be smaller than what is taken of it, and in the
    same transaction, so that nobody else gets them. Cells are locked in the order of their ids.
    """
    counts: dict[int, int] = {}
    for row in rows:
        if row.source == Source.EXTRA:
            counts[row.cell_id] = counts.get(row.cell_id, 0) + 1
    for cell_id, count in sorted(counts.items()):
        Cell.objects.filter(pk=cell_id).update(extra=F("extra") - count)
