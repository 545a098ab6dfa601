"""What a cell of an uploaded sheet may be, and how it becomes text, a day or a number.

Each conversion returns the value or raises :class:`BadCell` with the sentence that is written beside the row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import NamedTuple

from niangjia.kernel.text import Text, _

LONGEST_TEXT = 32_767
"""Characters that a cell can hold, by the limits of the xlsx format."""

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d{2})(\d{2})")


@dataclass(frozen=True)
class ErrorCell:
    """A cell that holds an error such as ``#N/A``."""

    code: str


@dataclass(frozen=True)
class FormulaCell:
    """A formula whose result was never computed and stored."""


Cell = str | int | float | bool | date | datetime | time | ErrorCell | FormulaCell | None


class Row(NamedTuple):
    """One row that is not blank; ``number`` is the row number that the spreadsheet program shows."""

    number: int
    cells: tuple[Cell, ...]

    def at(self, position: int) -> Cell:
        """The cell in a column counted from 0, None right of the last one that is filled."""
        return self.cells[position] if position < len(self.cells) else None


class BadCell(ValueError):
    """A cell that cannot be used; ``code`` is stable, ``sentence`` is for the person who filled it in."""

    def __init__(self, code: str, sentence: Text) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence


def words(cell: Cell) -> str:
    """The cell as text without blanks around it; whole numbers are taken, empty gives ``""``. Raises BadCell."""
    _require_value(cell)
    if cell is None:
        return ""
    if isinstance(cell, bool) or not isinstance(cell, str | int):
        raise BadCell("CELL_NOT_TEXT", _("这一格应填文字，请把它设为“文本”格式后重新填写。"))
    text = str(cell).strip()
    if len(text) >= LONGEST_TEXT:
        raise BadCell("CELL_TOO_LONG", _("这一格的文字太长，请缩短后重新填写。"))
    return text


def digits(cell: Cell) -> str:
    """The cell of an ID, phone or account column as text. Raises BadCell when the program made a number of it.

    A spreadsheet keeps 15 digits of a number, so the last ones of an ID number are lost without a trace.
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        raise BadCell("CELL_NUMBER", _("号码被Excel转成了数字，末几位可能已丢失。请把这一列设为“文本”格式后重新填写。"))
    return words(cell)


def day(cell: Cell) -> date | None:
    """The cell as a day, None when empty. Raises BadCell for bare numbers and for days that are none."""
    _require_value(cell)
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if not isinstance(cell, str):
        raise BadCell("CELL_NOT_A_DAY", _("这一格应填日期，请写成 2026-01-09 这样的形式。"))
    return _day_of_text(cell.strip())


def whole_number(cell: Cell) -> int | None:
    """The cell as a whole number, None when empty. Raises BadCell."""
    _require_value(cell)
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    if isinstance(cell, int) and not isinstance(cell, bool):
        return cell
    if isinstance(cell, str) and re.fullmatch(r"-?[0-9]{1,15}", cell.strip()):
        return int(cell.strip())
    raise BadCell("CELL_NOT_A_NUMBER", _("这一格应填整数。"))


def is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


@lru_cache(maxsize=4096)
def _day_of_text(text: str) -> date:
    """Days repeat over the rows of a list."""
    found = _DAY.fullmatch(text)
    if found:
        year, month, number = (int(part) for part in found.groups() if part)
        try:
            return date(year, month, number)
        except ValueError:
            pass
    raise BadCell("CELL_NOT_A_DAY", _("“{text}”不是有效的日期，请写成 2026-01-09 这样的形式。", text=text[:20]))


def _require_value(cell: Cell) -> None:
    if isinstance(cell, ErrorCell):
        raise BadCell("CELL_ERROR", _("这一格是公式错误“{code}”，请改正后重新上传。", code=cell.code))
    if isinstance(cell, FormulaCell):
        raise BadCell("CELL_FORMULA", _("这一格是没有结果的公式，请粘贴为数值后重新上传。"))
