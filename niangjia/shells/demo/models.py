"""The mark of a database that holds invented people."""

from __future__ import annotations

from django.db import models


class DemonstrationCity(models.Model):
    """The presence of a row says: everybody in this database is invented."""

    only = models.BooleanField(primary_key=True, default=True)
    version = models.CharField(max_length=40)
    founded_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "演示城市"
        constraints = [models.CheckConstraint(condition=models.Q(only=True), name="demonstration_city_only_one")]

    def __str__(self) -> str:
        return f"{self.version} {self.founded_at:%Y-%m-%d}"
