"""Keys of persons, looks at persons, consents of persons.

A person is named here by ``subject_key``, the public id, never by a foreign key: this floor knows no persons.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_id
from niangjia.platform.personal_data.fields import EncryptedTextField, OpenedTogether
from niangjia.platform.personal_data.kinds import LookKind


class DataKey(models.Model):
    """One person's key, wrapped by the master key. After the erasure the row stays, without its key, as the proof."""

    subject_key = models.CharField(max_length=40, unique=True)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(default=clock.now, editable=False)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(wrapped=b""), name="personal_data_erased_key_is_empty"
            )
        ]

    def __str__(self) -> str:
        return self.subject_key


class LookQuerySet(OpenedTogether, models.QuerySet[Any]):
    """Looks whose reasons are opened together."""

    together = ("reason",)


class Look(models.Model):
    """Somebody of the staff saw a person's data. Never changed, never deleted; the person can read it.

    ``reason`` is what somebody typed: it is sealed with the person's key and goes with it; the look stays.
    """

    at = models.DateTimeField(default=clock.now)
    actor_user_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=100)
    role = models.CharField(max_length=40, blank=True)
    union_id = models.BigIntegerField(null=True)
    subject_key = models.CharField(max_length=40)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in LookKind])
    reason = EncryptedTextField(blank=True, max_length_plain=300, person_key="subject_key", row_key="subject_key")
    fields = models.JSONField(default=list)
    trace = models.CharField(max_length=64, blank=True)

    objects: ClassVar[Any] = LookQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject_key", "-at"], name="personal_data_looks_at_person"),
            models.Index(fields=["actor_user_id", "-at"], name="personal_data_looks_by_user"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.kind} {self.subject_key}"


class ConsentText(models.Model):
    """What people are asked to agree to: one version in one language. Never changed once published."""

    code = models.CharField(max_length=60)
    version = models.CharField(max_length=20)
    language = models.CharField(max_length=10)
    body = models.TextField()
    published_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "version", "language"], name="personal_data_one_text_per_version")
        ]
        indexes: ClassVar = [
            models.Index(fields=["code", "language", "-published_at"], name="personal_data_current_text")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version} {self.language}"


class Consent(models.Model):
    """A person's answer to one version: given or declined, and perhaps withdrawn later.

    For a child the guardian answers; then ``guardian_name`` and ``guardian_relation`` say who.
    """

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    subject_key = models.CharField(max_length=40)
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="answers")
    code = models.CharField(max_length=60)
    answered_by_user_id = models.BigIntegerField(null=True)
    given_at = models.DateTimeField(null=True)
    declined_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    guardian_name = EncryptedTextField(blank=True, max_length_plain=50, person_key="subject_key")
    guardian_relation = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(given_at__isnull=False, declined_at__isnull=True)
                | Q(given_at__isnull=True, declined_at__isnull=False, withdrawn_at__isnull=True),
                name="personal_data_consent_given_or_declined",
            ),
            models.UniqueConstraint(
                fields=["subject_key", "code"],
                condition=Q(given_at__isnull=False, withdrawn_at__isnull=True),
                name="personal_data_one_consent_in_force",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["subject_key", "code"], name="personal_data_consents_of")]

    def __str__(self) -> str:
        return f"{self.subject_key} {self.code}"
