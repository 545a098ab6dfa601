"""Finding the columns of a form by the words in its header row."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.text import Text, _
from niangjia.platform.sheets.cells import Cell, Row, is_blank

_NOWHERE = 1 << 30


@dataclass(frozen=True)
class Heading:
    """A column that is looked for: its key and every title under which people write it, the usual one first."""

    key: str
    titles: tuple[str, ...]
    required: bool = True


@dataclass(frozen=True)
class Record:
    """One row of the form by key; a column that the file lacks, or an empty cell, is None."""

    number: int
    values: Mapping[str, Cell]


@dataclass
class Table:
    """The rows below the header, read as they are iterated; ``unknown`` are titles that nobody asked for."""

    header_row: int
    unknown: tuple[str, ...]
    _places: Mapping[str, int]
    _rows: Iterator[Row] = field(repr=False)

    def lines(self, keys: Sequence[str]) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        """Number and cells in the order of ``keys``, as :class:`Record` has them but without its mapping."""
        places = [self._places.get(key, _NOWHERE) for key in keys]
        for number, cells in self._rows:
            most = len(cells)
            found = tuple([cells[place] if place < most else None for place in places])
            for cell in found:
                if isinstance(cell, str) and not cell.strip():
                    found = tuple([_filled(cell) for cell in found])
                    break
            if found.count(None) < len(found):
                yield number, found

    def __iter__(self) -> Iterator[Record]:
        for row in self._rows:
            values = {key: row.at(place) for key, place in self._places.items()}
            if not all(is_blank(cell) for cell in values.values()):
                yield Record(row.number, {key: None if is_blank(cell) else cell for key, cell in values.items()})


def table(rows: Iterable[Row], headings: Sequence[Heading]) -> Table:
    """Match the first row that is not blank with ``headings``; order, blanks and unknown columns do not matter.

    Raises RuleBroken HEADER_EMPTY, HEADER_MISSING or HEADER_TWICE (422) with the titles concerned, and ROWS_NONE when
    nothing follows the header.
    """
    iterator = iter(rows)
    header = next(iterator, None)
    if header is None:
        raise _refuse("HEADER_EMPTY", _("这张表是空的。请下载模板，按模板填写后上传。"))
    places, unknown = _places(header, headings)
    first = next(iterator, None)
    if first is None:
        raise _refuse("ROWS_NONE", _("表里只有表头，没有数据。请填写后重新上传。"))
    return Table(header.number, unknown, places, _chain(first, iterator))


def _filled(cell: Cell) -> Cell:
    return None if isinstance(cell, str) and not cell.strip() else cell


def _places(header: Row, headings: Sequence[Heading]) -> tuple[dict[str, int], tuple[str, ...]]:
    wanted = {_folded(title): heading.key for heading in headings for title in heading.titles}
    places: dict[str, int] = {}
    unknown = []
    for place, cell in enumerate(header.cells):
        title = cell if isinstance(cell, str) else ""
        key = wanted.get(_folded(title))
        if key is None:
            unknown += [title.strip()] if title.strip() else []
        elif key in places:
            raise _refuse("HEADER_TWICE", _("表头里“{title}”出现了两次，请只保留一列。", title=title.strip()))
        else:
            places[key] = place
    missing = [heading.titles[0] for heading in headings if heading.required and heading.key not in places]
    if missing:
        raise _refuse("HEADER_MISSING", _("表头里缺少这几列：{titles}。请对照模板补上。", titles="、".join(missing)))
    return places, tuple(unknown)


def _folded(title: str) -> str:
    """A title without blanks, asterisks and width: ``" 身份证号 * "`` is ``"身份证号"``."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", title).casefold() if letter.isalnum())


def _chain(first: Row, rest: Iterator[Row]) -> Iterator[Row]:
    yield first
    yield from rest


def _refuse(code: str, sentence: Text) -> RuleBroken:
    return RuleBroken(code, sentence, fields={"file": [sentence]})
