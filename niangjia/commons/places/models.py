"""Sites: where unions meet workers."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_id


class SiteQuerySet(models.QuerySet["Site"]):
    def open_on(self, day: date) -> SiteQuerySet:
        """Sites in use on ``day``."""
        return self.filter(Q(closed_on=None) | Q(closed_on__gt=day), opened_on__lte=day)


class Site(models.Model):
    """A place kept by a union: a counter, a hall, a stall, a place of collection. ``hours`` is text for people."""

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="sites")
    name = models.CharField(max_length=100)
    address = models.CharField(max_length=200)
    area_code = models.CharField(max_length=9, blank=True)
    hours = models.CharField(max_length=100, blank=True)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = SiteQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["union", "name"], condition=Q(closed_on=None), name="site_name_once_for_each_union"
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gte=F("opened_on")), name="site_closed_after_opening"
            ),
        ]

    def __str__(self) -> str:
        return self.name
