"""Writing many people at once: keys, sealed values and rows by a few statements instead of one for each.

Sealing happens in the program, so that rows go to PostgreSQL by COPY; elsewhere by the inserts of the database.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from niangjia.kernel import clock
from niangjia.platform import rows
from niangjia.platform.personal_data import cipher, data_keys
from niangjia.platform.personal_data.fields import EncryptedTextField, Sealed
from niangjia.platform.personal_data.models import DataKey


class PersonalSeal:
    """Seals values with the key of one person."""

    __slots__ = ("_head", "_key", "_suite")

    def __init__(self, suite: cipher.Cipher, key: bytes, row: int) -> None:
        self._suite, self._key, self._head = suite, key[: suite.key_bytes], data_keys.head_of(row)

    def seal(self, text: str, place: str) -> Sealed:
        """``text`` for the column at ``place``, see :meth:`EncryptedTextField.place`; empty stays empty."""
        if not text:
            return Sealed()
        return Sealed(self._head + cipher.seal_with(self._suite, self._key, data_keys.NO_MASTER, text.encode(), place))


def new_seals(subject_keys: Sequence[str]) -> list[PersonalSeal]:
    """Make the keys of people who have none yet, in the caller's transaction, and give what seals with each.

    Raises IntegrityError when one of them has a key already.
    """
    ring, now = cipher.ring(), clock.now()
    raw = [os.urandom(data_keys.DATA_KEY_BYTES) for _key in subject_keys]
    wrapped = [ring.seal(key, data_keys.place_of(who)) for key, who in zip(raw, subject_keys, strict=True)]
    columns = ("id", "subject_key", "wrapped", "created_at", "erased_at")
    ids = rows.next_ids(DataKey, len(raw))
    rows.write(DataKey, columns, zip(ids, subject_keys, wrapped, [now] * len(raw), [None] * len(raw), strict=True))
    return [PersonalSeal(ring.cipher, key, row) for key, row in zip(raw, ids, strict=True)]


class Placed:
    """Seals values of one encrypted field with the key of the installation, for rows that concern nobody known."""

    def __init__(self, field: Any) -> None:
        assert isinstance(field, EncryptedTextField)  # noqa: S101 - the programmer names a field
        self._place, self._ring = field.place(""), cipher.ring()

    def seal(self, public_id: str, text: str) -> Sealed:
        return Sealed(self._ring.seal(text.encode(), self._place + public_id)) if text else Sealed()

    def open(self, public_id: str, sealed: bytes) -> str:
        """Raises Tampered, KeyMissing."""
        return self._ring.open(sealed, self._place + public_id).decode() if sealed else ""
