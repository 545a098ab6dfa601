"""Writing many people at once: keys, sealed values and rows by a few statements instead of one for each.

Sealing happens in the program, so that rows go to PostgreSQL by COPY; elsewhere by the inserts of the database.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from django.db import connection, models

from niangjia.kernel import clock
from niangjia.platform.personal_data import cipher, data_keys
from niangjia.platform.personal_data.fields import EncryptedTextField, Sealed
from niangjia.platform.personal_data.models import DataKey

ROWS_PER_INSERT = 2000


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
    ids = next_ids(DataKey, len(raw))
    write(DataKey, columns, zip(ids, subject_keys, wrapped, [now] * len(raw), [None] * len(raw), strict=True))
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


def next_ids(model: type[models.Model], count: int) -> list[int]:
    """``count`` ids of ``model`` that nobody else gets; on SQLite, which has one writer, the ones after the last.

    Call it in the transaction that uses them.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SELECT {next_id(model)} FROM generate_series(1, %s)", [count])  # noqa: S608
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
        found = cursor.fetchone()
    last = found[0] if found else 0
    return list(range(last + 1, last + 1 + count))


def next_id(model: type[models.Model]) -> str:
    """The next id of ``model`` as SQL for PostgreSQL, with the sequence looked up once and not for each row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [model._meta.db_table])
        sequence = cursor.fetchone()[0]
    return f"nextval('{sequence}'::regclass)"


def write(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert ``rows`` of values in the order of ``columns`` (attribute names); encrypted ones are sealed already.

    While they are taken the connection is busy: a generator must not ask the database.
    """
    fields: list[Any] = [model._meta.get_field(name) for name in columns]
    quoted = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    if connection.vendor == "postgresql":
        _copy(f"COPY {table} ({quoted}) FROM STDIN", fields, rows)
        return
    marks = ", ".join(["%s"] * len(fields))
    iterator = iter(rows)
    with connection.cursor() as cursor:
        while some := list(islice(iterator, ROWS_PER_INSERT)):
            prepared = [_prepared(fields, row) for row in some]
            cursor.executemany(f"INSERT INTO {table} ({quoted}) VALUES ({marks})", prepared)  # noqa: S608


@contextmanager
def copying(statement: str) -> Iterator[Any]:
    """A COPY … FROM STDIN on PostgreSQL; ``write_row`` takes the values."""
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        yield copy


def _copy(statement: str, fields: Sequence[Any], rows: Iterable[Sequence[Any]]) -> None:
    adapted = {place for place, field in enumerate(fields) if isinstance(field, models.JSONField)}
    with copying(statement) as copy:
        for row in rows:
            copy.write_row(
                [_json(value) if place in adapted else value for place, value in enumerate(row)] if adapted else row
            )


def _json(value: Any) -> Any:
    from psycopg.types.json import Jsonb

    return None if value is None else Jsonb(value)


def _prepared(fields: Sequence[Any], row: Sequence[Any]) -> list[Any]:
    return [field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True)]
