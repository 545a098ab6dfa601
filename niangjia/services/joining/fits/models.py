"""Offers of a union that fits."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from niangjia.kernel import clock, ids
from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet, state_is_known
from niangjia.services.joining.fits.states import FIT, GROUND_LABELS, OPEN_STATES, FitState, Ground

NUMBER_PREFIX = "TJ"
"""Numbers of offers begin with it (推荐)."""

_UNION: dict[str, Any] = {"on_delete": models.PROTECT, "db_index": False}


class FitQuerySet(TrackedQuerySet):
    def open(self) -> FitQuerySet:
        return self.filter(state__in=OPEN_STATES)

    def with_unions(self) -> FitQuerySet:
        return self.select_related("held", "union", "person", "membership")


class Fit(Tracked):
    """``union`` fits a member whom ``held`` holds for want of another, by ``ground``.

    ``times`` counts how often the member was asked; ``ask_again_on`` is the day of the next time, while it is put off.
    ``transfer`` is what became of a yes.
    """

    MACHINE: ClassVar[Machine] = FIT

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    membership = models.ForeignKey("people.Membership", on_delete=models.PROTECT, related_name="+", db_index=False)
    held = models.ForeignKey("unions.Union", related_name="+", **_UNION)
    union = models.ForeignKey("unions.Union", related_name="fits", **_UNION)
    ground = models.CharField(max_length=10)
    times = models.PositiveSmallIntegerField(default=1)
    ask_again_on = models.DateField(null=True)
    transfer = models.OneToOneField("joining.Transfer", on_delete=models.PROTECT, null=True, related_name="fit")

    objects: ClassVar[Any] = FitQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(FIT, "joining_fit_state_known"),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(state__in=[state.value for state in OPEN_STATES]),
                name="joining_one_open_fit_for_each_person",
            ),
            models.UniqueConstraint(
                fields=["membership", "union"],
                condition=~Q(state__in=[FitState.CLOSED.value, FitState.ACCEPTED.value]),
                name="joining_fit_union_offered_once",
            ),
            models.CheckConstraint(condition=~Q(held=F("union")), name="joining_fit_is_another_union"),
            models.CheckConstraint(
                condition=Q(ground__in=[ground.value for ground in Ground]), name="joining_fit_ground_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=FitState.LATER.value) | Q(ask_again_on__isnull=False),
                name="joining_fit_later_has_a_day",
            ),
            models.CheckConstraint(
                condition=Q(state=FitState.ACCEPTED.value, transfer__isnull=False)
                | (~Q(state=FitState.ACCEPTED.value) & Q(transfer=None)),
                name="joining_fit_accepted_is_a_transfer",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["union", "state"], name="joining_fit_by_union"),
            models.Index(fields=["held", "state"], name="joining_fit_by_holder"),
            models.Index(fields=["person", "-created_at"], name="joining_fit_by_person"),
            models.Index(
                fields=["ask_again_on"], condition=Q(state=FitState.LATER.value), name="joining_fit_to_ask_again"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def number(self) -> str:
        """Such as TJ2026-0000041-5."""
        return ids.readable_number(NUMBER_PREFIX, clock.day_of(self.created_at).year, self.pk)

    @property
    def responsible_node_id(self) -> int:
        return self.held_id

    @property
    def subject_key(self) -> str:
        return self.person.public_id

    @property
    def ground_label(self) -> Text:
        return GROUND_LABELS[Ground(self.ground)]
