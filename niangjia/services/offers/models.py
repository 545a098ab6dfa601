"""Campaigns, what they give where and when, and who reserved it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_id, readable_number
from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet, state_is_known
from niangjia.platform.personal_data.fields import EncryptedTextField, OpenedTogether
from niangjia.services.offers.states import (
    CAMPAIGN,
    COUNTING_STATES,
    RESERVATION,
    SHOWN_STATES,
    ReservationState,
)

NUMBER_PREFIX = "YL"
"""Numbers of reservations begin with it (预领)."""


class Mode(StrEnum):
    """How the items of a campaign find their people."""

    FIRST_COME = "first_come"
    DRAW = "draw"


class StockAfter(StrEnum):
    """What becomes of an item that was not collected."""

    RETURN = "return"
    CLOSE = "close"


class Source(StrEnum):
    """How somebody came to a reservation."""

    FIRST_COME = "first_come"
    DRAW = "draw"
    WAITING_LIST = "waiting_list"
    EXTRA = "extra"


class CampaignQuerySet(TrackedQuerySet):
    def shown(self) -> CampaignQuerySet:
        """Those that members see."""
        return self.filter(state__in=[state.value for state in SHOWN_STATES])


class Campaign(Tracked):
    """Something given away once, by rules of its own.

    ``opens_at`` to ``closes_at`` is when one may reserve; with a draw wishes are taken until ``wishes_until`` and what
    is left is first come until ``closes_at``. ``pickup_from`` and ``pickup_until`` are days, both included. ``rule`` is
    who may take part (see commons/entitlement), judged on the day of ``opens_at``. ``stock_after`` says whether what
    was not collected goes back. ``announce_at`` is when everybody entitled is told. ``revision`` counts every change of
    what processes remember about a campaign. ``draw_secret`` is sealed until the draw, ``draw_commitment`` its hash,
    published before.
    """

    MACHINE: ClassVar[Machine] = CAMPAIGN

    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=60)
    summary = models.CharField(max_length=200, blank=True)
    terms = models.TextField(blank=True, max_length=5000)
    mode = models.CharField(max_length=12, default=Mode.FIRST_COME.value)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    wishes_until = models.DateTimeField(null=True)
    pickup_from = models.DateField()
    pickup_until = models.DateField()
    rule = models.JSONField(default=list)
    stock_after = models.CharField(max_length=8, default=StockAfter.CLOSE.value)
    has_waiting_list = models.BooleanField(default=False)
    offer_hours = models.PositiveSmallIntegerField(default=24)
    announce_at = models.DateTimeField(null=True)
    announced_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=1)
    draw_secret = EncryptedTextField(blank=True)
    draw_commitment = models.CharField(max_length=64, blank=True)
    drawn_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = CampaignQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(CAMPAIGN, "offers_campaign_state_known"),
            models.CheckConstraint(
                condition=Q(mode__in=[mode.value for mode in Mode]), name="offers_campaign_mode_known"
            ),
            models.CheckConstraint(
                condition=Q(stock_after__in=[after.value for after in StockAfter]),
                name="offers_campaign_stock_after_known",
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="offers_campaign_closes_after_opening"
            ),
            models.CheckConstraint(
                condition=Q(pickup_until__gte=F("pickup_from")), name="offers_campaign_pickup_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(mode=Mode.FIRST_COME.value, wishes_until=None)
                | Q(mode=Mode.DRAW.value, wishes_until__gt=F("opens_at"), wishes_until__lte=F("closes_at")),
                name="offers_campaign_draw_takes_wishes",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "opens_at"], name="offers_campaign_by_state"),
            models.Index(fields=["union", "state"], name="offers_campaign_by_union"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def responsible_node_id(self) -> int:
        return self.union_id

    @property
    def state_label(self) -> Text:
        return CAMPAIGN.state(self.state).label

    @property
    def is_draw(self) -> bool:
        return self.mode == Mode.DRAW

    @property
    def first_come_from(self) -> datetime:
        """From when on items go to who comes first: at once, or after the wishes of a draw."""
        return self.wishes_until or self.opens_at


class Supplier(models.Model):
    """A firm or co-operative whose goods are given away."""

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=16, blank=True)
    contact = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["union", "name"], name="offers_supplier_name_once_for_each_union")
        ]

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    """One kind of thing in a campaign. ``code`` is short and stable for figures; ``value_fen`` of one piece."""

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="items")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=40)
    description = models.CharField(max_length=300, blank=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, null=True, related_name="+")
    picture = models.ForeignKey("files.File", on_delete=models.PROTECT, null=True, related_name="+")
    value_fen = models.PositiveIntegerField(default=0)
    position = models.PositiveSmallIntegerField(default=0)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("position", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "code"], name="offers_item_code_once_for_each_campaign"),
            models.UniqueConstraint(fields=["campaign", "name"], name="offers_item_name_once_for_each_campaign"),
        ]

    def __str__(self) -> str:
        return self.name


class Cell(models.Model):
    """The stock of one item at one site on one pick-up day.

    ``size`` is what the campaign gives so far (waves raise it), ``extra`` what staff gave beyond it, a figure of its
    own; ``taken`` counts reservations that hold a piece and places offered to the waiting list. The constraint is
    what makes overselling impossible; whoever takes one raises ``taken`` last and is refused by it.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="cells")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="cells")
    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    size = models.PositiveIntegerField(default=0)
    extra = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "item", "site", "day"], name="offers_cell_once"),
            models.CheckConstraint(condition=Q(taken__lte=F("size") + F("extra")), name="offers_cell_never_oversold"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} at {self.site_id} on {self.day}: {self.taken} of {self.size}+{self.extra}"

    @property
    def left(self) -> int:
        return self.size + self.extra - self.taken


