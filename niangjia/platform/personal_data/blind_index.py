"""Finding an encrypted value by equality: a keyed hash beside it. Without the key it cannot be guessed at."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings

from niangjia.platform.personal_data.cipher import derive, old_master_keys

LENGTH = 64

_BLOCK, _PADS = 64, (0x36, 0x5C)
"""HMAC by RFC 2104, begun once for a key and copied for each value: a quarter of the time of ``hmac.digest``."""


def blind_index(purpose: str, value: str, *, generation: int = 1) -> str:
    """HMAC-SHA-256 of ``value`` as 64 hex digits, under a key for this ``purpose`` such as ``"people.phone"``.

    Give the normalised value (kernel.identifiers), or equal things will not be found equal. An empty value gives an
    empty index, which matches nobody. ``generation`` counts up when the keys rotate: the new generation is filled in a
    second column, readers move over, then the first column goes.
    """
    return indexer(purpose, generation=generation)(value)


def indexer(purpose: str, *, generation: int = 1) -> Callable[[str], str]:
    """:func:`blind_index` of one purpose for many values: the key is looked up once."""
    key = _key(_root(), purpose, generation)
    inner, outer = (hashlib.sha256(bytes(byte ^ pad for byte in key.ljust(_BLOCK, b"\0"))) for pad in _PADS)

    def index(value: str) -> str:
        if not value:
            return ""
        message, answer = inner.copy(), outer.copy()
        message.update(value.encode(errors="surrogatepass"))
        answer.update(message.digest())
        return answer.hexdigest()

    return index


def _root() -> bytes:
    """The root of the index keys. It outlives the master key: NIANGJIA_INDEX_KEY, else the oldest known master key."""
    configured = getattr(settings, "INDEX_KEY", "") or os.environ.get("NIANGJIA_INDEX_KEY", "")
    return str(configured or (*old_master_keys()[-1:], settings.MASTER_KEY)[0]).encode()


@lru_cache(maxsize=64)
def _key(root: bytes, purpose: str, generation: int) -> bytes:
    return derive(root, f"blind-index/{purpose}/{generation}")
