"""The keys that sign codes. They derive from the master key, so a second process or machine needs no key file.

``NIANGJIA_CARD_KEY_ID`` names the key that signs and only ever goes up; whoever knows a newer key takes an older id for
expired. ``NIANGJIA_CARD_KEYS_ACCEPTED`` lists ids whose codes are still taken beside it. A new master key makes new
keys under the same ids: raise the id together with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from niangjia.kernel import card_code
from niangjia.platform.personal_data.cipher import derive


def sign(number: str, at: datetime) -> str:
    """A fresh code for the card with this number."""
    key_id = int(settings.CARD_KEY_ID)
    return card_code.sign(private_key=private_key(key_id), key_id=key_id, number=number, issued_at=at)


def public_keys() -> Mapping[int, bytes]:
    """The raw public keys whose codes are taken now, by id."""
    ids = {int(settings.CARD_KEY_ID), *(int(key_id) for key_id in settings.CARD_KEYS_ACCEPTED)}
    return {key_id: private_key(key_id).public_key().public_bytes_raw() for key_id in sorted(ids)}


def private_key(key_id: int) -> Ed25519PrivateKey:
    """The key with this id."""
    return _private_key(settings.MASTER_KEY, key_id)


@lru_cache(maxsize=16)
def _private_key(master: str, key_id: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(derive(master.encode(), f"card-code/{key_id}"))
