"""Figures kept ready, what was built of them, the targets unions set themselves, figures kept as they were said, and
the outlines of areas on which figures are drawn."""

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


class FrozenFigure(models.Model):
    """An indicator of a union over a period as it was said on a day; never changed afterwards.

    Values are in base units; ``withheld`` notes that the number was not to be shown beside those of other unions even
    then. ``version`` is the definition under which it was said.
    """

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+")
    first = models.DateField()
    last = models.DateField()
    indicator = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    value = models.BigIntegerField(null=True)
    numerator = models.BigIntegerField(null=True)
    denominator = models.BigIntegerField(null=True)
    rows = models.BigIntegerField()
    withheld = models.BooleanField()
    reason = models.CharField(max_length=200)
    frozen_at = models.DateTimeField()
    frozen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "report_frozen"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="report_frozen_once", fields=["union", "first", "last", "indicator", "version"]
            ),
            models.CheckConstraint(name="report_frozen_with_reason", condition=~models.Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.first}/{self.last}: {self.value}"


class Restatement(models.Model):
    """What a frozen figure should have been, as the ledger says it later, and why; the frozen one stays beside it."""

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    figure = models.ForeignKey(FrozenFigure, on_delete=models.PROTECT, related_name="restatements")
    value = models.BigIntegerField(null=True)
    numerator = models.BigIntegerField(null=True)
    denominator = models.BigIntegerField(null=True)
    rows = models.BigIntegerField()
    withheld = models.BooleanField()
    reason = models.CharField(max_length=200)
    stated_at = models.DateTimeField()
    stated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "report_restatement"
        constraints: ClassVar = [
            models.CheckConstraint(name="report_restatement_with_reason", condition=~models.Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.figure_id}: {self.value}"


class Outline(models.Model):
    """The outline of an area, as the operator of the installation gave it: GB/T 2260 code (six digits) or its
    extension to streets (nine), and the geometry of GeoJSON, a Polygon or MultiPolygon in degrees."""

    area_code = models.CharField(max_length=9, unique=True)
    geometry = models.JSONField()

    class Meta:
        db_table = "report_outline"

    def __str__(self) -> str:
        return self.area_code
