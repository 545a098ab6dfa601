"""Audit entries and the seals that chain them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, ClassVar

from django.db import models

from niangjia.kernel import clock
from niangjia.kernel.actor import ActorKind
from niangjia.kernel.text import Text, _
from niangjia.platform.personal_data.fields import EncryptedTextField, OpenedTogether

REASON = 500
"""The longest reason in characters."""

_CODE = re.compile(r"[a-z_]+(\.[a-z_]+)*")


def trail_key(at: datetime) -> str:
    """Whose key seals what concerns no person: the trail's own of the year."""
    return f"audit-{clock.day_of(at).year}"


class AuditEntryQuerySet(OpenedTogether, models.QuerySet[Any]):
    """Entries whose reasons are opened together."""

    together = ("reason",)


class AuditEntry(models.Model):
    """One act: who, in what office, did what to what, when and why. Never changed, never deleted.

    ``user_id`` and ``node_id`` are plain numbers, so that an entry outlives what it names. ``ground`` is the policy's
    reason for allowing it. ``reason`` is what somebody typed: it is sealed with the key of the person whom the entry
    concerns and goes with it, else with the trail's own key. No other personal text is ever written here: a member's
    name is masked, ``data`` holds codes and counts.
    """

    at = models.DateTimeField(default=clock.now)
    actor_kind = models.CharField(max_length=12)
    actor_name = models.CharField(max_length=100, blank=True)
    user_id = models.BigIntegerField(null=True)
    session_id = models.BigIntegerField(null=True)
    address = models.CharField(max_length=45, blank=True)
    trace = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    subject_key = models.CharField(max_length=40, blank=True)
    node_id = models.BigIntegerField(null=True)
    ground = models.CharField(max_length=120, blank=True)
    reason = EncryptedTextField(blank=True, max_length_plain=REASON, person_key="sealed_by", row_key="subject_id")
    before = models.CharField(max_length=32, blank=True)
    after = models.CharField(max_length=32, blank=True)
    data = models.JSONField(default=dict)

    objects: ClassVar[Any] = AuditEntryQuerySet.as_manager()

    concerns_an_erased_person = False
    """Set before writing about somebody whose key is gone."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject_type", "subject_id", "id"], name="audit_by_subject"),
            models.Index(fields=["subject_key", "id"], name="audit_by_person", condition=~models.Q(subject_key="")),
            models.Index(fields=["user_id", "id"], name="audit_by_user"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.action} {self.subject_type} {self.subject_id}"

    @property
    def sealed_by(self) -> str:
        """Whose key seals the reason."""
        return trail_key(self.at) if self.concerns_an_erased_person or not self.subject_key else self.subject_key

    @property
    def reason_is_gone(self) -> bool:
        """Whether there was a reason that went with the person whom it concerned."""
        return bool(self.__dict__["reason"]) and not self.reason

    @property
    def by_whom(self) -> Text | str:
        """Who acted, as a timeline says it: work of the house that has only a code happened by itself."""
        itself = self.actor_kind == ActorKind.SYSTEM and _CODE.fullmatch(self.actor_name)
        return _("系统自动") if itself else self.actor_name


class AuditSeal(models.Model):
    """A link of the chain: ``hash`` covers the entry and the hash of the link before it."""

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT, related_name="seal")
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.position} {self.hash[:12]}"