class Wave(models.Model):
    """A part of the stock that is given free at ``opens_at``. ``released_at`` is when it really was."""

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="waves")
    opens_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("opens_at", "id")
        indexes: ClassVar = [
            models.Index(fields=["opens_at"], name="offers_wave_due", condition=Q(released_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.opens_at}"


class WaveStock(models.Model):
    """How many pieces a wave adds to one cell."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="stocks")
    cell = models.ForeignKey(Cell, on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["wave", "cell"], name="offers_wave_stock_once_for_each_cell"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="offers_wave_stock_is_something"),
        ]

    def __str__(self) -> str:
        return f"+{self.quantity} in {self.cell_id}"


class ReservationQuerySet(OpenedTogether, TrackedQuerySet):
    together = ("note",)

    def counting(self) -> ReservationQuerySet:
        """Those that are somebody's one item of a campaign."""
        return self.filter(state__in=[state.value for state in COUNTING_STATES])

    def due(self) -> ReservationQuerySet:
        """Those that wait to be collected."""
        return self.filter(state=ReservationState.RESERVED.value)

    def with_names(self) -> ReservationQuerySet:
        """With everything that pages name."""
        return self.select_related("campaign", "item", "site", "union")


class Reservation(Tracked):
    """One item for one person, to be collected at ``site`` on ``day``.

    ``union`` and ``category`` are the person's as of the act. Its number is made from its id, so that a rush draws no
    numbers from a common counter; its links to other tables have no indexes of their own, which would cost every
    reservation writes that nobody reads. ``collect_nonce`` is the scan that collected it: the same scan sent again is
    the same collection. ``note`` is what somebody typed about it and goes with the person.
    """

    MACHINE: ClassVar[Machine] = RESERVATION

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+", db_index=False)
    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False)
    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+", db_index=False)
    category = models.CharField(max_length=24)
    source = models.CharField(max_length=12, default=Source.FIRST_COME.value)
    collected_at = models.DateTimeField(null=True)
    collected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    collect_nonce = models.CharField(max_length=64, blank=True, default="")
    note = EncryptedTextField(person_key="person.public_id", max_length_plain=300, blank=True, default="")

    objects: ClassVar[Any] = ReservationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(RESERVATION, "offers_reservation_state_known"),
            models.UniqueConstraint(
                fields=["campaign", "person"],
                condition=Q(state__in=[state.value for state in COUNTING_STATES]),
                name="offers_one_item_for_each_person",
            ),
            models.CheckConstraint(
                condition=~Q(state=ReservationState.COLLECTED.value) | Q(collected_at__isnull=False),
                name="offers_collected_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(source__in=[source.value for source in Source]), name="offers_reservation_source_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["person", "-id"], name="offers_reservation_by_person"),
            models.Index(fields=["site", "day", "state"], name="offers_reservation_by_site"),
            models.Index(fields=["cell", "state"], name="offers_reservation_by_cell"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number for people, such as YL2026-0000041-5."""
        return readable_number(NUMBER_PREFIX, clock.day_of(self.created_at).year, self.pk)

    @property
    def responsible_node_id(self) -> int:
        return self.campaign.union_id

    @property
    def subject_key(self) -> str:
        return self.person.public_id

    @property
    def state_label(self) -> Text:
        return RESERVATION.state(self.state).label

    @property
    def is_due(self) -> bool:
        """Whether it waits to be collected."""
        return self.state == ReservationState.RESERVED


class Bar(models.Model):
    """Because of items not collected somebody cannot reserve from ``starts_on`` up to and with ``until``.

    ``reservation`` is the one that was one too many. Lifted when an appeal is accepted.
    """

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    reservation = models.OneToOneField(Reservation, on_delete=models.PROTECT, related_name="bar")
    starts_on = models.DateField()
    until = models.DateField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(until__gte=F("starts_on")), name="offers_bar_ends_after_it_begins")
        ]
        indexes: ClassVar = [
            models.Index(fields=["person", "until"], name="offers_bar_by_person", condition=Q(lifted_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} until {self.until}"


from niangjia.services.offers.chances.held import HeldDraw, Telling  # noqa: E402
from niangjia.services.offers.chances.models import Waiting, Wish  # noqa: E402
from niangjia.services.offers.counter.models import Appeal, Scan, Sheet, SheetLine  # noqa: E402 - they name ours by string

__all__ = [
    "Appeal", "Bar", "Campaign", "Cell", "HeldDraw", "Item", "Mode", "Reservation", "Scan", "Sheet", "SheetLine",
    "Source", "StockAfter", "Supplier", "Telling", "Waiting", "Wave", "WaveStock", "Wish",
]  # fmt: skip
