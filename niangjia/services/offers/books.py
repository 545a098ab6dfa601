"""The check of this room's books: stock, extra pieces and ledger are what the reservations say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Q, QuerySet

from niangjia.commons.ledger.books import Difference, register
from niangjia.commons.ledger.models import LedgerRow
from niangjia.services.offers import records
from niangjia.services.offers.models import Cell, Item, Reservation, Source, StockAfter, Waiting
from niangjia.services.offers.states import CAMPAIGN, COUNTING_STATES, OPENED_STATES, ReservationState, WaitingState

BOOK = "offers"


def check() -> Iterator[Difference]:
    """Every cell holds what is reserved of it, and every figure is a count of reservations."""
    yield from _cells()
    yield from _ledger()


def declare() -> None:
    """Called when the room is ready."""
    register(BOOK, check)


def _cells() -> Iterator[Difference]:
    held, extra, offered = _held(), _extra(), _offered()
    for cell_id, kept_taken, kept_extra in Cell.objects.values_list("pk", "taken", "extra").order_by("pk").iterator():
        for what, expected, found in (
            (f"pieces taken of cell {cell_id}", held[cell_id] + offered[cell_id], kept_taken),
            (f"extra pieces of cell {cell_id}", extra[cell_id], kept_extra),
        ):
            if expected != found:
                yield Difference(BOOK, what, str(expected), str(found))


_HOLDING = Q(state__in=(ReservationState.RESERVED, ReservationState.COLLECTED)) | Q(
    state=ReservationState.GIVEN_UP, campaign__stock_after=StockAfter.CLOSE.value
)
"""Reservations that hold a piece; one not collected does where the campaign keeps what was not collected."""


def _held() -> Counter[int]:
    return _by_cell(Reservation.objects.filter(_HOLDING))


def _extra() -> Counter[int]:
    return _by_cell(Reservation.objects.filter(_HOLDING, source=Source.EXTRA.value))


def _offered() -> Counter[int]:
    return _by_cell(Waiting.objects.filter(state=WaitingState.OFFERED.value))


def _by_cell(rows: QuerySet[Any]) -> Counter[int]:
    return Counter(dict(rows.order_by().values_list("cell").annotate(Count("pk"))))


def _ledger() -> Iterator[Difference]:
    states = Counter(dict(Reservation.objects.order_by().values_list("state").annotate(Count("pk"))))
    for measure, counting in (
        (records.RESERVED, COUNTING_STATES),
        (records.COLLECTED, (ReservationState.COLLECTED,)),
        (records.GIVEN_UP, (ReservationState.GIVEN_UP,)),
    ):
        expected = sum(states[state.value] for state in counting)
        found = LedgerRow.objects.live().filter(measure=measure, source_type=records.SOURCE_TYPE).count()
        if expected != found:
            yield Difference(BOOK, f"records of {measure}", str(expected), str(found))
    yield from _categories()


def _categories() -> Iterator[Difference]:
    expected = Item.objects.filter(campaign__state__in=[state.value for state in OPENED_STATES]).count()
    found = LedgerRow.objects.live().filter(measure=records.CATEGORIES, source_type=CAMPAIGN.name).count()
    if expected != found:
        yield Difference(BOOK, f"records of {records.CATEGORIES}", str(expected), str(found))
