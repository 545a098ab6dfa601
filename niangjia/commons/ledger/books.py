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


def check_books(*only: str) -> list[Difference]:
    """Run every check, or ``only`` those named; an empty list means that the books agree with the states. Raises
    KeyError for a book that does not exist."""
    return [difference for name in only or names() for difference in _checks[name]()]
