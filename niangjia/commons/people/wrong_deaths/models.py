"""Proposals to undo a death. Found by Django through the models of people."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from niangjia.commons.people.wrong_deaths.states import WRONG_DEATH, WrongDeathState
from niangjia.kernel import clock, ids
from niangjia.kernel.machine import Machine
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet, state_is_known

NUMBER_PREFIX = "QS"
"""Numbers begin with it (去世)."""

_USER: dict[str, Any] = {"on_delete": models.PROTECT, "null": True, "related_name": "+"}


class WrongDeath(Tracked):
    """A membership that ended by a death which, one officer says, did not happen; another one decides.

    ``union`` is that of the membership. ``reason`` is how the first made sure, ``answer_reason`` why the second did
    not agree.
    """

    MACHINE: ClassVar[Machine] = WRONG_DEATH

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    membership = models.ForeignKey("people.Membership", on_delete=models.PROTECT, related_name="+")
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=300)
    answer_reason = models.CharField(max_length=300, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, **_USER)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, **_USER)

    objects: ClassVar[Any] = TrackedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(WRONG_DEATH, "wrong_death_state_is_known"),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(state=WrongDeathState.PROPOSED.value),
                name="wrong_death_one_open_for_each_person",
            ),
            models.CheckConstraint(
                condition=Q(proposed_by=None) | Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="wrong_death_takes_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state=WrongDeathState.UNDONE.value)
                | Q(proposed_by__isnull=False, decided_by__isnull=False),
                name="wrong_death_undone_by_somebody",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["union", "state", "-created_at"], name="wrong_death_by_union"),
            models.Index(fields=["person", "-created_at"], name="wrong_death_by_person"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def number(self) -> str:
        """Such as QS2026-0000041-5."""
        return ids.readable_number(NUMBER_PREFIX, clock.day_of(self.created_at).year, self.pk)

    @property
    def responsible_node_id(self) -> int:
        return self.union_id

    @property
    def subject_key(self) -> str:
        return self.person.public_id
