"""Accounts, transfers, payments, batches for the bank, the bank's answers, and where people want their money."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from niangjia.commons.payments import rules
from niangjia.commons.payments.states import (
    ASTRAY_LABELS,
    BANK_ACCOUNT,
    BATCH,
    CAUSE_LABELS,
    LIVE,
    PAYMENT,
    STRAY,
    Astray,
    BankAccountState,
    BatchState,
    Cause,
    PaymentState,
    Side,
    StrayState,
    fund_label,
)
from niangjia.commons.people.models import ID_NUMBER
from niangjia.kernel import clock, ids
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet, state_is_known
from niangjia.platform.personal_data.fields import BlindIndexField, EncryptedTextField

_PROTECT: dict[str, Any] = {"on_delete": models.PROTECT, "related_name": "+"}


class Account(models.Model):
    """Money of one fund source of a union. ``balance`` is in fen and follows from the transfers.

    A union has four for each fund: the fund itself, where it came from (the only one below zero), what is with the
    bank, and what has arrived.
    """

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    union = models.ForeignKey("unions.Union", **_PROTECT)
    fund = models.CharField(max_length=40)
    side = models.CharField(max_length=12)
    balance = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["union", "fund", "side"], name="payments_account_once"),
            models.CheckConstraint(
                condition=Q(side=Side.SOURCE.value) | Q(balance__gte=0), name="payments_account_never_below_zero"
            ),
            models.CheckConstraint(
                condition=Q(side__in=[side.value for side in Side]), name="payments_account_side_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.union_id} {self.fund} {self.side}"

    @property
    def fund_label(self) -> Text:
        return fund_label(self.fund)


class PaymentQuerySet(TrackedQuerySet):
    def payable(self) -> PaymentQuerySet:
        """Those that wait for a batch and know where to."""
        return self.filter(state=PaymentState.REQUESTED.value, has_account=True)

    def without_account(self) -> PaymentQuerySet:
        return self.filter(state=PaymentState.REQUESTED.value, has_account=False)


class Batch(Tracked):
    """Payments of one account that go to the bank in one file.

    ``rows`` and ``fen`` are fixed when it is prepared, and so is ``file_hash``, the SHA-256 of its CSV file.
    ``prepared_for`` and ``released_for`` are set when somebody's deputy acted.
    """

    MACHINE: ClassVar[Machine] = BATCH

    account = models.ForeignKey(Account, **_PROTECT)
    union = models.ForeignKey("unions.Union", **_PROTECT)
    rows = models.PositiveIntegerField(default=0)
    fen = models.BigIntegerField(default=0)
    file_hash = models.CharField(max_length=64, blank=True)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, **_PROTECT)
    prepared_for = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, **_PROTECT)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, **_PROTECT)
    released_for = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, **_PROTECT)
    released_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = TrackedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(BATCH, "payments_batch_state_is_known"),
            models.CheckConstraint(
                condition=Q(prepared_by=None) | Q(released_by=None) | ~Q(prepared_by=F("released_by")),
                name="payments_batch_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[BatchState.DRAWN_UP.value, BatchState.DISCARDED.value]) | ~Q(file_hash=""),
                name="payments_batch_prepared_has_a_file",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["union", "state", "-created_at"], name="payments_batch_by_union")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def number(self) -> str:
        """Such as PC2026-0000041-5."""
        return ids.readable_number(rules.BATCH_PREFIX, clock.day_of(self.created_at).year, self.pk)

    @property
    def responsible_node_id(self) -> int:
        return self.union_id


class Payment(Tracked):
    """Fen to be paid to one payee for one source, such as a claim.

    ``attempt`` counts from 1: a payment that failed and was corrected is followed by the next attempt. ``person`` is
    whom it concerns (``owner_key`` is their public id), the payee may be another (an heir). Payee and account are the
    voucher: sealed under the books' own key of the year, they stay when the person is erased. ``cause`` says why it
    failed, ``answered_on`` is the bank's day.
    """

    MACHINE: ClassVar[Machine] = PAYMENT

    source_type = models.CharField(max_length=40)
    source_id = models.CharField(max_length=40)
    attempt = models.PositiveSmallIntegerField(default=1)
    account = models.ForeignKey(Account, db_index=False, **_PROTECT)
    union = models.ForeignKey("unions.Union", db_index=False, **_PROTECT)
    fen = models.BigIntegerField()
    person = models.ForeignKey("people.Person", null=True, db_index=False, **_PROTECT)
    owner_key = models.CharField(max_length=24, blank=True)
    payee_name = EncryptedTextField(person_key="books_key")
    bank = models.CharField(max_length=60, blank=True)
    account_number = EncryptedTextField(person_key="books_key", blank=True)
    has_account = models.BooleanField(default=True)
    batch = models.ForeignKey(Batch, null=True, db_index=False, **_PROTECT)
    cause = models.CharField(max_length=16, blank=True)
    answered_on = models.DateField(null=True)

    objects: ClassVar[Any] = PaymentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(PAYMENT, "payments_payment_state_is_known"),
            models.UniqueConstraint(
                fields=["source_type", "source_id", "attempt"], name="payments_payment_once_for_each_attempt"
            ),
            models.UniqueConstraint(
                fields=["source_type", "source_id"],
                condition=Q(state__in=[state.value for state in LIVE]),
                name="payments_payment_one_live_for_each_source",
            ),
            models.CheckConstraint(condition=Q(fen__gt=0), name="payments_payment_above_zero"),
            models.CheckConstraint(
                condition=Q(cause="") | Q(cause__in=[cause.value for cause in Cause]),
                name="payments_payment_cause_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[PaymentState.REQUESTED.value, PaymentState.CANCELLED.value])
                | Q(batch__isnull=False),
                name="payments_payment_released_in_a_batch",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "state", "id"], name="payments_payment_by_account"),
            models.Index(fields=["union", "state", "-id"], name="payments_payment_by_union"),
            models.Index(fields=["batch", "id"], condition=Q(batch__isnull=False), name="payments_payment_by_batch"),
            models.Index(
                fields=["person", "-id"], condition=Q(person__isnull=False), name="payments_payment_by_person"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def number(self) -> str:
        """The reference in the bank's file, such as ZF2026-0000041-5."""
        return rules.reference(clock.day_of(self.created_at).year, self.pk)

    @property
    def responsible_node_id(self) -> int:
        return self.union_id

    @property
    def subject_key(self) -> str:
        return self.owner_key

    @property
    def books_key(self) -> str:
        return rules.books_key(clock.day_of(self.created_at).year)

    @property
    def cause_label(self) -> Text | None:
        return CAUSE_LABELS[Cause(self.cause)] if self.cause else None

    @property
    def state_label(self) -> Text:
        return PAYMENT.state(self.state).label


