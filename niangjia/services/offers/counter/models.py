"""What happens at the place of collection: scans, the closing sheet of a day, appeals against a no-show."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from niangjia.kernel import clock
from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text, _
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet, state_is_known
from niangjia.platform.personal_data.fields import EncryptedTextField
from niangjia.services.offers.states import APPEAL, SHEET, AppealState, SheetState


class Scan(models.Model):
    """One scan or typed number, also a refused one. ``outcome`` is ``found`` when somebody looked, ``ok`` when it was
    handed out, else the code of the refusal; ``CONFLICT`` when it was handed out without network a second time.

    ``nonce`` is made by the scanner for each try; sent again it is the same scan. ``user`` is who stood at the counter.
    For a scan that was made without network ``offline_at`` is its moment, by the device's clock set right, ``device``
    the name that was given to the device, ``uploaded_by`` who sent it in later. No number of a card and no name of a
    member is kept here.
    """

    at = models.DateTimeField(default=clock.now)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+", db_index=False)
    nonce = models.CharField(max_length=64)
    outcome = models.CharField(max_length=40)
    reservation = models.ForeignKey("offers.Reservation", on_delete=models.PROTECT, null=True, related_name="scans")
    offline_at = models.DateTimeField(null=True)
    device = models.CharField(max_length=40, blank=True, default="")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "nonce"], name="offers_scan_nonce_once_for_each_keeper")
        ]
        indexes: ClassVar = [models.Index(fields=["site", "-at"], name="offers_scan_by_site")]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.outcome}"


class Sheet(Tracked):
    """The closing sheet of one site on one day of a campaign: signed by who kept it, countersigned by another."""

    MACHINE: ClassVar[Machine] = SHEET

    campaign = models.ForeignKey("offers.Campaign", on_delete=models.PROTECT, related_name="sheets")
    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    countersigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    note = models.CharField(max_length=300, blank=True)

    objects: ClassVar[Any] = TrackedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(SHEET, "offers_sheet_state_known"),
            models.UniqueConstraint(fields=["campaign", "site", "day"], name="offers_sheet_once_for_each_day"),
            models.CheckConstraint(
                condition=Q(state=SheetState.OPEN.value) | Q(signed_by__isnull=False, signed_at__isnull=False),
                name="offers_sheet_signed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state=SheetState.COUNTERSIGNED.value)
                | (Q(countersigned_by__isnull=False) & ~Q(countersigned_by=models.F("signed_by"))),
                name="offers_sheet_countersigned_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.day}"

    @property
    def responsible_node_id(self) -> int:
        return self.campaign.union_id

    @property
    def state_label(self) -> Text:
        return SHEET.state(self.state).label


class SheetLine(models.Model):
    """One item on a closing sheet, in pieces.

    ``delivered`` were on the site in the morning, ``spoiled`` cannot be given to anybody, ``left`` were counted in the
    evening. ``expected`` and ``handed_out`` are fixed when the sheet is signed; before they are read from the
    reservations.
    """

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="lines")
    item = models.ForeignKey("offers.Item", on_delete=models.PROTECT, related_name="+")
    delivered = models.PositiveIntegerField(default=0)
    expected = models.PositiveIntegerField(default=0)
    handed_out = models.PositiveIntegerField(default=0)
    spoiled = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sheet", "item"], name="offers_sheet_line_once_for_each_item")
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.handed_out} of {self.expected}"

    @property
    def difference(self) -> int:
        """Pieces that are missing (negative) or too many (positive)."""
        return self.left - (self.delivered - self.handed_out - self.spoiled)


class AppealCause(StrEnum):
    ILL = "ill"
    ON_SHIFT = "on_shift"
    SITE_CLOSED = "site_closed"
    OTHER = "other"


CAUSE_LABELS: dict[AppealCause, Text] = {
    AppealCause.ILL: _("生病或家里有急事"),
    AppealCause.ON_SHIFT: _("临时加班、出车"),
    AppealCause.SITE_CLOSED: _("到了现场没有人或没有货"),
    AppealCause.OTHER: _("其他原因"),
}


class Appeal(Tracked):
    """Somebody says why an item was not collected and asks that it does not count. Once for each reservation."""

    MACHINE: ClassVar[Machine] = APPEAL

    reservation = models.OneToOneField("offers.Reservation", on_delete=models.PROTECT, related_name="appeal")
    cause = models.CharField(max_length=16)
    text = EncryptedTextField(blank=True)
    answer_reason = models.CharField(max_length=300, blank=True)

    objects: ClassVar[Any] = TrackedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(APPEAL, "offers_appeal_state_known"),
            models.CheckConstraint(
                condition=Q(cause__in=[cause.value for cause in AppealCause]), name="offers_appeal_cause_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=AppealState.REFUSED.value) | ~Q(answer_reason=""),
                name="offers_refused_appeal_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def responsible_node_id(self) -> int:
        return self.reservation.campaign.union_id

    @property
    def subject_key(self) -> str:
        return self.reservation.person.public_id

    @property
    def state_label(self) -> Text:
        return APPEAL.state(self.state).label

    @property
    def cause_label(self) -> Text:
        return CAUSE_LABELS[AppealCause(self.cause)]
