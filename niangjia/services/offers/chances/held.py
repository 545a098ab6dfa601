"""What is kept of a draw that was held, and of how far telling everybody has come."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.db.models import Q


class HeldDraw(models.Model):
    """A draw as it was held: the secret, public from now on, and how many pieces each cell had at that moment.

    ``stock`` maps the public codes of cells (see ``draw``) to pieces.
    """

    campaign = models.OneToOneField("offers.Campaign", on_delete=models.PROTECT, related_name="held_draw")
    held_at = models.DateTimeField()
    secret = models.CharField(max_length=64)
    stock = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.held_at:%F %T}"


class Tells(StrEnum):
    """What everybody concerned is told once: that a campaign comes, that a pick-up day comes."""

    ANNOUNCEMENT = "announcement"
    REMINDER = "reminder"


class Telling(models.Model):
    """Telling many people one thing, in committed batches. ``cursor`` is the id of whom came last, ``told`` how many.

    ``day`` is the pick-up day of which is reminded; for an announcement the day on which it is heard.
    """

    campaign = models.ForeignKey("offers.Campaign", on_delete=models.CASCADE, related_name="tellings")
    tells = models.CharField(max_length=16)
    day = models.DateField()
    cursor = models.BigIntegerField(default=0)
    told = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "tells", "day"], name="offers_told_once"),
            models.CheckConstraint(
                condition=Q(tells__in=[tells.value for tells in Tells]), name="offers_telling_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tells} of {self.campaign_id} for {self.day}: {self.told}"
