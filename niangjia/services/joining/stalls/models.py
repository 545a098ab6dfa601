"""Stalls: talks with a code to scan."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from niangjia.kernel import clock
from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet, state_is_known
from niangjia.services.joining.stalls import rules
from niangjia.services.joining.stalls.states import STALL, TALK_LABELS, StallState, Talk


class StallQuerySet(TrackedQuerySet):
    def running(self, now: datetime) -> StallQuerySet:
        """Those where people can join at ``now``."""
        return self.filter(state=StallState.RUNNING, closes_at__gt=now)

    def overdue(self, now: datetime) -> StallQuerySet:
        """Those whose time is up though nobody has ended them."""
        return self.filter(state=StallState.RUNNING, closes_at__lte=now)

    def with_unions(self) -> StallQuerySet:
        return self.select_related("union", "founded", "opened_by")


class Stall(Tracked):
    """One talk of ``union`` on ``day`` at ``place``; until ``closes_at`` workers join there by its code.

    ``name`` begins its code and stays the same; ``renewal`` counts how often the code was changed by hand. ``attended``
    is how many came, None when nobody counted. ``founded`` is the union that was founded because of it.
    """

    MACHINE: ClassVar[Machine] = STALL

    name = models.CharField(max_length=5, unique=True)
    talk = models.CharField(max_length=10)
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=60)
    day = models.DateField()
    closes_at = models.DateTimeField()
    renewal = models.PositiveSmallIntegerField(default=0)
    attended = models.PositiveIntegerField(null=True)
    founded = models.ForeignKey("unions.Union", on_delete=models.PROTECT, null=True, related_name="+")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[Any] = StallQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(STALL, "joining_stall_state_known"),
            models.CheckConstraint(
                condition=Q(talk__in=[talk.value for talk in Talk]), name="joining_stall_talk_known"
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gte=F("created_at")), name="joining_stall_closes_after_it_opened"
            ),
            models.UniqueConstraint(
                fields=["founded"], condition=Q(founded__isnull=False), name="joining_one_talk_for_each_founding"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["union", "-day"], name="joining_stall_by_union_and_day"),
            models.Index(
                fields=["closes_at"], condition=Q(state=StallState.RUNNING.value), name="joining_stalls_running"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.day}"

    @property
    def responsible_node_id(self) -> int:
        return self.union_id

    @property
    def subject_key(self) -> str:
        return ""

    @property
    def talk_label(self) -> Text:
        return TALK_LABELS[Talk(self.talk)]

    @property
    def is_running(self) -> bool:
        """Whether people can join there now, by the clock."""
        return rules.runs(self.state, self.closes_at, clock.now())
