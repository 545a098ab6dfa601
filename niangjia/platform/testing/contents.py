"""All rows of the database: noted, compared, laid back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models.signals import post_migrate

from niangjia.platform.audit import triggers

Row = tuple[Any, ...]
Contents = Mapping[str, "Counter[Row]"]
"""The rows of each table that has any, each with how often it is there."""


def contents() -> Contents:
    """What is in the database now."""
    return {table: Counter(_read(table)) for table in _with_rows()}


def added(before: Contents, after: Contents) -> dict[str, list[Row]]:
    """The rows of ``after`` that ``before`` does not have, by table."""
    more = {table: list((rows - before.get(table, Counter())).elements()) for table, rows in after.items()}
    return {table: rows for table, rows in more.items() if rows}


def lay(rows: Mapping[str, Sequence[Row]]) -> None:
    """Write rows that were noted; whatever refers to whatever must all be there at the end of the transaction."""
    if connection.vendor == "postgresql":
        lay_written(written(rows))
        return
    with connection.cursor() as cursor:
        for table, some in rows.items():
            columns = columns_by_table()[table]
            cursor.executemany(f"INSERT INTO {_names([table])} ({_names(columns)}) VALUES {_places(columns)}", some)


def written(rows: Mapping[str, Sequence[Row]]) -> str:
    """On PostgreSQL: the statements that write these rows, with their values in them."""
    with connection.cursor() as cursor:
        return ";\n".join(
            cursor.mogrify(
                f"INSERT INTO {_names([table])} ({_names(columns)}) VALUES {', '.join([_places(columns)] * len(some))}",
                [value for row in some for value in row],
            )
            for table, some in rows.items()
            if (columns := columns_by_table()[table])
        )


def lay_written(statements: str) -> None:
    """What :func:`written` gave, in one round: a row at a time takes three times as long."""
    if statements:
        with connection.cursor() as cursor:
            cursor.execute(statements)


def _places(columns: Sequence[str]) -> str:
    return f"({', '.join(['%s'] * len(columns))})"


def restore(wanted: Contents) -> None:
    """Bring every table back to ``wanted``, also those to which rows are only ever added."""
    now = contents()
    changed = [table for table in columns_by_table() if now.get(table) != wanted.get(table)]
    with triggers.lifted(changed), transaction.atomic():
        with connection.cursor() as cursor:
            for table in changed:
                cursor.execute(f"DELETE FROM {_names([table])}")
        lay({table: list(wanted[table].elements()) for table in changed if table in wanted})
    _forget_what_was_read()


def _forget_what_was_read() -> None:
    """Tell whoever remembers rows that the database is another one, as migrating does."""
    app = apps.get_app_config("testing")
    post_migrate.send(
        sender=app, app_config=app, verbosity=0, interactive=False, using=DEFAULT_DB_ALIAS, plan=[], apps=apps
    )


@cache
def columns_by_table() -> Mapping[str, Sequence[str]]:
    """The columns that are written; those that the database computes are left to it."""
    models = apps.get_models(include_auto_created=True)
    return {
        model._meta.db_table: [str(field.column) for field in model._meta.local_concrete_fields if not field.generated]
        for model in models
        if model._meta.managed and not model._meta.proxy
    }


def _with_rows() -> list[str]:
    parts = (f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {_names([table])})" for table in columns_by_table())
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return [table for (table,) in cursor.fetchall()]


def _read(table: str) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_names(columns_by_table()[table])} FROM {_names([table])}")
        return [tuple(_plain(value) for value in row) for row in cursor.fetchall()]


def _plain(value: Any) -> Any:
    """A value that can be counted and written again."""
    return bytes(value) if isinstance(value, memoryview) else value


def _names(names: Iterable[str]) -> str:
    return ", ".join(connection.ops.quote_name(name) for name in names)
