"""Purchases of group plans, their invoices without gaps, the sums that came in for them and what is left over."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from niangjia.commons.rosters.models import Serial
from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text
from niangjia.platform.lifecycle.models import Tracked, state_is_known
from niangjia.services.protection.purchases.states import (
    CREDIT,
    PURCHASE,
    RECEIPT,
    PurchaseState,
    ReceiptState,
)

_PROTECT: dict[str, Any] = {"on_delete": models.PROTECT, "related_name": "+"}
_UNSETTLED = [PurchaseState.DRAFTED.value, PurchaseState.CANCELLED.value]
SERIALS_OF_A_YEAR, YEARS = 10_000_000, 10_000


class Purchase(Tracked):
    """A group plan bought for people of ``union`` by the unit named in ``title`` with its ``tax_number``.

    ``headcount`` is the staff as the buyer states it. ``roster`` is the list of the people; from the order on
    ``persons`` and ``fen`` (price times persons) stand. ``received_fen`` is what was confirmed as arrived,
    ``waived_fen`` what is not asked for because fewer could be insured in the end. ``reminded_on`` is the day on which
    the buyer was last told that it is overdue, ``asked_on`` that it cannot begin with those who remain. ``listed`` is
    how many of the list stood in the unit when the buyer stated ``headcount``: who is missing since is no staff of it.
    """

    MACHINE: ClassVar[Machine] = PURCHASE

    number = models.CharField(max_length=20, unique=True)
    plan = models.ForeignKey("protection.Plan", **_PROTECT)
    version = models.ForeignKey("protection.PlanVersion", **_PROTECT)
    union = models.ForeignKey("unions.Union", **_PROTECT)
    roster = models.OneToOneField("protection.Roster", null=True, **_PROTECT)
    by_employer = models.BooleanField(default=False)
    title = models.CharField(max_length=100)
    tax_number = models.CharField(max_length=18)
    headcount = models.PositiveIntegerField()
    from_day = models.DateField()
    persons = models.PositiveIntegerField(default=0)
    fen = models.PositiveBigIntegerField(default=0)
    received_fen = models.PositiveBigIntegerField(default=0)
    waived_fen = models.PositiveBigIntegerField(default=0)
    listed = models.PositiveIntegerField(default=0)
    reminded_on = models.DateField(null=True)
    asked_on = models.DateField(null=True)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, **_PROTECT)

    class Meta:
        constraints: ClassVar = [
            state_is_known(PURCHASE, "protection_purchase_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=_UNSETTLED) | Q(persons__gt=0, fen__gt=0, roster__isnull=False),
                name="protection_purchase_ordered_has_people_and_sum",
            ),
            models.CheckConstraint(
                condition=Q(fen__gte=F("received_fen") + F("waived_fen")), name="protection_purchase_never_paid_twice"
            ),
            models.CheckConstraint(
                condition=~Q(state=PurchaseState.PAID.value) | Q(received_fen=F("fen")),
                name="protection_purchase_paid_in_full",
            ),
            models.CheckConstraint(condition=Q(headcount__gt=0), name="protection_purchase_headcount_positive"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["union", "state", "-created_at"], name="protection_purchase_by_union")
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def responsible_node_id(self) -> int:
        return self.plan.union_id

    @property
    def subject_key(self) -> str:
        return ""

    @property
    def due_fen(self) -> int:
        """What is asked for in all."""
        return self.fen - self.waived_fen

    @property
    def owed_fen(self) -> int:
        return self.due_fen - self.received_fen

    @property
    def state_label(self) -> Text:
        return PURCHASE.state(self.state).label


class Invoice(models.Model):
    """What a buyer owes, on paper; never changed. ``slot`` orders the invoices of one issuer and year, and each but the
    first names the one before it, so that a number can be neither given twice nor left out."""

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    purchase = models.OneToOneField(Purchase, on_delete=models.PROTECT, related_name="invoice")
    union = models.ForeignKey("unions.Union", **_PROTECT)
    year = models.PositiveSmallIntegerField()
    serial = models.PositiveIntegerField()
    slot = models.PositiveBigIntegerField(unique=True)
    previous = models.OneToOneField("self", to_field="slot", null=True, **_PROTECT)
    issued_on = models.DateField()
    due_on = models.DateField()
    fen = models.PositiveBigIntegerField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, **_PROTECT)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(serial=1, previous__isnull=True) | Q(serial__gt=1, slot=F("previous") + 1),
                name="protection_invoice_number_without_gaps",
            ),
            models.CheckConstraint(
                condition=Q(slot=(F("union") * YEARS + F("year")) * SERIALS_OF_A_YEAR + F("serial")),
                name="protection_invoice_slot_is_its_number",
            ),
            models.CheckConstraint(condition=Q(fen__gt=0), name="protection_invoice_above_zero"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """Such as 2026-0000041, for each issuer."""
        return f"{self.year}-{self.serial:07d}"


class Credit(Tracked):
    """``fen`` that a buyer paid for more than became of ``purchase``: for ``persons`` who were not insured in the end,
    or all of it (``persons`` is 0) because the purchase was cancelled. It is refunded, or counts for another one."""

    MACHINE: ClassVar[Machine] = CREDIT

    number = models.CharField(max_length=20, unique=True)
    purchase = models.OneToOneField(Purchase, on_delete=models.PROTECT, related_name="credit")
    persons = models.PositiveIntegerField(default=0)
    fen = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [
            state_is_known(CREDIT, "protection_credit_state_known"),
            models.CheckConstraint(condition=Q(fen__gt=0), name="protection_credit_above_zero"),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "-id"], name="protection_credit_by_state")]

    def __str__(self) -> str:
        return self.number

    @property
    def responsible_node_id(self) -> int:
        return self.purchase.union_id

    @property
    def subject_key(self) -> str:
        return ""

    @property
    def state_label(self) -> Text:
        return CREDIT.state(self.state).label


class Receipt(Tracked):
    """Fen that came in for a purchase under the bank's ``bank_reference``: one records it, another confirms it. Where
    it is a ``credit`` of an earlier purchase, the money is in the fund already and the reference is its number."""

    MACHINE: ClassVar[Machine] = RECEIPT

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="receipts")
    fen = models.PositiveBigIntegerField()
    bank_reference = models.CharField(max_length=40)
    received_on = models.DateField()
    credit = models.ForeignKey(Credit, null=True, **_PROTECT)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, **_PROTECT)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, **_PROTECT)

    class Meta:
        constraints: ClassVar = [
            state_is_known(RECEIPT, "protection_receipt_state_known"),
            models.CheckConstraint(condition=Q(fen__gt=0), name="protection_receipt_above_zero"),
            models.UniqueConstraint(
                fields=["bank_reference"],
                condition=~Q(state=ReceiptState.REJECTED.value),
                name="protection_receipt_booked_once",
            ),
            models.CheckConstraint(
                condition=Q(recorded_by=None) | Q(confirmed_by=None) | ~Q(recorded_by=F("confirmed_by")),
                name="protection_receipt_two_people",
            ),
        ]

    def __str__(self) -> str:
        return self.bank_reference

    @property
    def responsible_node_id(self) -> int:
        return self.purchase.plan.union_id

    @property
    def subject_key(self) -> str:
        return ""

    @property
    def state_label(self) -> Text:
        return RECEIPT.state(self.state).label


class CreditSerial(Serial):
    """The last number of a credit given in a year."""


class PurchaseSerial(Serial):
    """The last number of a purchase given in a year."""
