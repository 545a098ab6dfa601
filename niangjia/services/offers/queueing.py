"""The waiting list: what comes back is offered to who came first, with a deadline."""

from __future__ import annotations

from niangjia.services.offers.models import Cell, Waiting


def offer_what_is_left(cell_id: int) -> int:
    """Hold free pieces of a cell for the next on its list; returns how many were offered. Needs a transaction."""
    return 0 if not Waiting.objects.filter(cell=cell_id).next_first().exists() else _offer(Cell.objects.get(pk=cell_id))


def _offer(cell: Cell) -> int:
    return 0
