"""The columns that every staged file and every staged row has; a room derives its tables from these."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from niangjia.commons.rosters.states import GIVEN_UP, OPEN_STATES, OVER
from niangjia.kernel import clock
from niangjia.kernel.ids import readable_number
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet


class StagedRosterQuerySet(TrackedQuerySet):
    def open(self) -> StagedRosterQuerySet:
        return self.filter(state__in=OPEN_STATES)

    def over(self) -> StagedRosterQuerySet:
        return self.filter(state__in=OVER)

    def with_unions(self) -> StagedRosterQuerySet:
        return self.select_related("union", "office", "uploaded_by", "confirmed_by", "file")


class StagedRoster(Tracked):
    """One uploaded file for ``union``.

    ``office`` is the union whose officer uploaded it and at whose desk it waits. ``content_hash`` knows the same file
    again. ``counts`` are rows by outcome and further figures of the check; ``refusal`` is the sentence by which a file
    was refused; ``job`` the work that has it in hand. ``emptied_at``: since then rows and file are gone.
    """

    number = models.CharField(max_length=20, unique=True)
    office = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+")
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey("files.File", on_delete=models.SET_NULL, null=True, related_name="+")
    content_hash = models.CharField(max_length=64)
    counts = models.JSONField(default=dict)
    refusal = models.JSONField(default=dict)
    job = models.CharField(max_length=24, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    emptied_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = StagedRosterQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.number

    @property
    def responsible_node_id(self) -> int:
        return self.office_id

    @property
    def subject_key(self) -> str:
        return ""

    def count_of(self, outcome: str) -> int:
        """How many rows have this outcome, by the last check."""
        return int(self.counts.get(outcome, 0))

    @property
    def rows_total(self) -> int:
        return int(self.counts.get("rows", 0))


def one_for_each_file(name: str, *fields: str) -> models.UniqueConstraint:
    """The constraint by which the same content is taken once for the same ``fields``, unless it was given up."""
    over = [state.value for state in GIVEN_UP]
    return models.UniqueConstraint(fields=[*fields, "content_hash"], condition=~Q(state__in=over), name=name)


class StagedRow(models.Model):
    """A row between the upload and the end. A room adds ``roster``, a plain key without a constraint of the database,
    and its own columns; ``(roster, number)`` is unique there."""

    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=12)
    code = models.CharField(max_length=40, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"row {self.number}"


class Serial(models.Model):
    """The last number of a kind of files that was given in a year."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"

    @classmethod
    def next_number(cls, prefix: str) -> str:
        """The next readable number of this year, such as MD2026-0000001-4. In the caller's transaction."""
        rows, year = cls._default_manager, clock.today().year
        if not rows.filter(year=year).update(last=F("last") + 1):
            rows.bulk_create([cls(year=year)], ignore_conflicts=True)
            rows.filter(year=year).update(last=F("last") + 1)
        return readable_number(prefix, year, rows.get(year=year).last)
