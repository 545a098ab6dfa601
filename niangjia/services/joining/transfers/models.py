"""Transfers of memberships."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from niangjia.kernel import clock, ids
from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet, state_is_known
from niangjia.services.joining.transfers.states import ASKED_LABELS, OPEN_STATES, TRANSFER, UNDER_WAY, Asked

NUMBER_PREFIX = "JZ"
"""Numbers of transfers begin with it (接转)."""


class TransferQuerySet(TrackedQuerySet):
    def open(self) -> TransferQuerySet:
        return self.filter(state__in=OPEN_STATES)

    def with_unions(self) -> TransferQuerySet:
        return self.select_related("old", "new", "responsible", "person", "membership")


class Transfer(Tracked):
    """One membership on its way from ``old`` to ``new``.

    ``responsible`` must answer now: the old union, the new one, or the union above whichever was silent. ``agreed_at``
    is when the member said yes; before, the old union hears nothing of it. ``source`` is the number of the case that
    brought it, such as a roster.
    """

    MACHINE: ClassVar[Machine] = TRANSFER
    may_be_ticked: bool = False
    """Whether a list offers its reader to act on it together with others; set by the page."""

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    membership = models.ForeignKey("people.Membership", on_delete=models.PROTECT, related_name="+", db_index=False)
    old = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+", db_index=False)
    new = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+", db_index=False)
    responsible = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+", db_index=False)
    asked = models.CharField(max_length=10)
    source = models.CharField(max_length=24, blank=True)
    agreed_at = models.DateTimeField(null=True)
    answer_reason = models.CharField(max_length=300, blank=True)

    objects: ClassVar[Any] = TransferQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(TRANSFER, "joining_transfer_state_known"),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(state__in=[state.value for state in OPEN_STATES]),
                name="joining_one_open_transfer_for_each_person",
            ),
            models.CheckConstraint(condition=~Q(old=F("new")), name="joining_transfer_between_two_unions"),
            models.CheckConstraint(
                condition=Q(asked__in=[asked.value for asked in Asked]), name="joining_transfer_asked_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[state.value for state in UNDER_WAY]) | Q(agreed_at__isnull=False),
                name="joining_transfer_under_way_was_agreed",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["old", "state", "-created_at"], name="joining_transfer_by_old_union"),
            models.Index(fields=["new", "state", "-created_at"], name="joining_transfer_by_new_union"),
            models.Index(fields=["person", "-created_at"], name="joining_transfer_by_person"),
            models.Index(fields=["membership"], name="joining_transfer_by_membership"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def number(self) -> str:
        """Such as JZ2026-0000041-5."""
        return ids.readable_number(NUMBER_PREFIX, clock.day_of(self.created_at).year, self.pk)

    @property
    def responsible_node_id(self) -> int:
        return self.responsible_id

    @property
    def subject_key(self) -> str:
        return self.person.public_id

    @property
    def asked_label(self) -> Text:
        return ASKED_LABELS[Asked(self.asked)]
