"""Messages in the portal, and what is on its way by SMS or e-mail."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.text import Text
from niangjia.platform.notices.kinds import UNKNOWN, Channel, NoticeKind, Priority, Receipt, State, find
from niangjia.platform.personal_data.fields import EncryptedTextField


def _told(text: Text, values: dict[str, str]) -> Text:
    return Text(text.message, values) if values else text


class Message(models.Model):
    """A message in the portal. ``values`` hold no personal text; the sentence is made when it is read."""

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=60)
    values = models.JSONField(default=dict)
    link = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "-id"], name="message_by_user"),
            models.Index(fields=["user"], name="message_unread", condition=Q(read_at__isnull=True)),
            models.Index(fields=["created_at"], name="message_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%F %T}"

    @property
    def _kind(self) -> NoticeKind:
        return find(self.kind) or UNKNOWN

    @property
    def title(self) -> Text:
        """What it is about, in the reader's language."""
        return _told(self._kind.title, self.values)

    @property
    def body(self) -> Text:
        """What it says, in the reader's language."""
        return _told(self._kind.body, self.values)

    @property
    def is_important(self) -> bool:
        return self._kind.important


class Outgoing(models.Model):
    """One SMS or e-mail on its way. ``public_id`` is the business id by which a gateway knows a repetition.

    ``due_at`` is the moment from which a worker may take it; taking it moves ``due_at`` to the end of the lease, so a
    message whose worker died comes up again by itself. ``attempts`` is the fence: only who took it last may say what
    became of it. ``sealed`` carries address and code of a message without a user and is emptied at its end.
    """

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    channel = models.CharField(max_length=8)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=60)
    values = models.JSONField(default=dict)
    sealed = EncryptedTextField(default="", blank=True)
    state = models.CharField(max_length=8, default=State.WAITING)
    priority = models.PositiveSmallIntegerField(default=Priority.NORMAL)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    due_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=120, blank=True)
    gateway_id = models.CharField(max_length=64, blank=True)
    receipt = models.CharField(max_length=12, blank=True)
    receipt_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in State]), name="outgoing_state_known"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=[Channel.SMS.value, Channel.EMAIL.value]), name="outgoing_channel_known"
            ),
            models.CheckConstraint(
                condition=Q(receipt__in=[receipt.value for receipt in Receipt]), name="outgoing_receipt_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["priority", "due_at", "id"],
                name="outgoing_open",
                condition=Q(state__in=[State.WAITING.value, State.SENDING.value]),
            ),
            models.Index(fields=["state", "ended_at"], name="outgoing_ended", condition=Q(ended_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.kind} {self.public_id}"
