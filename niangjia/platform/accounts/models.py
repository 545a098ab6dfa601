"""Users, their sessions, and the codes they receive by SMS.

Sessions live in a table of their own so that one SELECT by ``token_hash``, joined with the user, tells everything a
hot path must know. A session is alive when ``ended_at`` is null, ``expires_at`` is ahead, ``seen_at`` is no older than
the idle limit of its kind, and its user is active (see ``sessions.live``).
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.text import Text
from niangjia.platform.accounts import devices
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.personal_data.fields import BlindIndexField, EncryptedTextField


class UserManager(BaseUserManager["User"]):
    """Finds users; they are made by ``users`` and ``phone_sign_in``, which normalise names and phones first."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(sign_in_name=username)


class User(AbstractBaseUser):
    """Somebody who can sign in: by phone as a member, by name as staff, or both.

    ``sign_in_name`` is stored normalised (lower case). ``totp_last_step`` is the last 30-second step whose code was
    used, so that no code serves twice. ``phone_proved_at`` is the last moment at which a code to the phone was typed by
    the owner; null when the phone was in other hands since (see ``owners``).
    """

    last_login = None
    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    display_name = models.CharField(max_length=100, blank=True)
    sign_in_name = models.CharField(max_length=100, unique=True, null=True)  # noqa: DJ001  members have none
    phone = EncryptedTextField(blank=True, default="")
    phone_index = BlindIndexField(purpose="accounts.phone", unique=True, null=True)  # type: ignore[misc]
    email = EncryptedTextField(blank=True, default="")
    totp_secret = EncryptedTextField(blank=True, default="")
    totp_last_step = models.BigIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    phone_proved_at = models.DateTimeField(default=clock.now, null=True, editable=False)

    USERNAME_FIELD = "sign_in_name"
    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.display_name or self.public_id


class Session(models.Model):
    """One browser or app in which a user is signed in; the token itself is stored nowhere, only its SHA-256.

    ``second_factor_at`` is the last moment at which the user proved more than a password: staff by TOTP, members by a
    code to their phone. A staff session without it opens nothing but the page for the second factor. ``held``: a code
    was typed, but it is not known yet whether by the account's owner (see ``owners``).
    """

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    token_hash = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    kind = models.CharField(max_length=8)
    second_factor_at = models.DateTimeField(null=True)
    held = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=200, blank=True)
    chosen_node_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[SessionKind.MEMBER.value, SessionKind.STAFF.value]), name="session_kind_known"
            )
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="session_by_end"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def second_factor_done(self) -> bool:
        """Whether more than a password was proved in this session."""
        return self.second_factor_at is not None

    @property
    def device(self) -> Text:
        """The browser and system it was begun in, in words, as the browser itself said."""
        return devices.words(self.agent)

    @property
    def device_icon(self) -> str:
        return devices.icon(self.agent)

    @property
    def is_staff(self) -> bool:
        return self.kind == SessionKind.STAFF

    @property
    def is_member(self) -> bool:
        return self.kind == SessionKind.MEMBER


class Code(models.Model):
    """A code sent by SMS, good for one purpose in one browser; only its keyed hash is stored.

    ``guesses`` is raised before a guess is judged, so that never more than the allowed number are judged.
    A row may be a decoy whose code nobody knows: unknown and disabled phones are answered through the same path.
    """

    purpose = models.CharField(max_length=32)
    phone_index = BlindIndexField(purpose="accounts.phone")
    session_binding = models.CharField(max_length=64)
    salt = models.CharField(max_length=24, default=new_public_id)
    code_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    guesses = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["phone_index", "purpose", "session_binding", "id"], name="code_by_phone"),
            models.Index(fields=["expires_at"], name="code_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.created_at:%Y-%m-%d %H:%M}"

    def is_over(self, moment: datetime) -> bool:
        """Whether the code can no longer be used at ``moment``."""
        return self.used_at is not None or moment > self.expires_at
