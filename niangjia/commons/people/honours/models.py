"""An honour that a person holds."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from niangjia.commons.people.honours.kinds import HONOUR_LABELS, LEVEL_LABELS, HonourKind, HonourLevel
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.text import Text


class Honour(models.Model):
    """One honour of ``person``, conferred on a day and held until the day on which it was revoked, if ever.

    It is recorded and revoked by officers; who did it and why stands in the audit trail.
    """

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="honours", db_index=False)
    kind = models.CharField(max_length=20)
    level = models.CharField(max_length=12)
    conferred_on = models.DateField()
    revoked_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="honour_kind_is_known", condition=Q(kind__in=[kind.value for kind in HonourKind])
            ),
            models.CheckConstraint(
                name="honour_level_is_known", condition=Q(level__in=[level.value for level in HonourLevel])
            ),
            models.CheckConstraint(
                name="honour_revoked_after_conferred",
                condition=Q(revoked_on=None) | Q(revoked_on__gte=F("conferred_on")),
            ),
            models.UniqueConstraint(
                name="honour_held_once",
                fields=["person", "kind", "level", "conferred_on"],
                condition=Q(revoked_on=None),
            ),
        ]
        indexes: ClassVar = [models.Index(name="honour_by_person", fields=["person", "kind"])]

    def __str__(self) -> str:
        return f"{self.level} {self.kind} of {self.person_id}"

    @property
    def kind_label(self) -> Text:
        return HONOUR_LABELS[HonourKind(self.kind)]

    @property
    def level_label(self) -> Text:
        return LEVEL_LABELS[HonourLevel(self.level)]
