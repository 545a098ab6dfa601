"""One raw statement of a hot path, prepared on PostgreSQL so that it is parsed and planned once for each connection.

Django binds parameters in the client, which makes every execution a new text to PostgreSQL. A statement of a rush is
long and its plan costs as much as its work. ``NIANGJIA_PREPARED_STATEMENTS=0`` turns it off for poolers that cannot
keep prepared statements (PgBouncer before 1.21 in transaction mode).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from psycopg.types.numeric import Int8

Parameters = Sequence[Any] | Mapping[str, Any]


def fetch(sql: str, parameters: Parameters) -> list[tuple[Any, ...]]:
    """Execute ``sql`` with ``%s`` for parameters and return its rows, none when it returns none."""
    if connection.vendor != "postgresql" or not settings.PREPARED_STATEMENTS or _is_watched():
        return _plain(sql, parameters)
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql.encode(), typed(parameters), prepare=True)
        return cursor.fetchall() if cursor.description else []


def _plain(sql: str, parameters: Parameters) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall()) if cursor.description else []


def typed(parameters: Parameters) -> Parameters:
    """Numbers always as bigint: their type is part of what is prepared, and would else follow their size."""
    if isinstance(parameters, Mapping):
        return {name: _as_bigint(value) for name, value in parameters.items()}
    return [_as_bigint(value) for value in parameters]


def _as_bigint(value: Any) -> Any:
    return Int8(value) if type(value) is int else value


def _is_watched() -> bool:
    """Whether somebody counts or wraps statements, who would not see one that goes past Django's cursor."""
    return bool(connection.queries_logged or connection.execute_wrappers)
