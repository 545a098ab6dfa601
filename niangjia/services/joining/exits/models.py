"""Cases of deemed exit."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from niangjia.kernel import clock, ids
from niangjia.kernel.machine import Machine
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet, state_is_known
from niangjia.services.joining.exits.states import EXIT, OPEN_STATES, ExitState

NUMBER_PREFIX = "TH"
"""Numbers of cases begin with it (退会)."""


class ExitQuerySet(TrackedQuerySet):
    def open(self) -> ExitQuerySet:
        return self.filter(state__in=OPEN_STATES)

    def over(self) -> ExitQuerySet:
        """Warned, and the time to answer is up."""
        return self.filter(state=ExitState.WARNED, answer_by__lt=clock.now())

    def with_people(self) -> ExitQuerySet:
        return self.select_related("union", "person", "membership")


class Exit(Tracked):
    """A member of ``union`` who showed no sign since ``idle_since``: warned, then kept or deemed to have left.

    ``answer_by`` is until when the member may answer; it is judged by the clock where somebody acts, so no job and no
    desk item moves it: a list of thousands would bury every desk. ``told_how`` says how somebody without an account
    was told.
    """

    MACHINE: ClassVar[Machine] = EXIT

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    membership = models.ForeignKey("people.Membership", on_delete=models.PROTECT, related_name="+", db_index=False)
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+", db_index=False)
    idle_since = models.DateField()
    warned_at = models.DateTimeField(null=True)
    answer_by = models.DateTimeField(null=True)
    told_how = models.CharField(max_length=100, blank=True)
    answer_reason = models.CharField(max_length=300, blank=True)

    objects: ClassVar[Any] = ExitQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(EXIT, "joining_exit_state_known"),
            models.UniqueConstraint(
                fields=["membership"],
                condition=Q(state__in=[state.value for state in OPEN_STATES]),
                name="joining_one_open_exit_for_each_membership",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[ExitState.WARNED.value, ExitState.LEFT.value, ExitState.UNDONE.value])
                | Q(warned_at__isnull=False, answer_by__isnull=False),
                name="joining_exit_never_without_a_warning",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["union", "state", "-created_at"], name="joining_exit_by_union"),
            models.Index(fields=["person", "-created_at"], name="joining_exit_by_person"),
            models.Index(fields=["membership"], name="joining_exit_by_membership"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def number(self) -> str:
        """Such as TH2026-0000041-5."""
        return ids.readable_number(NUMBER_PREFIX, clock.day_of(self.created_at).year, self.pk)

    @property
    def responsible_node_id(self) -> int:
        return self.union_id

    @property
    def subject_key(self) -> str:
        return self.person.public_id

    @property
    def is_over(self) -> bool:
        """Whether the time to answer is up."""
        return self.state == ExitState.WARNED and self.answer_by is not None and clock.now() > self.answer_by

    @property
    def may_be_ticked(self) -> bool:
        """Whether a list offers to act on it together with others."""
        return self.state in OPEN_STATES
