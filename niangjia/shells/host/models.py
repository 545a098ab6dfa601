"""Signs of life of processes that answer no requests."""

from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """When a kind of process was last known to work."""

    process = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "心跳"

    def __str__(self) -> str:
        return f"{self.process} {self.at:%Y-%m-%d %H:%M:%S}"
