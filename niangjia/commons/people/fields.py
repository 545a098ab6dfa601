"""The column of a text that is searched by how it begins."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q


class BytewiseField(models.CharField):  # type: ignore[type-arg]
    """Text compared character by character on both databases, so that a range over it is a prefix and uses the index.

    SQLite compares bytes by itself; PostgreSQL would sort by the language of the database and is told not to. A range
    also takes ``%`` and ``_`` for themselves, which LIKE would not.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        parameters = super().db_parameters(connection)
        parameters["collation"] = "C" if connection.vendor == "postgresql" else None
        return parameters


_LAST = "\U0010ffff"


def begins(field: str, prefix: str) -> Q:
    """The condition that ``field`` begins with ``prefix``."""
    return Q(**{f"{field}__gte": prefix, f"{field}__lt": prefix + _LAST})
