"""A key per person. Who erases the key erases everything sealed with it, in every table and, once they have aged out,
in every backup.

A value sealed so is a marker byte, eight bytes that name the key's row, and a sealed value as in :mod:`cipher`.
Reading many people's values in a list takes one query inside :func:`held`, else one per value.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BigIntegerField, CharField

from niangjia.kernel.errors import Gone
from niangjia.kernel.text import _
from niangjia.platform.personal_data import cipher
from niangjia.platform.personal_data.models import DataKey
from niangjia.platform.prepared import Parameter, Prepared

_MARKER = 0x80
_ROW_BYTES = 8
_HEAD = 1 + _ROW_BYTES
NO_MASTER = bytes(cipher.KEY_ID_BYTES)
DATA_KEY_BYTES = 32

_COLUMNS = ("id", "subject_key", "wrapped", "created_at", "erased_at")
_BY_NUMBER = Prepared(lambda: DataKey.objects.filter(pk=Parameter("number", BigIntegerField())).values_list(*_COLUMNS))
_BY_SUBJECT = Prepared(
    lambda: DataKey.objects.filter(subject_key=Parameter("subject", CharField())).values_list(*_COLUMNS)
)


@dataclass
class _Held:
    by_subject: dict[str, DataKey] = field(default_factory=dict)
    by_row: dict[int, DataKey] = field(default_factory=dict)

    def add(self, key: DataKey) -> None:
        self.by_subject[key.subject_key] = key
        self.by_row[key.pk] = key


_held: ContextVar[_Held | None] = ContextVar("held_data_keys", default=None)


def is_personal(sealed: bytes) -> bool:
    """Whether a value was sealed with a person's own key."""
    return sealed[:1] == bytes([_MARKER])


def make(subject_keys: Sequence[str]) -> None:
    """Make the keys that are missing, with few statements. Call it before writing many people."""
    missing = set(subject_keys) - set(_existing(subject_keys))
    DataKey.objects.bulk_create([_new(key) for key in sorted(missing)], ignore_conflicts=True, batch_size=2000)


@contextmanager
def held(subject_keys: Sequence[str], *, making: bool = False) -> Iterator[Mapping[str, DataKey]]:
    """Fetch the keys of these people once and keep them for the length of the block. ``making`` makes those that are
    missing, so that nothing is asked of the database until the block ends."""
    found = _existing(subject_keys)
    if making and (missing := set(subject_keys) - set(found)):
        make(sorted(missing))
        found |= _existing(sorted(missing))
    with _keeping(found.values()) as store:
        yield store.by_subject


@contextmanager
def held_for(values: Iterable[bytes]) -> Iterator[None]:
    """Fetch the keys that these sealed values were sealed with once and keep them for the length of the block."""
    numbers = {_row_number(sealed) for sealed in values if is_personal(sealed)}
    with _keeping(DataKey.objects.filter(pk__in=numbers) if numbers else ()):
        yield


@contextmanager
def _keeping(keys: Iterable[DataKey]) -> Iterator[_Held]:
    store = _Held()
    for key in keys:
        store.add(key)
    token = _held.set(store)
    try:
        yield store
    finally:
        _held.reset(token)


def seal_value(subject_key: str, text: str, place: str) -> bytes:
    """Seal ``text`` with the person's key, which is made if there is none. Raises Gone PERSON_ERASED."""
    row = _row_of(subject_key)
    if row.erased_at is not None:
        raise Gone("PERSON_ERASED", _("这个人的信息已经按规定清除，不能再写入。"))
    suite = cipher.ring().cipher
    sealed = cipher.seal_with(suite, _unwrap(row)[: suite.key_bytes], NO_MASTER, text.encode(), place)
    return head_of(row.pk) + sealed


def open_value(sealed: bytes, place: str) -> str:
    """The text, or "" when the person was erased. Raises Tampered."""
    row = _row_numbered(_row_number(sealed))
    if row is None or row.erased_at is not None:
        return ""
    return cipher.open_with(_unwrap(row), sealed[_HEAD:], place).decode()


def _row_numbered(number: int) -> DataKey | None:
    store = _held.get()
    if store and number in store.by_row:
        return store.by_row[number]
    row = _found(_BY_NUMBER.ask(number=number))
    if store and row is not None:
        store.add(row)
    return row


def _found(rows: Sequence[tuple[Any, ...]]) -> DataKey | None:
    return DataKey(**dict(zip(_COLUMNS, rows[0], strict=True))) if rows else None


def _row_number(sealed: bytes) -> int:
    """The row of the key that sealed a value."""
    return int.from_bytes(sealed[1:_HEAD], "big")


def _existing(subject_keys: Sequence[str]) -> dict[str, DataKey]:
    found: dict[str, DataKey] = {}
    wanted = sorted(set(subject_keys))
    for start in range(0, len(wanted), 5000):
        rows = DataKey.objects.filter(subject_key__in=wanted[start : start + 5000])
        found.update({row.subject_key: row for row in rows})
    return found


def _row_of(subject_key: str) -> DataKey:
    store = _held.get()
    if store and subject_key in store.by_subject:
        return store.by_subject[subject_key]
    row = _found(_BY_SUBJECT.ask(subject=subject_key))
    if row is None:
        DataKey.objects.bulk_create([_new(subject_key)], ignore_conflicts=True)
        row = DataKey.objects.get(subject_key=subject_key)
    if store:
        store.add(row)
    return row


def _new(subject_key: str) -> DataKey:
    wrapped = cipher.ring().seal(os.urandom(DATA_KEY_BYTES), place_of(subject_key))
    return DataKey(subject_key=subject_key, wrapped=wrapped)


def _unwrap(row: DataKey) -> bytes:
    return cipher.ring().open(bytes(row.wrapped), place_of(row.subject_key))


def head_of(row: int) -> bytes:
    """What a value sealed with the key of this row begins with."""
    return bytes([_MARKER]) + row.to_bytes(_ROW_BYTES, "big")


def place_of(subject_key: str) -> str:
    """Where the wrapped key of a person belongs."""
    return f"personal_data.datakey.wrapped.{subject_key}"


def rewrap(row: DataKey) -> bytes | None:
    """The same key wrapped by today's master key, or None when it is already, or erased."""
    wrapped = bytes(row.wrapped)
    if row.erased_at is not None or cipher.ring().is_current(wrapped):
        return None
    return cipher.ring().seal(_unwrap(row), place_of(row.subject_key))
