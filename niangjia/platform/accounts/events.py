"""What happens to accounts, for those above who keep records of it (the audit trail, notices).

Receivers run in the caller's thread; none of these carries a phone, a name that was typed, or a secret.
"""

from __future__ import annotations

from django.dispatch import Signal

signed_in = Signal()
"""``session``: somebody is fully signed in (a member by code, staff by password and second factor)."""

sign_in_refused = Signal()
"""``user_id`` (None when unknown), ``code`` (the error's code), ``kind`` (SessionKind), ``address``."""

signed_out = Signal()
"""``session``: ended by its own user."""

sessions_ended = Signal()
"""``user_id``, ``count``, ``reason``: all sessions of a user were ended by somebody or by a rule."""

user_created = Signal()
"""``user``, ``kind`` (SessionKind): a member by the first confirmed code, staff by an administrator."""

user_disabled = Signal()
"""``user``, ``actor``, ``reason``."""

user_enabled = Signal()
"""``user``, ``actor``, ``reason``."""

password_changed = Signal()
"""``user``, ``actor``."""

second_factor_enrolled = Signal()
"""``user``, ``session``."""

second_factor_reset = Signal()
"""``user``, ``actor``, ``reason``."""

stepped_up = Signal()
"""``session``: the second factor was proved again before a delicate act."""
