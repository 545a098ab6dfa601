"""Pages of a list: how many, which one, which numbers the pager shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PAGE_SIZES = (20, 50, 100)
LARGEST = 100


@dataclass(frozen=True)
class Page:
    """One page of ``total`` rows; ``number`` starts at 1 and is always an existing page."""

    rows: Sequence[Any]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def has_next(self) -> bool:
        return self.number < self.pages

    @property
    def previous(self) -> int:
        return self.number - 1

    @property
    def next(self) -> int:
        return self.number + 1

    @property
    def first(self) -> int:
        """Position of the first row, from 1; 0 when there is none."""
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.total, self.number * self.size)

    @property
    def window(self) -> list[int | None]:
        """Page numbers to show: both ends and the neighbours; None stands for a gap."""
        near = {1, self.pages, *range(max(1, self.number - 2), min(self.pages, self.number + 2) + 1)}
        shown: list[int | None] = []
        for number in sorted(near):
            if shown and number - (shown[-1] or 0) == 2:
                shown.append(number - 1)
            elif shown and number - (shown[-1] or 0) > 2:
                shown.append(None)
            shown.append(number)
        return shown


def clamp(text: str, pages: int) -> int:
    """The page number in ``text``; nonsense and too small give 1, too large gives the last page."""
    try:
        wanted = int(text) if len(text) <= 9 and text.isascii() else 1
    except ValueError:
        wanted = 1
    return min(max(1, wanted), pages)


def size_of(text: str, default: int = 20) -> int:
    """The page size in ``text``, at most 100."""
    try:
        wanted = int(text) if len(text) <= 6 and text.isascii() else default
    except ValueError:
        wanted = default
    return min(wanted, LARGEST) if wanted > 0 else default


def paginate(source: Any, *, number: str = "1", size: int = 20) -> Page:
    """One page of a queryset (two queries: count and rows) or of a sequence (none)."""
    size = min(size, LARGEST)
    total = source.count() if hasattr(source, "filter") else len(source)
    chosen = clamp(number, max(1, -(-total // size)))
    return Page(list(source[(chosen - 1) * size : chosen * size]), chosen, size, total)


def cut(rows: Any, *, page: int, size: int) -> tuple[list[Any], int | None]:
    """The rows of a page of the API, and the number of the page after it or None; nothing is counted."""
    start = (page - 1) * size
    found = list(rows[start : start + size + 1])
    return found[:size], page + 1 if len(found) > size else None
