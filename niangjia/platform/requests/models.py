"""Counters of limits, and answers kept for repeated requests."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from niangjia.kernel import clock


class Counter(models.Model):
    """How often something happened since its window began. ``ends_ms`` is a moment in milliseconds since 1970."""

    key = models.CharField(max_length=120, primary_key=True)
    count = models.BigIntegerField()
    ends_ms = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["ends_ms"], name="requests_counter_by_end")]

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"


class Answer(models.Model):
    """The answer to a request that had an effect, kept to be given again. Written in the transaction of the effect.

    ``body_hash`` is keyed, because bodies hold personal data; ``answer`` is JSON text, so that it comes back in the
    same bytes. It carries public ids and numbers, no personal plaintext.
    """

    owner = models.CharField(max_length=80)
    purpose = models.CharField(max_length=60)
    key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    answer = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "purpose", "key"], name="requests_one_answer_per_key")
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="requests_answer_by_age")]

    def __str__(self) -> str:
        return f"{self.owner} {self.purpose}"