class Transfer(models.Model):
    """One movement of ``fen`` between two accounts; never changed. ``payment`` is empty when a fund is topped up."""

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    giver = models.ForeignKey(Account, db_index=False, **_PROTECT)
    taker = models.ForeignKey(Account, db_index=False, **_PROTECT)
    fen = models.BigIntegerField()
    at = models.DateTimeField(default=clock.now)
    kind = models.CharField(max_length=12)
    payment = models.ForeignKey(Payment, null=True, **_PROTECT)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(fen__gt=0), name="payments_transfer_above_zero"),
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="payments_transfer_between_two"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["giver", "-id"], name="payments_transfer_by_giver"),
            models.Index(fields=["taker", "-id"], name="payments_transfer_by_taker"),
        ]

    def __str__(self) -> str:
        return f"{self.giver_id} to {self.taker_id}: {self.fen}"


class ReturnFile(models.Model):
    """A file of the bank that was read: by its hash, so that the same one is known again."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="return_files")
    file_hash = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, **_PROTECT)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "file_hash"], name="payments_return_file_once")
        ]

    def __str__(self) -> str:
        return self.file_hash


class BankAnswer(models.Model):
    """What the bank said about one payment at one moment; never changed. The latest one holds."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="answers", db_index=False)
    at = models.DateTimeField()
    serial = models.CharField(max_length=40)
    failed = models.BooleanField()
    cause = models.CharField(max_length=16, blank=True)
    read_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["payment", "at", "serial", "failed"], name="payments_answer_once")
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} {self.at}"


