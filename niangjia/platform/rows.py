"""Many rows at once: by COPY on PostgreSQL, by one prepared statement elsewhere, with ids that are known before.

``bulk_create`` writes a statement anew for every few rows; where rows come by the thousand that is most of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from typing import Any

from django.db import connection, models

ROWS_PER_INSERT = 2000
WORTH_IT = 64
"""From so many objects on ``bulk_create`` is the slower way."""


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


def insert(objs: Sequence[models.Model]) -> None:
    """Insert unsaved objects of one model and give them their ids, by whatever is quicker for so many; the same rows as
    ``bulk_create`` would leave. Call it in a transaction."""
    if len(objs) >= WORTH_IT:
        _insert(objs)
    elif objs:
        type(objs[0])._default_manager.bulk_create(objs)


def _insert(objs: Sequence[models.Model]) -> None:
    model = type(objs[0])
    for obj, pk in zip(objs, next_ids(model, len(objs)), strict=True):
        obj.pk = pk
    fields = model._meta.concrete_fields
    prepares = [field.pre_save for field in fields]
    write(model, [field.attname for field in fields], ([prepare(obj, True) for prepare in prepares] for obj in objs))
    for obj in objs:
        obj._state.adding, obj._state.db = False, connection.alias


def write(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert ``rows`` of values in the order of ``columns`` (attribute names); encrypted ones are sealed already.

    While they are taken the connection is busy: a generator must not ask the database.
    """
    fields: list[Any] = [model._meta.get_field(name) for name in columns]
    quoted = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    adapted = [(place, adapt) for place, field in enumerate(fields) if (adapt := _adapter(field)) is not None]
    prepared = (_prepared(row, adapted) for row in rows) if adapted else rows
    if connection.vendor == "postgresql":
        _copied(f"COPY {table} ({quoted}) FROM STDIN", fields, prepared)
        return
    marks = ", ".join(["%s"] * len(fields))
    iterator = iter(prepared)
    with connection.cursor() as cursor:
        while some := list(islice(iterator, ROWS_PER_INSERT)):
            cursor.executemany(f"INSERT INTO {table} ({quoted}) VALUES ({marks})", some)  # noqa: S608


def _copied(statement: str, fields: Sequence[Any], rows: Iterable[Sequence[Any]]) -> None:
    """In the binary form, which neither side has to write or to read as text: a third of the time."""
    types = [(field.db_type(connection) or "").partition("(")[0] for field in fields]
    with copying(f"{statement} (FORMAT BINARY)") as copy:
        copy.set_types(types)
        write_row = copy.write_row
        for row in rows:
            write_row(row)


@contextmanager
def copying(statement: str) -> Iterator[Any]:
    """A COPY … FROM STDIN on PostgreSQL; ``write_row`` takes the values. Raises RuntimeError for a question asked of
    the busy connection in the meantime, which would wait for ever."""
    with connection.cursor() as cursor, cursor.copy(statement) as copy, connection.execute_wrapper(_refuse):
        yield copy


def _refuse(_execute: Any, sql: str, *_rest: Any) -> Any:
    raise RuntimeError(f"asked while rows are copied: {sql[:200]}")


def _prepared(row: Sequence[Any], adapted: Sequence[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    values = list(row)
    for place, adapt in adapted:
        values[place] = adapt(values[place])
    return values


def _adapter(field: Any) -> Callable[[Any], Any] | None:
    """What makes a value of ``field`` one that the driver takes; None where it takes it as it is. Days and moments
    repeat over the rows, so that their forms are kept."""
    if isinstance(field, models.JSONField):
        return _json if connection.vendor == "postgresql" else _by(field)
    if isinstance(field, models.DateTimeField | models.DateField | models.DecimalField | models.UUIDField):
        return None if connection.vendor == "postgresql" else lru_cache(maxsize=1024)(_by(field))
    if field.get_internal_type() == "BinaryField":
        return _bytes(_by(field))
    return None if type(field).__module__.startswith("django.db.models.") else _by(field)


def _bytes(otherwise: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Nothing, which most sealed columns hold, is nothing in every form."""
    return lambda value: value if value == b"" else otherwise(value)


def _by(field: Any) -> Callable[[Any], Any]:
    return lambda value: field.get_db_prep_save(value, connection)


def _json(value: Any) -> Any:
    from psycopg.types.json import Jsonb

    return None if value is None else Jsonb(value)
