"""Start-up checks: real keys in production, a known cipher."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks

from niangjia.platform.personal_data.cipher import CIPHERS, old_master_keys

SHORTEST_KEY = 32


@checks.register(checks.Tags.security)
def keys_are_real(**_options: Any) -> Sequence[checks.CheckMessage]:
    """In production every master key has at least 32 characters, and not all the same."""
    found: list[checks.CheckMessage] = []
    if settings.CIPHER not in CIPHERS:
        found.append(checks.Error(f"NIANGJIA_CIPHER must be one of {', '.join(CIPHERS)}.", id="personal_data.E003"))
    weak = any(len(key) < SHORTEST_KEY or len(set(key)) < 8 for key in (settings.MASTER_KEY, *old_master_keys()))
    if settings.PRODUCTION and weak:
        hint = "openssl rand -hex 32"
        found.append(checks.Error("NIANGJIA_MASTER_KEY must be long and random.", hint=hint, id="personal_data.E004"))
    return found
