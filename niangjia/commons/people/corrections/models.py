"""Requests to correct a fact, the papers shown for them, and the employer as the member states it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from niangjia.commons.people.corrections.states import CORRECTION, KIND_LABELS, OPEN_STATES, CorrectionKind
from niangjia.kernel import clock, ids
from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet, state_is_known
from niangjia.platform.personal_data.fields import EncryptedTextField

NUMBER_PREFIX = "GZ"
"""Numbers of corrections begin with it (更正)."""


class CorrectionQuerySet(TrackedQuerySet):
    def open(self) -> CorrectionQuerySet:
        return self.filter(state__in=OPEN_STATES)


class Correction(Tracked):
    """One fact about ``person`` that ``asked_by`` (the person, or the guardian of a child) says is wrong.

    ``by_officer``: it was an officer who asked, with the paper that the person showed at the counter.

    ``union`` must answer. ``wished`` and ``before`` are the value asked for and the one that stood when it was asked,
    both sealed with the person's own key under ``owner_key``, the person's public id.
    """

    MACHINE: ClassVar[Machine] = CORRECTION

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="corrections", db_index=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+", db_index=False)
    by_officer = models.BooleanField(default=False)
    kind = models.CharField(max_length=12)
    owner_key = models.CharField(max_length=24)
    wished = EncryptedTextField(person_key="owner_key")
    before = EncryptedTextField(person_key="owner_key", blank=True)
    note = EncryptedTextField(person_key="owner_key", blank=True)
    answer_reason = models.CharField(max_length=300, blank=True)

    objects: ClassVar[Any] = CorrectionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(CORRECTION, "correction_state_is_known"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in CorrectionKind]), name="correction_kind_is_known"
            ),
            models.UniqueConstraint(
                fields=["person", "kind"],
                condition=Q(state__in=[state.value for state in OPEN_STATES]),
                name="correction_one_open_for_each_fact",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["union", "state", "-created_at"], name="correction_by_union"),
            models.Index(fields=["person", "-created_at"], name="correction_by_person"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def number(self) -> str:
        """Such as GZ2026-0000041-5."""
        return ids.readable_number(NUMBER_PREFIX, clock.day_of(self.created_at).year, self.pk)

    @property
    def responsible_node_id(self) -> int:
        return self.union_id

    @property
    def subject_key(self) -> str:
        return self.owner_key

    @property
    def kind_label(self) -> Text:
        return KIND_LABELS[CorrectionKind(self.kind)]


class CorrectionPaper(models.Model):
    """A photo that shows what is right."""

    correction = models.ForeignKey(Correction, on_delete=models.PROTECT, related_name="papers")
    file = models.ForeignKey("files.File", on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.file_id} for {self.correction_id}"


class Workplace(models.Model):
    """The employer or platform of a person, in the words that an officer accepted at ``changed_at``."""

    person = models.OneToOneField("people.Person", on_delete=models.PROTECT, related_name="workplace")
    public_id = models.CharField(max_length=24, unique=True, default=ids.new_public_id, editable=False)
    owner_key = models.CharField(max_length=24)
    employer = EncryptedTextField(person_key="owner_key", blank=True)
    changed_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"workplace of {self.person_id}"
