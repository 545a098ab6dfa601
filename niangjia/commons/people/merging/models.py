"""A merge of two entries. Found by Django through the models of people."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from niangjia.commons.people.merging.states import MERGE, MergeState
from niangjia.kernel import clock, ids
from niangjia.kernel.machine import Machine
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet, state_is_known
from niangjia.platform.personal_data.fields import EncryptedTextField

NUMBER_PREFIX = "HB"
"""Numbers of merges begin with it (合并)."""

_USER: dict[str, Any] = {"on_delete": models.PROTECT, "null": True, "related_name": "+"}


class Merge(Tracked):
    """Two entries of one human being: ``merged`` goes into ``kept``.

    ``choices`` names for each group of values the entry it is taken from. ``plan_digest`` is the plan as it was
    proposed. ``moved`` names, by what it belongs to, the rows that went over, so that undoing moves exactly them back;
    ``before`` holds the values of ``kept`` that were overwritten, sealed under ``owner_key``, its public id.
    ``undo_until`` is the last day on which it can be taken apart. ``union`` stands above both, and answers.
    """

    MACHINE: ClassVar[Machine] = MERGE

    kept = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    merged = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+", db_index=False)
    choices = models.JSONField(default=dict)
    reason = models.CharField(max_length=300)
    plan_digest = models.CharField(max_length=64)
    moved = models.JSONField(default=dict)
    owner_key = models.CharField(max_length=24)
    before = EncryptedTextField(person_key="owner_key", blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, **_USER)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, **_USER)
    answer_reason = models.CharField(max_length=300, blank=True)
    applied_at = models.DateTimeField(null=True)
    undo_until = models.DateField(null=True)

    objects: ClassVar[Any] = TrackedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(MERGE, "merge_state_is_known"),
            models.UniqueConstraint(
                fields=["merged"],
                condition=Q(state__in=[MergeState.PROPOSED.value, MergeState.APPLIED.value]),
                name="merge_one_standing_for_each_entry",
            ),
            models.CheckConstraint(condition=~Q(kept=F("merged")), name="merge_is_between_two"),
            models.CheckConstraint(
                condition=Q(proposed_by=None) | Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="merge_takes_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state=MergeState.APPLIED.value) | Q(applied_at__isnull=False, undo_until__isnull=False),
                name="merge_applied_at_a_moment",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["union", "state", "-created_at"], name="merge_by_union")]

    def __str__(self) -> str:
        return f"{self.merged_id} into {self.kept_id}"

    @property
    def number(self) -> str:
        """Such as HB2026-0000041-5."""
        return ids.readable_number(NUMBER_PREFIX, clock.day_of(self.created_at).year, self.pk)

    @property
    def responsible_node_id(self) -> int:
        return self.union_id

    @property
    def subject_key(self) -> str:
        return self.owner_key
