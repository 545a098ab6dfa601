"""The row, the facts it was made under, its further programmes, and the queue of what it changed."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

NEITHER = Q(reverses__isnull=True, reversed_by__isnull=True)


class LedgerRowQuerySet(models.QuerySet[Any]):
    """Rows by spoken names."""

    def live(self) -> LedgerRowQuerySet:
        """Rows that are neither reversed nor reversing.

        A reversal is whole and carries the day of the original, so every sum over these rows equals the sum over all
        rows; the partial index covers exactly them.
        """
        return self.filter(NEITHER)

    def of_source(self, source_type: str, source_ids: list[int]) -> LedgerRowQuerySet:
        """Rows that came from the named objects."""
        return self.filter(source_type=source_type, source_id__in=source_ids)


class LedgerRow(models.Model):
    """One service rendered or one change of a stock; never changed but for ``reversed_by``.

    ``day`` is the day it counts for, ``booked_at`` the moment we learnt of it. ``fen`` is money in fen. ``dimset_id``
    names the interned facts as of the act. ``subject_key`` is the public id of the person concerned, a pseudonym that
    outlives erasure. The ids are plain numbers: no foreign keys to or from this table.
    """

    day = models.DateField()
    booked_at = models.DateTimeField()
    programme = models.CharField(max_length=64)
    measure = models.CharField(max_length=64)
    union_id = models.BigIntegerField()
    person_id = models.BigIntegerField(null=True)
    household_id = models.BigIntegerField(null=True)
    employer_id = models.BigIntegerField(null=True)
    dimset_id = models.BigIntegerField()
    qty = models.BigIntegerField()
    fen = models.BigIntegerField(default=0)
    source_type = models.CharField(max_length=64)
    source_id = models.BigIntegerField()
    subject_key = models.CharField(max_length=24, blank=True, default="")
    reverses = models.BigIntegerField(null=True)
    reversed_by = models.BigIntegerField(null=True)

    objects = LedgerRowQuerySet.as_manager()

    class Meta:
        db_table = "ledger_row"
        constraints = [
            models.CheckConstraint(
                name="ledger_row_for_at_most_one",
                condition=Q(person_id__isnull=True, household_id__isnull=True)
                | Q(person_id__isnull=True, employer_id__isnull=True)
                | Q(household_id__isnull=True, employer_id__isnull=True),
            ),
            models.CheckConstraint(
                name="ledger_row_not_both_ways",
                condition=Q(reverses__isnull=True) | Q(reversed_by__isnull=True),
            ),
            models.UniqueConstraint(
                name="ledger_row_reversed_once", fields=["reverses"], condition=Q(reverses__isnull=False)
            ),
        ]
        indexes = [
            models.Index(
                name="ledger_row_figures",
                fields=["measure", "union_id", "day", "dimset_id", "person_id", "qty", "fen"],
                condition=NEITHER,
            ),
            models.Index(name="ledger_row_source", fields=["source_type", "source_id"]),
            models.Index(name="ledger_row_person", fields=["person_id", "day"], condition=Q(person_id__isnull=False)),
        ]


class DimSet(models.Model):
    """A set of facts (category, sex, age band, …), stored once and named by its hash."""

    hash = models.CharField(max_length=64, unique=True)
    facts = models.JSONField()

    class Meta:
        db_table = "ledger_dimset"


class RowProgramme(models.Model):
    """A further programme to which a row belongs besides its own."""

    row_id = models.BigIntegerField()
    programme = models.CharField(max_length=64)

    class Meta:
        db_table = "ledger_row_programme"
        constraints = [models.UniqueConstraint(name="ledger_row_programme_once", fields=["programme", "row_id"])]
        indexes = [models.Index(name="ledger_row_programme_row", fields=["row_id"])]


class Touched(models.Model):
    """A note that the figures of (measure, union, day) changed, left in the transaction that changed them.

    Whoever keeps figures takes the notes away. A queue and not a mark on the row or a high-water id: ids do not
    commit in their order, and a shared mark would make every writer wait for every other.
    """

    measure = models.CharField(max_length=64)
    union_id = models.BigIntegerField()
    day = models.DateField()

    class Meta:
        db_table = "ledger_touched"
