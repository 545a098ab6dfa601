"""Published versions of dated parameters."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from niangjia.kernel import clock


class ParameterVersion(models.Model):
    """What ``code`` is worth at a union and below from ``valid_from`` on. Never changed once published.

    A correction for the same day is a further row with the next ``revision``. ``inherits`` means that from that day
    the union follows the union above again; ``value`` is null then.
    """

    code = models.CharField(max_length=80)
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+", db_index=False)
    valid_from = models.DateField()
    revision = models.PositiveSmallIntegerField(default=1)
    value = models.JSONField(null=True)
    inherits = models.BooleanField(default=False)
    reason = models.CharField(max_length=500, blank=True)
    published_at = models.DateTimeField(default=clock.now)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["union", "code", "valid_from", "revision"], name="parameter_version_is_published_once"
            ),
            models.CheckConstraint(
                condition=models.Q(inherits=True, value__isnull=True) | models.Q(inherits=False, value__isnull=False),
                name="parameter_version_has_a_value_or_inherits",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["code", "union", "valid_from"], name="parameter_by_code")]

    def __str__(self) -> str:
        return f"{self.code}@{self.union_id} {self.valid_from} r{self.revision}"
