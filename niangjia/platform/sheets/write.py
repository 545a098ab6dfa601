"""Workbooks and CSV that carry whatever people typed and can do nothing with it.

Text is always written as text: no cell is ever a formula or a link, whatever it begins with. Memory does not grow
with the number of rows.
"""

from __future__ import annotations

import csv as csv_module
import io
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import IO, Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from niangjia.kernel import clock
from niangjia.kernel.text import Text
from niangjia.platform.sheets.cells import LONGEST_TEXT

ROWS_PER_SHEET = 1_048_575
"""Data rows under one header; what is more goes on to a further sheet of the same name with a number."""

GUIDED_ROWS = 10_000
"""So many rows below the header of a form carry drop-downs and notes."""

_LONGEST_NAME = 31
_LONGEST_NOTE_TITLE = 32
_BOM = "\ufeff".encode()
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠", "'")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")


class Kind(StrEnum):
    """How a column is written."""

    TEXT = "text"
    NUMBER = "number"
    YUAN = "yuan"
    DAY = "day"
    MOMENT = "moment"
    SHARE = "share"


@dataclass(frozen=True)
class Column:
    """``key`` finds the value in a row, ``title`` is the header, ``width`` is in characters.

    Identifiers (ID, phone, account, member numbers) are TEXT, so that no digit is lost. YUAN takes fen. SHARE takes a
    fraction of 1 and shows per cent. ``choices`` make a drop-down and ``hint`` a note of the cells below, for forms
    that people fill in; other values than the choices get a warning, not a refusal.
    """

    key: str
    title: Text | str
    kind: Kind = Kind.TEXT
    width: int = 16
    choices: Sequence[str] = ()
    hint: Text | str = ""


@dataclass(frozen=True)
class Sheet:
    """``rows`` may be a generator; each row is a mapping by column key, in which a missing key leaves a blank."""

    name: Text | str
    columns: Sequence[Column]
    rows: Iterable[Mapping[str, Any]]


def workbook(sheets: Iterable[Sheet]) -> IO[bytes]:
    """An xlsx as an open temporary file, at its start. Close it to remove it."""
    target: IO[bytes] = tempfile.TemporaryFile(prefix="niangjia-sheet-")  # noqa: SIM115 - the caller closes it
    try:
        with tempfile.TemporaryDirectory(prefix="niangjia-sheet-") as folder:
            _write_workbook(target, folder, sheets)
        target.seek(0)
    except BaseException:
        target.close()
        raise
    return target


def csv(sheet: Sheet) -> Iterator[bytes]:
    """The sheet as CSV by RFC 4180, in pieces, marked as UTF-8 so that Excel shows Chinese.

    A cell that a spreadsheet program would take for a formula gets an apostrophe in front.
    """
    yield _BOM + _csv_line([str(column.title) for column in sheet.columns])
    for row in sheet.rows:
        yield _csv_line([_csv_cell(column.kind, row.get(column.key)) for column in sheet.columns])


def clean(text: str) -> str:
    """Text that XML can hold and a cell can carry: control characters and half characters become ``�``."""
    cleaned = _CONTROLS.sub("\ufffd", text)
    return cleaned if len(cleaned) <= LONGEST_TEXT else cleaned[: LONGEST_TEXT - 1] + "…"


def _write_workbook(target: IO[bytes], folder: str, sheets: Iterable[Sheet]) -> None:
    options = {
        "constant_memory": True,
        "tmpdir": folder,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
    }
    book = xlsxwriter.Workbook(target, options)
    book.set_properties({"created": clock.now().astimezone(clock.SHANGHAI).replace(tzinfo=None)})
    writer = _Writer(book)
    for sheet in sheets:
        writer.add(sheet)
    if not book.worksheets():
        book.add_worksheet()
    book.close()


