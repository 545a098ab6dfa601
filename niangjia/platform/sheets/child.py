"""The process that opens an uploaded spreadsheet, and may die of it.

``python -m niangjia.platform.sheets.child PATH KIND LIMITS`` writes the rows that are not blank, some in each line of
JSON: ``[[number, [cells]], …]`` with ``{"d": day} {"m": moment} {"t": time} {"e": error} {"f": 1}`` for what JSON
lacks; before them ``{"about": rows}``, and at the end ``{"end": rows}`` or ``{"refused": code, "detail": …}``. No
Django is loaded here.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from niangjia.platform.sheets import comma
from niangjia.platform.sheets.archive import Refused, inspect
from niangjia.platform.sheets.limits import Limits

_EXACT = 2**53
_TOGETHER, _LONG = 64, 4096
"""Rows of one line; one that is long goes at once, so that no line becomes great."""
_ENCODE = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def main() -> int:
    """Bound this process, read, and say how it went."""
    path, kind, limits = Path(sys.argv[1]), sys.argv[2], Limits(**json.loads(sys.argv[3]))
    _bound(limits)
    try:
        answer: dict[str, Any] = {"end": _write(_rows(path, kind, limits), limits)}
    except Refused as refused:
        answer = {"refused": refused.code, "detail": refused.detail}
    except MemoryError:
        answer = {"refused": "FILE_TOO_BIG", "detail": "memory"}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    return 0


def _write(rows: Iterator[tuple[int, list[Any]]], limits: Limits) -> int:
    """Write the rows as they come; how many. What is said of a refused file follows the rows before it."""
    count, some = 0, list[str]()
    try:
        for row in rows:
            count += 1
            if count > limits.rows + 1:
                raise Refused("FILE_TOO_BIG", "rows")
            some.append(_ENCODE(row))
            if len(some) == _TOGETHER or len(some[-1]) > _LONG:
                _flush(some)
    finally:
        _flush(some)
    return count


def _flush(some: list[str]) -> None:
    if some:
        sys.stdout.write(f"[{','.join(some)}]\n")
        some.clear()


def _bound(limits: Limits) -> None:
    """Take away memory, time, core dumps and the right to write files."""
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def _rows(path: Path, kind: str, limits: Limits) -> Iterator[tuple[int, list[Any]]]:
    source = comma.rows(path, limits, _announce) if kind == "csv" else _workbook_rows(path, limits)
    for number, cells in source:
        trimmed = _trim([_plain(cell) for cell in cells])
        if len(trimmed) > limits.columns:
            raise Refused("FILE_TOO_BIG", "columns")
        if trimmed:
            yield number, trimmed


def _workbook_rows(path: Path, limits: Limits) -> Iterator[tuple[int, list[Any]]]:
    odd = inspect(path, limits).odd_cells
    sheet = _first_sheet(path)
    left = sheet.start[1] if sheet.start else 0
    if sheet.end and sheet.end[1] >= limits.columns:
        raise Refused("FILE_TOO_BIG", "columns")
    by_row: dict[int, dict[int, str]] = {}
    for (row, column), code in odd.items():
        by_row.setdefault(row, {})[column] = code
    _announce(sheet.height)
    for index, cells in enumerate(sheet.iter_rows()):
        yield index + 1, _with_odd([""] * left + list(cells), by_row.pop(index, {}), limits)
    for index in sorted(by_row):
        yield index + 1, _with_odd([], by_row[index], limits)


def _with_odd(values: list[Any], odd: dict[int, str], limits: Limits) -> list[Any]:
    for column, code in odd.items():
        if column >= limits.columns:
            raise Refused("FILE_TOO_BIG", "columns")
        values += [""] * (column + 1 - len(values))
        if values[column] == "":
            values[column] = {"e": code} if code else {"f": 1}
    return values


def _first_sheet(path: Path) -> Any:
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        if not book.sheets_metadata:
            raise Refused("FILE_BROKEN", "no sheet")
        first = book.sheets_metadata[0]
        if first.typ != calamine.SheetTypeEnum.WorkSheet:
            raise Refused("FILE_BROKEN", "not a worksheet")
        if first.visible != calamine.SheetVisibleEnum.Visible:
            raise Refused("FILE_HEADER", "hidden")
        return book.get_sheet_by_index(0)
    except calamine.CalamineError as error:
        raise Refused("FILE_BROKEN", type(error).__name__) from error


def _announce(rows: int) -> None:
    sys.stdout.write(json.dumps({"about": rows}) + "\n")


def _plain(cell: Any) -> Any:
    """The cell as JSON can carry it; whole numbers lose the ``.0`` that a spreadsheet gives them."""
    if isinstance(cell, str):
        return cell.encode("utf-8", "replace").decode()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXACT:
        return int(cell)
    if isinstance(cell, datetime):
        return {"m": cell.isoformat()} if cell.time() != time(0) else {"d": cell.date().isoformat()}
    if isinstance(cell, date):
        return {"d": cell.isoformat()}
    if isinstance(cell, time):
        return {"t": cell.isoformat()}
    if isinstance(cell, timedelta):
        return cell.total_seconds()
    return cell


def _trim(cells: list[Any]) -> list[Any]:
    """Without the blank cells at the end; a blank row becomes empty."""
    end = len(cells)
    while end and (cells[end - 1] is None or (isinstance(cells[end - 1], str) and not cells[end - 1].strip())):
        end -= 1
    return cells[:end]


if __name__ == "__main__":
    sys.exit(main())
