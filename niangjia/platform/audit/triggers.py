"""Tables to which rows are only ever added, held to it by database triggers.

Tests with real transactions lift them to take away what they wrote.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import RunPython

_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION niangjia_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND
     (to_jsonb(OLD) - TG_ARGV::text[]) = (to_jsonb(NEW) - TG_ARGV::text[]) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def append_only(table: str, *, allow_update_columns: Sequence[str] = ()) -> RunPython:
    """A migration operation: ``table`` refuses DELETE, and UPDATE of any column but those allowed."""

    def forwards(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for statement in _create(schema_editor.connection.vendor, table, allow_update_columns):
            schema_editor.execute(statement, params=None)

    def backwards(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for statement in _drop(schema_editor.connection.vendor, table):
            schema_editor.execute(statement, params=None)

    return RunPython(forwards, backwards)


def changeable(table: str) -> RunPython:
    """A migration operation: ``table`` may change until :func:`append_only` is said of it again."""

    def forwards(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for statement in _drop(schema_editor.connection.vendor, table):
            schema_editor.execute(statement, params=None)

    def backwards(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for statement in _create(schema_editor.connection.vendor, table, ()):
            schema_editor.execute(statement, params=None)

    return RunPython(forwards, backwards)


@contextmanager
def lifted(tables: Collection[str] | None = None) -> Iterator[None]:
    """Take the append-only triggers of ``tables``, or all, off for the length of the block. For tests and for
    restoring a backup."""
    protected = {table: columns for table, columns in protected_tables().items() if tables is None or table in tables}
    for table in protected:
        _execute(_drop(connection.vendor, table))
    try:
        yield
    finally:
        for table, columns in protected.items():
            _execute(_create(connection.vendor, table, columns))


def protected_tables() -> dict[str, tuple[str, ...]]:
    """The protected tables of this database with the columns that may still change, read from its catalogue."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT c.relname, t.tgargs FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " WHERE t.tgname LIKE 'append_only_%'"
            )
            return {
                table: tuple(part.decode() for part in bytes(arguments).split(b"\x00") if part)
                for table, arguments in cursor.fetchall()
            }
        cursor.execute("SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'append_only_u_%'")
        return {table: _columns_of(sql) for table, sql in cursor.fetchall()}


def _columns_of(sql: str) -> tuple[str, ...]:
    """The allowed columns, which the SQLite trigger carries in a comment of its own text."""
    return tuple(column for column in sql.split("/*", 1)[1].split("*/", 1)[0].split() if column)


def _execute(statements: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _create(vendor: str, table: str, columns: Sequence[str]) -> list[str]:
    if vendor == "postgresql":
        arguments = ", ".join(f"'{column}'" for column in columns)
        return [
            _POSTGRESQL_FUNCTION,
            f"CREATE TRIGGER append_only_{table} BEFORE UPDATE OR DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION niangjia_append_only({arguments})",
        ]
    message = f"rows of {table} are never changed or deleted"
    return [
        f"CREATE TRIGGER append_only_u_{table} BEFORE UPDATE ON {table} WHEN {_sqlite_change(table, columns)}"
        f" BEGIN SELECT RAISE(ABORT, '{message}') /*{' '.join(columns)}*/; END",
        f"CREATE TRIGGER append_only_d_{table} BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END",
    ]


def _sqlite_change(table: str, allowed: Sequence[str]) -> str:
    with connection.cursor() as cursor:
        names = [column.name for column in connection.introspection.get_table_description(cursor, table)]
    kept = [name for name in names if name not in allowed]
    return " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in kept)


def _drop(vendor: str, table: str) -> list[str]:
    if vendor == "postgresql":
        return [f"DROP TRIGGER IF EXISTS append_only_{table} ON {table}"]
    return [f"DROP TRIGGER IF EXISTS append_only_u_{table}", f"DROP TRIGGER IF EXISTS append_only_d_{table}"]
