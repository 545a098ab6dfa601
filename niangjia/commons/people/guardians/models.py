"""Guardianships and the papers that show them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from niangjia.commons.people.guardians.states import (
    GUARDIANSHIP,
    KIND_LABELS,
    STANDING,
    GuardianKind,
    GuardianState,
)
from niangjia.kernel import clock, ids
from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet, state_is_known
from niangjia.platform.personal_data.fields import BlindIndexField, EncryptedTextField

NUMBER_PREFIX = "JH"
"""Numbers of guardianships begin with it (监护)."""

WARD_NUMBER = "people.ward_number"
"""Purpose of the blind index of a ward's ID number while nobody is registered by it."""


class GuardianshipQuerySet(TrackedQuerySet):
    def in_force(self) -> GuardianshipQuerySet:
        """Those by which one may act today; the clock judges, not the nightly job."""
        runs = Q(until=None) | Q(until__gt=clock.today())
        return self.filter(runs, state=GuardianState.IN_FORCE)


class Guardianship(Tracked):
    """``guardian`` may act for ``ward`` from ``since`` until before ``until``, by kinship or by appointment (``kind``).

    Before it is approved the ward is nobody: ``name`` and ``id_number`` are what the guardian stated, sealed under
    ``owner_key``, the application's public id. ``ward_index`` holds that one is asked for once. ``union`` answers.
    """

    MACHINE: ClassVar[Machine] = GUARDIANSHIP

    guardian = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    ward = models.ForeignKey("people.Person", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=12)
    owner_key = models.CharField(max_length=24)
    name = EncryptedTextField(person_key="owner_key", blank=True)
    id_number = EncryptedTextField(person_key="owner_key", blank=True)
    ward_index = BlindIndexField(purpose=WARD_NUMBER, blank=True)
    note = EncryptedTextField(person_key="owner_key", blank=True)
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    answer_reason = models.CharField(max_length=300, blank=True)
    emptied_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = GuardianshipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(GUARDIANSHIP, "guardianship_state_is_known"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in GuardianKind]), name="guardianship_kind_is_known"
            ),
            models.CheckConstraint(condition=Q(ward=None) | ~Q(ward=F("guardian")), name="guardianship_is_between_two"),
            models.CheckConstraint(
                condition=~Q(state=GuardianState.IN_FORCE.value) | Q(ward__isnull=False, since__isnull=False),
                name="guardianship_in_force_has_ward_and_day",
            ),
            models.UniqueConstraint(
                fields=["guardian", "ward_index"],
                condition=Q(state__in=[state.value for state in STANDING]) & ~Q(ward_index=""),
                name="guardianship_one_standing_for_each_pair",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["union", "state", "-created_at"], name="guardianship_by_union"),
            models.Index(fields=["guardian", "state"], name="guardianship_by_guardian"),
            models.Index(fields=["ward", "state"], name="guardianship_by_ward"),
            models.Index(fields=["state", "until"], name="guardianship_by_end"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def number(self) -> str:
        """Such as JH2026-0000041-5."""
        return ids.readable_number(NUMBER_PREFIX, clock.day_of(self.created_at).year, self.pk)

    @property
    def responsible_node_id(self) -> int:
        return self.union_id

    @property
    def subject_key(self) -> str:
        return self.guardian.public_id

    @property
    def kind_label(self) -> Text:
        return KIND_LABELS[GuardianKind(self.kind)]


class GuardianPaper(models.Model):
    """A photo that shows the guardianship."""

    guardianship = models.ForeignKey(Guardianship, on_delete=models.PROTECT, related_name="papers")
    file = models.ForeignKey("files.File", on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.file_id} for {self.guardianship_id}"