class _Writer:
    """One workbook in the making."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._names: set[str] = set()
        self._header = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self._formats: dict[Kind, Format] = {
            Kind.TEXT: book.add_format({"num_format": "@"}),
            Kind.NUMBER: book.add_format({"num_format": "0.######"}),
            Kind.YUAN: book.add_format({"num_format": "¥ #,##0.00"}),
            Kind.DAY: book.add_format({"num_format": "yyyy-mm-dd"}),
            Kind.MOMENT: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            Kind.SHARE: book.add_format({"num_format": "0.0%"}),
        }

    def add(self, sheet: Sheet) -> None:
        page = self._start(sheet)
        line = 0
        for row in sheet.rows:
            if line == ROWS_PER_SHEET:
                page, line = self._start(sheet), 0
            line += 1
            self._put(page, line, sheet.columns, row)

    def _start(self, sheet: Sheet) -> Worksheet:
        page = self._book.add_worksheet(self._free_name(str(sheet.name)))
        page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        for place, column in enumerate(sheet.columns):
            page.set_column(place, place, column.width, self._formats[column.kind])
        page.freeze_panes(1, 0)
        for place, column in enumerate(sheet.columns):
            page.write_string(0, place, clean(str(column.title)), self._header)
            _guide(page, place, column)
        return page

    def _put(self, page: Worksheet, line: int, columns: Sequence[Column], row: Mapping[str, Any]) -> None:
        for place, column in enumerate(columns):
            value = row.get(column.key)
            if value is not None and value != "":
                _PUT[column.kind](page, line, place, value, self._formats[column.kind])

    def _free_name(self, wished: str) -> str:
        base = re.sub(r"[\[\]:*?/\\]", " ", clean(wished)).strip().strip("'") or "Sheet"
        number, name = 1, base[:_LONGEST_NAME]
        while name.casefold() in self._names or name.casefold() == "history":
            number += 1
            ending = f" ({number})"
            name = base[: _LONGEST_NAME - len(ending)] + ending
        self._names.add(name.casefold())
        return name


def _guide(page: Worksheet, place: int, column: Column) -> None:
    """Drop-down and note for the cells that somebody will fill in."""
    if not column.choices and not column.hint:
        return
    listed = {"validate": "list", "source": list(column.choices)} if column.choices else {"validate": "any"}
    note = {"input_title": clean(str(column.title))[:_LONGEST_NOTE_TITLE], "input_message": clean(str(column.hint))}
    page.data_validation(1, place, GUIDED_ROWS, place, {**listed, **note, "error_type": "warning"})


def _put_text(page: Worksheet, line: int, place: int, value: Any, style: Format) -> None:
    page.write_string(line, place, clean(str(value)), style)


def _put_number(page: Worksheet, line: int, place: int, value: Any, style: Format) -> None:
    page.write_number(line, place, value, style)


def _put_yuan(page: Worksheet, line: int, place: int, value: Any, style: Format) -> None:
    page.write_number(line, place, int(value) / 100, style)


def _put_day(page: Worksheet, line: int, place: int, value: Any, style: Format) -> None:
    if isinstance(value, datetime):
        value = clock.day_of(value)
    page.write_datetime(line, place, datetime(value.year, value.month, value.day), style)  # noqa: DTZ001 - cells have no zone


def _put_moment(page: Worksheet, line: int, place: int, value: Any, style: Format) -> None:
    page.write_datetime(line, place, value.astimezone(clock.SHANGHAI).replace(tzinfo=None), style)


_PUT: dict[Kind, Callable[[Worksheet, int, int, Any, Format], None]] = {
    Kind.TEXT: _put_text,
    Kind.NUMBER: _put_number,
    Kind.YUAN: _put_yuan,
    Kind.DAY: _put_day,
    Kind.MOMENT: _put_moment,
    Kind.SHARE: _put_number,
}


def _csv_line(cells: Sequence[str]) -> bytes:
    line = io.StringIO()
    csv_module.writer(line, lineterminator="\r\n").writerow([_inert(cell) for cell in cells])
    return line.getvalue().encode()


def _inert(cell: str) -> str:
    if cell.lstrip(" \u3000").startswith(_DANGEROUS) and not _PLAIN_NUMBER.fullmatch(cell):
        return "'" + clean(cell)
    return clean(cell)


def _csv_cell(kind: Kind, value: Any) -> str:
    if value is None:
        return ""
    if kind is Kind.YUAN:
        fen = int(value)
        return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"
    if kind is Kind.MOMENT:
        return f"{value.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
    if kind is Kind.DAY:
        day: date = clock.day_of(value) if isinstance(value, datetime) else value
        return day.isoformat()
    return str(value)