class StrayLine(Tracked):
    """A line of the bank's file that was not simply counted, and why (``astray``).

    ``about`` is the payment of which its reference speaks, where there is one; ``target`` the payment to which somebody
    would place it by hand. ``fen`` is None where the file has no sums. ``fingerprint`` knows the line again. A late
    word that two people have set aside is ``found_wrong``: it keeps no payment from being made.
    """

    MACHINE: ClassVar[Machine] = STRAY

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="strays")
    union = models.ForeignKey("unions.Union", **_PROTECT)
    astray = models.CharField(max_length=16)
    fingerprint = models.CharField(max_length=64)
    file_hash = models.CharField(max_length=64, blank=True)
    line = models.PositiveIntegerField(default=0)
    reference = models.CharField(max_length=40)
    failed = models.BooleanField()
    cause = models.CharField(max_length=16, blank=True)
    at = models.DateTimeField()
    serial = models.CharField(max_length=40)
    fen = models.BigIntegerField(null=True)
    about = models.ForeignKey(Payment, null=True, db_index=False, **_PROTECT)
    target = models.ForeignKey(Payment, null=True, **_PROTECT)
    found_wrong = models.BooleanField(default=False)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, **_PROTECT)
    proposed_for = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, **_PROTECT)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, **_PROTECT)

    objects: ClassVar[Any] = TrackedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(STRAY, "payments_stray_state_is_known"),
            models.UniqueConstraint(fields=["batch", "fingerprint"], name="payments_stray_once"),
            models.CheckConstraint(
                condition=Q(astray__in=[one.value for one in Astray]), name="payments_stray_cause_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[StrayState.PROPOSED.value, StrayState.PLACED.value]) | Q(target__isnull=False),
                name="payments_stray_placed_on_a_payment",
            ),
            models.CheckConstraint(
                condition=Q(proposed_by=None) | Q(confirmed_by=None) | ~Q(proposed_by=F("confirmed_by")),
                name="payments_stray_two_people",
            ),
            models.CheckConstraint(
                condition=Q(found_wrong=False) | Q(state=StrayState.SET_ASIDE.value, astray=Astray.PAID_LATE.value),
                name="payments_stray_found_wrong_is_set_aside",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["union", "state", "-id"], name="payments_stray_by_union"),
            models.Index(fields=["about", "state"], condition=Q(about__isnull=False), name="payments_stray_by_payment"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def number(self) -> str:
        """What a page calls it: the reference, else the bank's own number."""
        return self.reference or self.serial

    @property
    def responsible_node_id(self) -> int:
        return self.union_id

    @property
    def astray_label(self) -> Text:
        return ASTRAY_LABELS[Astray(self.astray)]


class BankAccount(Tracked):
    """Where a person wants their money: the one in use, the one being looked at, and earlier ones."""

    MACHINE: ClassVar[Machine] = BANK_ACCOUNT

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="bank_accounts", db_index=False)
    union = models.ForeignKey("unions.Union", null=True, **_PROTECT)
    owner_key = models.CharField(max_length=24)
    holder = EncryptedTextField(person_key="owner_key")
    bank = models.CharField(max_length=60)
    account_number = EncryptedTextField(person_key="owner_key")
    tail = models.CharField(max_length=4)

    objects: ClassVar[Any] = TrackedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(BANK_ACCOUNT, "payments_bank_account_state_is_known"),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(state=BankAccountState.IN_USE.value),
                name="payments_bank_account_one_in_use",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(state=BankAccountState.NAMED.value),
                name="payments_bank_account_one_being_looked_at",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["person", "-id"], name="payments_bank_account_by_owner")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def number(self) -> str:
        """What a page calls it: the last four digits."""
        return f"**** {self.tail}"

    @property
    def responsible_node_id(self) -> int | None:
        return self.union_id

    @property
    def subject_key(self) -> str:
        return self.owner_key


class Identity(models.Model):
    """Who a user of finance is, by the index of their ID number, so that one person with two accounts is known."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    id_index = BlindIndexField(purpose=ID_NUMBER)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"identity of {self.user_id}"
