"""Audit entries and the seals that chain them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from niangjia.kernel import clock


class AuditEntry(models.Model):
    """One act: who, in what office, did what to what, when and why. Never changed, never deleted.

    ``user_id`` and ``node_id`` are plain numbers, so that an entry outlives what it names. ``ground`` is the policy's
    reason for allowing it. No personal text is ever written here; ``data`` holds codes and counts.
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
    reason = models.CharField(max_length=500, blank=True)
    before = models.CharField(max_length=32, blank=True)
    after = models.CharField(max_length=32, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject_type", "subject_id", "id"], name="audit_by_subject"),
            models.Index(fields=["subject_key", "id"], name="audit_by_person", condition=~models.Q(subject_key="")),
            models.Index(fields=["user_id", "id"], name="audit_by_user"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.action} {self.subject_type} {self.subject_id}"


class AuditSeal(models.Model):
    """A link of the chain: ``hash`` covers the entry and the hash of the link before it."""

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT, related_name="seal")
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.position} {self.hash[:12]}"
