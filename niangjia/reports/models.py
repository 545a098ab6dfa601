"""Figures kept ready, what was built of them, and the targets unions set themselves."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_id


class ReportCell(models.Model):
    """The count of (measure, facts) for a node of the tree and all below it over a standard period.

    ``dimset_id`` names the facts that were asked for, not those of single rows. ``counted`` says whether these are sums
    of the period, the running sum from the beginning up to ``last`` (a stock), or different persons beside the sums.
    ``rows`` is how many records stand behind it, which tells what counting it anew costs. Always equal to counting the
    ledger at ``computed_to``; ``overtaken`` when something changed since and counting anew has to wait.
    """

    node_id = models.BigIntegerField()
    first = models.DateField()
    last = models.DateField()
    measure = models.CharField(max_length=64)
    dimset_id = models.BigIntegerField()
    counted = models.CharField(max_length=8)
    rows = models.BigIntegerField()
    value = models.BigIntegerField()
    fen = models.BigIntegerField()
    persons = models.BigIntegerField()
    computed_to = models.DateTimeField()
    overtaken = models.BooleanField(default=False)

    class Meta:
        db_table = "report_cell"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="report_cell_once", fields=["node_id", "first", "last", "measure", "dimset_id", "counted"]
            ),
        ]
        indexes: ClassVar = [
            models.Index(name="report_cell_period", fields=["last", "first"]),
            models.Index(name="report_cell_overtaken", fields=["computed_to"], condition=models.Q(overtaken=True)),
        ]


class ReportBuilt(models.Model):
    """A note that the cells of all nodes exist for (measure, facts) over a period."""

    first = models.DateField()
    last = models.DateField()
    measure = models.CharField(max_length=64)
    dimset_id = models.BigIntegerField()
    counted = models.CharField(max_length=8)

    class Meta:
        db_table = "report_built"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="report_built_once", fields=["first", "last", "measure", "dimset_id", "counted"]
            ),
        ]


class Refresh(models.Model):
    """One row, locked by whoever recomputes, so that an older count never overwrites a newer one.

    ``tree_changes_seen`` are the changes of the tree of the last hour that cells already follow, ``first_day`` the
    earliest day of the ledger.
    """

    refreshed_at = models.DateTimeField(default=clock.now)
    tree_changes_seen = models.JSONField(default=list)
    first_day = models.DateField(null=True)

    class Meta:
        db_table = "report_refresh"


class Target(models.Model):
    """What a union wants of an indicator in a year, in base units (fen, hundredths of a percent, else units)."""

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+")
    indicator = models.CharField(max_length=64)
    year = models.PositiveSmallIntegerField()
    value = models.BigIntegerField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(default=clock.now)

    class Meta:
        db_table = "report_target"
        constraints: ClassVar = [
            models.UniqueConstraint(name="report_target_once", fields=["union", "indicator", "year"]),
            models.CheckConstraint(name="report_target_not_negative", condition=models.Q(value__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.year}: {self.value}"
