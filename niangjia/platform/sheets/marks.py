"""The workbook that gives bad rows back: what was written, which cell is wrong, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import IO, Any

from niangjia.kernel.text import Text, _
from niangjia.platform.sheets.cells import Cell, ErrorCell, FormulaCell
from niangjia.platform.sheets.write import Column, Sheet, workbook

NUMBER, PROBLEMS = "__number__", "__problems__"


@dataclass(frozen=True)
class BadRow:
    """A row that was not taken: its number in the upload, its cells by key, and the sentence for each bad key.

    A sentence under the key ``""`` concerns the row as a whole.
    """

    number: int
    values: Mapping[str, Cell]
    problems: Mapping[str, Text]


def marked(*, columns: Sequence[Column], bad_rows: Iterable[BadRow], summary: Mapping[Text, int]) -> IO[bytes]:
    """A workbook with a page of totals and a page of the bad rows, each with its row number and all its reasons.

    The good rows are left out: writing all of a large roster again would take longer than reading it.
    """
    titles = {column.key: str(column.title) for column in columns}
    wide = (
        Column(NUMBER, _("原表行号"), width=10),
        *columns,
        Column(PROBLEMS, _("需要改正"), width=60),
    )
    totals = Sheet(
        _("汇总"),
        (Column("what", _("项目"), width=30), Column("count", _("行数"))),
        ({"what": str(label), "count": str(count)} for label, count in summary.items()),
    )
    return workbook([totals, Sheet(_("需要改正的行"), wide, _lines(bad_rows, titles))])


def _lines(bad_rows: Iterable[BadRow], titles: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for bad in bad_rows:
        reasons = [f"{titles[key]}:{why}" if key in titles else str(why) for key, why in bad.problems.items()]
        yield {
            **{key: as_written(value) for key, value in bad.values.items()},
            NUMBER: str(bad.number),
            PROBLEMS: "\n".join(reasons),
        }


def as_written(cell: Cell) -> str:
    """What the person saw in the cell, as text."""
    if cell is None or isinstance(cell, FormulaCell):
        return ""
    if isinstance(cell, ErrorCell):
        return cell.code
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)
