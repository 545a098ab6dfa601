"""What was had already, where a rule lets somebody have it only once."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from niangjia.kernel import clock


class Use(models.Model):
    """Somebody had once what ``rule_key`` allows once.

    ``once_key`` says who counts as one (``"person:123"``, ``"household:45"``), ``period`` the year (``"2026"``) or
    nothing, ``source_type`` and ``source_id`` the object by which it was had. The constraint is what makes a second
    time impossible. Giving it back deletes the row; what happened is told by the source.
    """

    rule_key = models.CharField(max_length=64)
    once_key = models.CharField(max_length=40)
    period = models.CharField(max_length=16, blank=True, default="")
    source_type = models.CharField(max_length=64)
    source_id = models.BigIntegerField()
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rule_key", "once_key", "period"], name="entitlement_use_once")
        ]
        indexes: ClassVar = [models.Index(fields=["source_type", "source_id"], name="entitlement_use_by_source")]

    def __str__(self) -> str:
        return f"{self.rule_key} {self.once_key} {self.period}"
