"""The column of a materialised path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    _CharField = models.CharField[str, str]
else:
    _CharField = models.CharField


class PathField(_CharField):
    """Ids from the root down, each followed by a dot, such as ``"1.10.203."``, compared byte by byte.

    A range over the path then is the subtree (see :func:`niangjia.commons.unions.tree.range_of`). SQLite compares
    bytes by itself; PostgreSQL would sort by the language of the database and is told not to.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("max_length", 255)
        super().__init__(*args, **options)

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        parameters = super().db_parameters(connection)
        parameters["collation"] = "C" if connection.vendor == "postgresql" else None
        return parameters
