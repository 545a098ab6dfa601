"""The check of the books: everyone who keeps a sum registers a way to compute it again from the states."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """``what`` names the sum (no personal text), ``expected`` follows from the states, ``found`` is what is kept."""

    book: str
    what: str
    expected: str
    found: str


Check = Callable[[], Iterable[Difference]]

_checks: dict[str, Check] = {}


def register(name: str, check: Check) -> None:
    """Add ``check`` under ``name``; registering a name again replaces its check."""
    _checks[name] = check


def names() -> tuple[str, ...]:
    """The books that are checked, in alphabetical order."""
    return tuple(sorted(_checks))


def check_books() -> list[Difference]:
    """Run every check; an empty list means that all books agree with the states."""
    return [difference for name in names() for difference in _checks[name]()]
