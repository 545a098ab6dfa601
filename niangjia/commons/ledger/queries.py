"""What the ledger answers: sums, distinct persons and stocks for unions and days, now or as known on a moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import BigIntegerField, Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from niangjia.commons.ledger import canon, dims
from niangjia.commons.ledger.models import LedgerRow, LedgerRowQuerySet, RowProgramme, Touched


@dataclass(frozen=True)
class Question:
    """Which rows are meant.

    ``last`` is included; ``first`` None means from the beginning, which is how a stock is asked. ``unions`` is a
    queryset of union ids (None: all). ``dims`` holds facts that a row must have. ``programme`` matches a row's own or
    a further programme. ``known_on`` asks what was booked up to that moment.
    """

    measure: str
    last: date
    first: date | None = None
    dims: dims.Facts = field(default_factory=dict)
    unions: QuerySet[Any] | None = None
    programme: str = ""
    known_on: datetime | None = None


@dataclass(frozen=True)
class Total:
    """``rows`` counts records, ``qty`` the measure's unit, ``fen`` money."""

    rows: int = 0
    qty: int = 0
    fen: int = 0


def rows(question: Question) -> LedgerRowQuerySet:
    """The rows that count for ``question``: neither reversed nor reversing as far as was known."""
    found: LedgerRowQuerySet = _standing(question.known_on).filter(measure=question.measure, day__lte=question.last)
    if question.first is not None:
        found = found.filter(day__gte=question.first)
    if question.unions is not None:
        found = found.filter(union_id__in=question.unions)
    if question.dims:
        found = found.filter(dimset_id__in=dims.matching(question.dims).values("id"))
    if question.programme:
        further = RowProgramme.objects.filter(programme=question.programme).values("row_id")
        found = found.filter(Q(programme=question.programme) | Q(id__in=further))
    return found


def total(question: Question) -> Total:
    """How many rows, units and fen."""
    sums = rows(question).aggregate(rows=Count("id"), qty=Coalesce(Sum("qty"), 0), fen=Coalesce(Sum("fen"), 0))
    return Total(sums["rows"], sums["qty"], sums["fen"])


def stock(question: Question) -> int:
    """The running sum of the measure up to and including ``question.last``, whatever its ``first`` says."""
    upto = Question(
        measure=question.measure,
        last=question.last,
        dims=question.dims,
        unions=question.unions,
        programme=question.programme,
        known_on=question.known_on,
    )
    return total(upto).qty


def persons(question: Question) -> int:
    """How many different people, merged entries of one human being counted once.

    Counted as the different ids, less the ids that merges made superfluous among these rows: the second query touches
    only people that were ever merged, so that the first stays one walk along the index.
    """
    found = rows(question)
    different: int = found.aggregate(persons=Count("person_id", distinct=True))["persons"]
    merged = canon.merged()
    if merged is None or not different or not merged.exists():
        return different
    concerned = found.filter(
        Q(person_id__in=merged.order_by().values("id")) | Q(person_id__in=merged.order_by().values("canonical_id"))
    )
    remaining = Subquery(merged.order_by().filter(id=OuterRef("person_id")).values("canonical_id")[:1])
    counted = concerned.annotate(
        canonical=Coalesce(remaining, F("person_id"), output_field=BigIntegerField())
    ).aggregate(ids=Count("person_id", distinct=True), people=Count("canonical", distinct=True))
    superfluous: int = counted["ids"] - counted["people"]
    return different - superfluous


def received(person_ids: list[int]) -> LedgerRowQuerySet:
    """The live rows of one human being (all ids of theirs), newest first: what I have received."""
    found: LedgerRowQuerySet = LedgerRow.objects.live().filter(person_id__in=person_ids).order_by("-day", "-id")
    return found


def first_day() -> date | None:
    """The earliest day that stands in the ledger. Reads the whole ledger: keep the answer."""
    found: date | None = LedgerRow.objects.aggregate(first=Min("day"))["first"]
    return found


SHORT = 20_000
"""Records that are read in a moment."""


def is_short() -> bool:
    """Whether the ledger holds so few records that reading all of it takes no time."""
    last: int | None = LedgerRow.objects.aggregate(last=Max("pk"))["last"]
    return (last or 0) <= SHORT


def touched() -> QuerySet[Touched]:
    """Notes of changes that nobody has taken yet."""
    return Touched.objects.all()


def take_touched(limit: int) -> list[tuple[str, int, date]]:
    """Take away up to ``limit`` notes of one measure, the one that waits longest, as (measure, union id, day), each
    once: one measure at a time keeps short the transaction that recomputes the figures.

    Call it inside that transaction, before reading the rows.
    """
    oldest = Touched.objects.order_by("id").values_list("measure", flat=True).first()
    if oldest is None:
        return []
    waiting = Touched.objects.filter(measure=oldest).order_by("id")
    notes = list(waiting.values_list("id", "measure", "union_id", "day")[:limit])
    ids = [note[0] for note in notes]
    for start in range(0, len(ids), 500):
        Touched.objects.filter(id__in=ids[start : start + 500]).delete()
    return sorted({(measure, union_id, day) for _id, measure, union_id, day in notes})


def _standing(known_on: datetime | None) -> LedgerRowQuerySet:
    if known_on is None:
        live: LedgerRowQuerySet = LedgerRow.objects.live()
        return live
    reversed_by_then = LedgerRow.objects.filter(reverses=OuterRef("pk"), booked_at__lte=known_on)
    booked = LedgerRow.objects.filter(reverses__isnull=True, booked_at__lte=known_on)
    known: LedgerRowQuerySet = booked.filter(~Exists(reversed_by_then))
    return known
