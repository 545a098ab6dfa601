"""Lists of the console: filter, sort, page, choose columns, export, all from the address, so that a list can be sent
as a link. Whatever cannot be read in the address counts as not said.

A page costs two statements whatever its size: the count and the rows (and what the queryset prefetches).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import urlencode

from niangjia.kernel.text import Text
from niangjia.platform.web import paging
from niangjia.platform.web.paging import Page

LONGEST_FILTER = 100
MOST_EXPORTED = 10_000


@dataclass(frozen=True)
class Column:
    """One column. ``value(row)`` is what the cell shows, ``url(row)`` makes it a link, ``sort`` is the order's field.

    ``kind`` is text, code (never broken over lines), number, yuan (fen), day, moment or status.
    An ``optional`` column is shown when chosen.
    """

    key: str
    title: Text
    value: Callable[[Any], Any]
    kind: str = "text"
    sort: str = ""
    url: Callable[[Any], str] | None = None
    optional: bool = False


@dataclass(frozen=True)
class Filter:
    """One filter. With ``choices`` a select whose foreign values are ignored, without them an input of ``kind`` search
    or date.

    ``apply(rows, value)`` narrows the queryset; it is called only with a value.
    """

    key: str
    label: Text
    apply: Callable[[QuerySet[Any], str], QuerySet[Any]]
    choices: Sequence[tuple[str, Text | str]] = ()
    kind: str = "search"


@dataclass(frozen=True)
class FilterField:
    """A filter as the page draws it."""

    key: str
    label: Text
    value: str
    choices: Sequence[tuple[str, Text | str]]
    kind: str = "search"


@dataclass(frozen=True)
class Heading:
    """A column's head: where a click sorts, and how it is sorted now (``ascending``, ``descending`` or empty)."""

    column: Column
    url: str
    direction: str


@dataclass(frozen=True)
class Cell:
    """One value ready to be drawn."""

    kind: str
    value: Any
    url: str = ""


@dataclass
class ListPage:
    """A list as the address asks for it.

    ``rows`` is already narrowed to what the actor may see. ``order`` is the default order, a field of the model with
    ``-`` for descending; ``pk`` is always added so that pages never overlap. ``code`` is the name under which filters
    of this list are saved (:mod:`niangjia.platform.web.saved`); without one they are not.
    """

    request: HttpRequest
    rows: QuerySet[Any]
    columns: Sequence[Column]
    filters: Sequence[Filter] = ()
    order: str = "-pk"
    size: int = 50
    code: str = ""
    selected: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        read = ((one, self._read(one.key)) for one in self.filters)
        self.selected = {one.key: value for one, value in read if value and _acceptable(one, value)}

    @cached_property
    def shown(self) -> list[Column]:
        """The columns that are on: all that are not optional, and the optional ones named in ``columns``."""
        chosen = set(self.request.GET.getlist("columns"))
        return [column for column in self.columns if not column.optional or column.key in chosen]

    @cached_property
    def found(self) -> QuerySet[Any]:
        """Every row that matches, in order."""
        rows = self.rows
        for one in self.filters:
            if one.key in self.selected:
                rows = one.apply(rows, self.selected[one.key])
        return rows.order_by(self._order, "pk")

    @cached_property
    def page(self) -> Page:
        size = paging.size_of(self._read("size"), self.size)
        return paging.paginate(self.found, number=self._read("page") or "1", size=size)

    @property
    def fields(self) -> list[FilterField]:
        return [
            FilterField(one.key, one.label, self.selected.get(one.key, ""), one.choices, one.kind)
            for one in self.filters
        ]

    @property
    def is_filtered(self) -> bool:
        return bool(self.selected)

    @property
    def optional(self) -> list[tuple[Column, bool]]:
        """Columns one may add, with whether they are on."""
        return [(column, column in self.shown) for column in self.columns if column.optional]

    @property
    def headings(self) -> list[Heading]:
        return [Heading(column, self._sort_url(column), self._direction(column)) for column in self.shown]

    def lines(self) -> Iterator[tuple[Any, list[Cell]]]:
        """Each row of the page with its cells."""
        for row in self.page.rows:
            yield row, [Cell(c.kind, c.value(row), c.url(row) if c.url else "") for c in self.shown]

    def export(self, name: str, before: Callable[[Sequence[Any]], None]) -> HttpResponseBase:
        """The columns shown of the first 10,000 rows as a workbook; ``before(rows)`` notes who is in it."""
        from niangjia.platform.sheets import download
        from niangjia.platform.sheets.write import Column as SheetColumn
        from niangjia.platform.sheets.write import Kind, Sheet

        rows = list(self.found[:MOST_EXPORTED])
        before(rows)
        kinds = {"day": Kind.DAY, "moment": Kind.MOMENT, "number": Kind.NUMBER, "yuan": Kind.YUAN}
        heads = [SheetColumn(c.key, str(c.title), kinds.get(c.kind, Kind.TEXT)) for c in self.shown]
        cells = ({c.key: _plain(c, row) for c in self.shown} for row in rows)
        return download.sheet_response(Sheet(name=name, columns=heads, rows=cells), name=name)

    @property
    def _order(self) -> str:
        wanted = self._read("sort")
        known = {column.sort for column in self.columns if column.sort}
        return wanted if wanted.removeprefix("-") in known else self.order

    def _direction(self, column: Column) -> str:
        if not column.sort or self._order.removeprefix("-") != column.sort:
            return ""
        return "descending" if self._order.startswith("-") else "ascending"

    def _sort_url(self, column: Column) -> str:
        if not column.sort:
            return ""
        turned = f"-{column.sort}" if self._direction(column) == "ascending" else column.sort
        parameters = self.request.GET.copy()
        parameters.pop("page", None)
        parameters["sort"] = turned
        return f"?{urlencode(list(parameters.lists()), doseq=True)}"

    def _read(self, key: str) -> str:
        return self.request.GET.get(key, "").replace("\x00", "").strip()[:LONGEST_FILTER]


def _acceptable(one: Filter, value: str) -> bool:
    return not one.choices or value in {code for code, _label in one.choices}


def _plain(column: Column, row: Any) -> Any:
    value = column.value(row)
    if column.kind == "status":
        return str(getattr(value, "label", value))
    return str(value) if isinstance(value, Text) else value
