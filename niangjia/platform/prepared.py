"""Queries that every request asks: the ORM writes them once for each connection, after that they are only asked.

Writing a query of a few joins costs the ORM more than the database needs to answer it; for what is asked at every
click that is the larger part of the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, QuerySet
from django.db.models.sql.compiler import SQLCompiler

KEPT = "niangjia_prepared"
"""Where a connection keeps what was written for it: it ends with the connection."""


@dataclass(frozen=True)
class _Place:
    """Where a value is put into the statement, and as what."""

    name: str
    field: Field[Any, Any]


class Parameter(Expression):
    """A value that is known only when the query is asked: ``filter(seen_at__gte=Parameter("oldest", field))``."""

    def __init__(self, name: str, field: Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.place = _Place(name, field)

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self.place,)


class Prepared:
    """``write`` gives a ``values_list`` with a :class:`Parameter` for whatever differs from call to call."""

    def __init__(self, write: Callable[[], QuerySet[Any, Any]]) -> None:
        self._write = write

    def ask(self, **values: object) -> list[tuple[Any, ...]]:
        """The rows for ``values``, one for each parameter, in one statement. Raises KeyError when one is missing."""
        database = connections[DEFAULT_DB_ALIAS]
        kept: dict[Prepared, _Written] = vars(database).setdefault(KEPT, {})
        if self not in kept:
            kept[self] = _Written.of(self._write(), database)
        return list(kept[self].rows(values, database))


@dataclass(frozen=True)
class _Written:
    sql: str
    parameters: tuple[Any, ...]
    converters: Mapping[int, tuple[Any, Any]]

    @classmethod
    def of(cls, query: QuerySet[Any, Any], database: BaseDatabaseWrapper) -> _Written:
        compiler = query.query.get_compiler(connection=database)
        sql, parameters = compiler.as_sql()
        return cls(sql, tuple(parameters), compiler.get_converters([column for column, *_ in compiler.select]))

    def rows(self, values: Mapping[str, object], database: BaseDatabaseWrapper) -> Iterator[tuple[Any, ...]]:
        with database.cursor() as cursor:
            cursor.execute(self.sql, [_filled(one, values, database) for one in self.parameters])
            for found in cursor.fetchall():
                row = list(found)
                for column, (converters, expression) in self.converters.items():
                    for converter in converters:
                        row[column] = converter(row[column], expression, database)
                yield tuple(row)


def _filled(one: Any, values: Mapping[str, object], database: BaseDatabaseWrapper) -> Any:
    return one.field.get_db_prep_value(values[one.name], database) if isinstance(one, _Place) else one
