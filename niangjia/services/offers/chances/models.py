"""Wishes in a draw, and places on the waiting list."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from niangjia.kernel.ids import new_public_id
from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet, state_is_known
from niangjia.services.offers.states import QUEUED_STATES, WAITING, WISH, WaitingState, WishState


class Wish(Tracked):
    """What somebody would like of a draw, best first.

    ``choices`` are ids of cells in the order of liking. ``pseudonym`` is published with the entrants, so that everybody
    finds themselves in the list and nobody else; it tells nothing about the person.
    """

    MACHINE: ClassVar[Machine] = WISH

    campaign = models.ForeignKey("offers.Campaign", on_delete=models.PROTECT, related_name="wishes")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+")
    category = models.CharField(max_length=24)
    pseudonym = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    choices = models.JSONField(default=list)
    reservation = models.OneToOneField("offers.Reservation", on_delete=models.PROTECT, null=True, related_name="wish")

    objects: ClassVar[Any] = TrackedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(WISH, "offers_wish_state_known"),
            models.UniqueConstraint(
                fields=["campaign", "person"],
                condition=~Q(state=WishState.TAKEN_BACK.value),
                name="offers_one_wish_for_each_person",
            ),
            models.CheckConstraint(
                condition=~Q(state=WishState.WON.value) | Q(reservation__isnull=False),
                name="offers_won_wish_has_a_reservation",
            ),
        ]

    def __str__(self) -> str:
        return self.pseudonym

    @property
    def responsible_node_id(self) -> int:
        return self.campaign.union_id

    @property
    def subject_key(self) -> str:
        return self.person.public_id

    @property
    def state_label(self) -> Text:
        return WISH.state(self.state).label


class WaitingQuerySet(TrackedQuerySet):
    def queued(self) -> WaitingQuerySet:
        """Those that wait or have an offer."""
        return self.filter(state__in=[state.value for state in QUEUED_STATES])

    def next_first(self) -> WaitingQuerySet:
        """Those that wait, who came first first."""
        return self.filter(state=WaitingState.WAITING.value).order_by("id")


class Waiting(Tracked):
    """A place on the waiting list of one cell.

    While it is offered, until ``offered_until``, the piece is held for it: it counts in the cell's ``taken``.
    """

    MACHINE: ClassVar[Machine] = WAITING

    campaign = models.ForeignKey("offers.Campaign", on_delete=models.PROTECT, related_name="+")
    cell = models.ForeignKey("offers.Cell", on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+")
    category = models.CharField(max_length=24)
    offered_until = models.DateTimeField(null=True)
    reservation = models.OneToOneField(
        "offers.Reservation", on_delete=models.PROTECT, null=True, related_name="waiting"
    )

    objects: ClassVar[Any] = WaitingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(WAITING, "offers_waiting_state_known"),
            models.UniqueConstraint(
                fields=["campaign", "person"],
                condition=Q(state__in=[state.value for state in QUEUED_STATES]),
                name="offers_one_place_in_the_queue_for_each_person",
            ),
            models.CheckConstraint(
                condition=~Q(state=WaitingState.OFFERED.value) | Q(offered_until__isnull=False),
                name="offers_offer_has_an_end",
            ),
            models.CheckConstraint(
                condition=~Q(state=WaitingState.TAKEN.value) | Q(reservation__isnull=False),
                name="offers_taken_place_has_a_reservation",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["cell", "state", "id"], name="offers_waiting_by_cell"),
            models.Index(
                fields=["offered_until"],
                name="offers_waiting_due",
                condition=Q(state=WaitingState.OFFERED.value),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def responsible_node_id(self) -> int:
        return self.campaign.union_id

    @property
    def subject_key(self) -> str:
        return self.person.public_id

    @property
    def state_label(self) -> Text:
        return WAITING.state(self.state).label
