"""The fingerprint of a database: proves that a refused request changed nothing anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping

from django.db import connection

Fingerprint = Mapping[str, str]

ALWAYS_IGNORED = frozenset({"django_migrations", "sqlite_sequence"})


def fingerprint(*, ignore: Collection[str] = ()) -> Fingerprint:
    """For every table its number of rows and a digest of all their values, whatever their order.

    ``ignore`` names tables that may change, such as the counters of limits.
    """
    tables = sorted(set(connection.introspection.table_names()) - ALWAYS_IGNORED - set(ignore))
    return {table: _digest(table) for table in tables}


def changed(before: Fingerprint, after: Fingerprint) -> list[str]:
    """The tables whose rows differ between two fingerprints."""
    return sorted(table for table in before.keys() | after.keys() if before.get(table) != after.get(table))


def _digest(table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
        rows = sorted(repr([_plain(value) for value in row]) for row in cursor.fetchall())
    return f"{len(rows)}:{hashlib.sha256(chr(10).join(rows).encode()).hexdigest()}"


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value
