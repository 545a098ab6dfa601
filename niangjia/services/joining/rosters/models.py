"""Rosters, and their rows between the upload and the end."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet, state_is_known
from niangjia.platform.personal_data.fields import BlindIndexField, EncryptedTextField
from niangjia.services.joining.rosters.states import OPEN_STATES, ROSTER, OnTransfer, Outcome, RosterState


class RosterQuerySet(TrackedQuerySet):
    def open(self) -> RosterQuerySet:
        return self.filter(state__in=OPEN_STATES)

    def with_unions(self) -> RosterQuerySet:
        return self.select_related("union", "office", "uploaded_by", "confirmed_by", "file")


class Roster(Tracked):
    """One uploaded file of people who shall become members of ``union`` or, where a row names it, of a union below.

    ``office`` is the union whose officer uploaded it and at whose desk it waits. ``content_hash`` knows the same file
    again. ``counts`` are rows by outcome and further figures of the check; ``refusal`` is the sentence by which a file
    was refused. ``numbers_year`` and ``numbers_from`` name the block of member numbers kept for it.
    """

    MACHINE: ClassVar[Machine] = ROSTER

    number = models.CharField(max_length=20, unique=True)
    office = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+")
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey("files.File", on_delete=models.SET_NULL, null=True, related_name="+")
    content_hash = models.CharField(max_length=64)
    on_transfer = models.CharField(max_length=8)
    counts = models.JSONField(default=dict)
    refusal = models.JSONField(default=dict)
    job = models.CharField(max_length=24, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    numbers_year = models.PositiveSmallIntegerField(null=True)
    numbers_from = models.PositiveIntegerField(null=True)
    joined = models.PositiveIntegerField(default=0)
    emptied_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = RosterQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(ROSTER, "joining_roster_state_known"),
            models.CheckConstraint(
                condition=Q(on_transfer__in=[choice.value for choice in OnTransfer]),
                name="joining_roster_transfer_choice_known",
            ),
            models.UniqueConstraint(
                fields=["union", "content_hash"],
                condition=~Q(state__in=[RosterState.REFUSED_FILE, RosterState.DISCARDED]),
                name="joining_roster_one_for_each_file",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["union", "state", "-created_at"], name="joining_roster_by_union")]

    def __str__(self) -> str:
        return self.number

    @property
    def responsible_node_id(self) -> int:
        return self.office_id

    @property
    def subject_key(self) -> str:
        return ""

    def count_of(self, outcome: str) -> int:
        """How many rows have this outcome, by the last check."""
        return int(self.counts.get(outcome, 0))

    @property
    def rows_total(self) -> int:
        return int(self.counts.get("rows", 0))


class RosterRow(models.Model):
    """A row between the upload and the end: what was read, sealed, and what would become of it.

    ``public_id`` is that of the person it will make, ``membership_key`` that of the membership; ``person_id`` names a
    person who is known already. ``id_number`` and ``phone`` of who is new are sealed with the future person's own key
    for the columns of that person, so that applying only moves them. ``content`` holds the row in the form of
    :mod:`niangjia.services.joining.rosters.content`. No foreign keys: rows come by the hundred thousand and go again.
    """

    public_id = models.CharField(max_length=24)
    roster = models.ForeignKey(Roster, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=12)
    code = models.CharField(max_length=40, blank=True)
    union = models.ForeignKey(
        "unions.Union", on_delete=models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    person = models.ForeignKey(
        "people.Person", on_delete=models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    membership_key = models.CharField(max_length=24, blank=True)
    category = models.CharField(max_length=24, blank=True)
    sex = models.CharField(max_length=6, blank=True)
    birth_date = models.DateField(null=True)
    since = models.DateField(null=True)
    id_kind = models.CharField(max_length=24, blank=True)
    id_index = BlindIndexField(purpose="people.id_number", blank=True)
    phone_index = BlindIndexField(purpose="people.phone", blank=True)
    name_tail_index = BlindIndexField(purpose="people.name_and_tail", blank=True)
    id_number = EncryptedTextField(person_key="public_id", bound_as="people.person.id_number", blank=True)
    phone = EncryptedTextField(person_key="public_id", bound_as="people.person.phone", blank=True)
    content = EncryptedTextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["roster", "number"], name="joining_roster_row_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=[outcome.value for outcome in Outcome]), name="joining_roster_outcome_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["roster", "outcome", "number"],
                name="joining_roster_rows_not_new",
                condition=~Q(outcome=Outcome.NEW.value),
            )
        ]

    def __str__(self) -> str:
        return f"row {self.number} of roster {self.roster_id}"


class RosterSerial(models.Model):
    """The last number of a roster given in a year."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


def outcome_label(outcome: str) -> Text:
    """The outcome in the reader's language."""
    from niangjia.services.joining.rosters.states import OUTCOME_LABELS

    return OUTCOME_LABELS[Outcome(outcome)]
