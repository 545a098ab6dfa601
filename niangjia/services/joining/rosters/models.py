"""Rosters, and their rows between the upload and the end."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from niangjia.commons.rosters.models import Serial, StagedRoster, StagedRow, one_for_each_file
from niangjia.kernel.machine import Machine
from niangjia.platform.lifecycle.models import state_is_known
from niangjia.platform.personal_data.fields import BlindIndexField, EncryptedTextField
from niangjia.services.joining.rosters.states import ROSTER, OnTransfer, Outcome


class Roster(StagedRoster):
    """One uploaded file of people who shall become members of ``union`` or, where a row names it, of a union below.

    ``numbers_year`` and ``numbers_from`` name the block of member numbers kept for it; ``joined`` became members.
    """

    MACHINE: ClassVar[Machine] = ROSTER

    on_transfer = models.CharField(max_length=8)
    numbers_year = models.PositiveSmallIntegerField(null=True)
    numbers_from = models.PositiveIntegerField(null=True)
    joined = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            state_is_known(ROSTER, "joining_roster_state_known"),
            models.CheckConstraint(
                condition=Q(on_transfer__in=[choice.value for choice in OnTransfer]),
                name="joining_roster_transfer_choice_known",
            ),
            one_for_each_file("joining_roster_one_for_each_file", "union"),
        ]
        indexes: ClassVar = [models.Index(fields=["union", "state", "-created_at"], name="joining_roster_by_union")]


class RosterRow(StagedRow):
    """A row between the upload and the end: what was read, sealed, and what would become of it.

    ``public_id`` is that of the person it will make, ``membership_key`` that of the membership; ``person_id`` names a
    person who is known already. ``id_number`` and ``phone`` of who is new are sealed with the future person's own key
    for the columns of that person, so that applying only moves them. ``content`` holds the row in the form of
    :mod:`niangjia.services.joining.rosters.content`. No foreign keys: rows come by the hundred thousand and go again.
    """

    public_id = models.CharField(max_length=24)
    roster = models.ForeignKey(Roster, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
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


class RosterSerial(Serial):
    """The last number of a roster given in a year."""
