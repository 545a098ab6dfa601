"""Lists of people to be enrolled, and their rows between the check and the end."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from niangjia.commons.rosters.models import Serial, StagedRoster, StagedRow, one_for_each_file
from niangjia.kernel.machine import Machine
from niangjia.platform.lifecycle.models import state_is_known
from niangjia.platform.personal_data.fields import EncryptedTextField
from niangjia.services.protection.enrolment.states import ROSTER, TAKEN, Origin, Outcome


class Roster(StagedRoster):
    """People of ``union`` and of the unions below who shall be enrolled in ``plan`` from ``from_day`` on.

    They come from a file, from ``rule``, or from those whose protection ends by ``from_day`` (then each goes on from
    the day after). ``enrolled`` counts them after the step, ``renewed`` those of them who were in the plan before.
    ``home`` is the office that brought the list, ``office`` the one at which it waits now; ``forwarded_by`` passed it
    on for the agency. A ``bought`` list belongs to a purchase, which alone moves it on.
    """

    MACHINE: ClassVar[Machine] = ROSTER

    plan = models.ForeignKey("protection.Plan", on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey("protection.PlanVersion", on_delete=models.PROTECT, related_name="+")
    from_day = models.DateField()
    origin = models.CharField(max_length=12, default=Origin.FILE.value)
    rule = models.JSONField(null=True)
    bought = models.BooleanField(default=False)
    enrolled = models.PositiveIntegerField(default=0)
    renewed = models.PositiveIntegerField(default=0)
    home = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+")
    forwarded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            state_is_known(ROSTER, "protection_roster_state_known"),
            models.CheckConstraint(
                condition=Q(origin__in=[origin.value for origin in Origin]), name="protection_roster_origin_known"
            ),
            one_for_each_file("protection_roster_one_for_each_file", "union", "plan", "from_day"),
        ]
        indexes: ClassVar = [models.Index(fields=["union", "state", "-created_at"], name="protection_roster_by_union")]


class RosterRow(StagedRow):
    """One person of a list. A good row holds only what the step needs, under the ``public_id`` that the enrolment will
    have; one that is given back keeps its cells and reasons sealed in ``content``. No foreign keys: rows come by the
    hundred thousand and go again."""

    public_id = models.CharField(max_length=24)
    roster = models.ForeignKey(
        Roster, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    person = models.ForeignKey(
        "people.Person", on_delete=models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    union = models.ForeignKey(
        "unions.Union", on_delete=models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    from_day = models.DateField(null=True)
    to_day = models.DateField(null=True)
    protected_since = models.DateField(null=True)
    content = EncryptedTextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["roster", "number"], name="protection_roster_row_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=[outcome.value for outcome in Outcome]), name="protection_roster_outcome_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["roster", "outcome", "number"],
                name="protection_rows_given_back",
                condition=~Q(outcome__in=TAKEN),
            )
        ]


class RosterSerial(Serial):
    """The last number of a list given in a year."""
