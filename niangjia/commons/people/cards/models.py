"""Cards. Found by Django through the models of people."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from niangjia.commons.people.cards.states import CARD, LIVE, CardState
from niangjia.kernel import clock
from niangjia.kernel.card_code import grouped
from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet, state_is_known

_LIVE = Q(state__in=[state.value for state in LIVE])


class CardQuerySet(TrackedQuerySet):
    def live(self) -> CardQuerySet:
        """Active or reported lost: at most one for each person."""
        return self.filter(_LIVE)

    def revoked(self, since: date) -> CardQuerySet:
        """Reported lost, or replaced or closed on ``since`` or later."""
        dead = ~Q(state=CardState.ACTIVE.value)
        return self.filter(dead & (Q(valid_until=None) | Q(valid_until__gte=since)))


class Card(Tracked):
    """A card of a member, its plastic and its digital twin under one number.

    ``valid_until`` is the last day on which it counts, None while no end is known. ``replaces`` is the card before it.
    Of the bank's co-branding only the bank's number, the tail of its card and the day are kept.
    ``at_union`` is no column: the union of the holder's membership, as far as the running action knows it.
    """

    MACHINE: ClassVar[Machine] = CARD

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="cards", db_index=False)
    number = models.CharField(max_length=16, unique=True)
    issued_on = models.DateField()
    valid_until = models.DateField(null=True)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    bank_code = models.CharField(max_length=12, blank=True)
    bank_card_tail = models.CharField(max_length=4, blank=True)
    co_branded_on = models.DateField(null=True)

    objects: ClassVar[Any] = CardQuerySet.as_manager()
    at_union: int | None = None

    class Meta:
        db_table = "people_card"
        constraints: ClassVar = [
            state_is_known(CARD, "card_state_is_known"),
            models.UniqueConstraint(fields=["person"], condition=_LIVE, name="card_one_live_for_each_person"),
            models.CheckConstraint(condition=Q(replaces=None) | ~Q(replaces=F("id")), name="card_replaces_another"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("issued_on")), name="card_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(bank_code="", bank_card_tail="", co_branded_on=None)
                | (~Q(bank_code="") & ~Q(bank_card_tail="") & Q(co_branded_on__isnull=False)),
                name="card_co_branding_is_whole",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["person", "state"], name="card_by_person"),
            models.Index(fields=["valid_until"], condition=~Q(state=CardState.ACTIVE.value), name="card_revoked"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def responsible_node_id(self) -> int | None:
        return self.at_union

    @property
    def subject_key(self) -> str:
        return self.person.public_id

    @property
    def state_day(self) -> date:
        """The day on which the card came into its state."""
        return clock.day_of(self.state_since)

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def is_active(self) -> bool:
        return self.state == CardState.ACTIVE

    @property
    def state_label(self) -> Text:
        return CARD.state(self.state).label

    @property
    def grouped(self) -> str:
        """The number as people read it."""
        return grouped(self.number)

    @property
    def tail(self) -> str:
        """The last four digits, which audit and notices may name."""
        return self.number[-4:]
