"""What is stored about somebody, told by everybody who stores it, for them to see and to take along (PIPL 44, 45).

An app registers a collector when it starts; the page and the copy are made from the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache

from niangjia.kernel import clock
from niangjia.kernel.text import Text
from niangjia.platform.personal_data import register as fields
from niangjia.platform.personal_data.register import Entry

Value = str | int | bool | date | datetime | Text | None


@dataclass(frozen=True)
class Subject:
    """Whose data are collected: the account (none for a child), the person, and the keys their rows are kept under."""

    user_id: int | None
    person_id: int | None
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Held:
    """One stored value. ``field`` is its label in the register, such as ``people.Person.phone``."""

    field: str
    label: Text
    value: Value

    @property
    def text(self) -> str:
        """The value as a page or a file shows it."""
        if isinstance(self.value, datetime):
            return f"{self.value.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
        return "" if self.value is None else str(self.value)


@dataclass(frozen=True)
class Holding:
    """Rows of one kind, such as the memberships, each as its values."""

    code: str
    title: Text
    rows: Sequence[Sequence[Held]]


@dataclass(frozen=True)
class Content:
    """A file that the person may take along: its name in the copy and its pieces, read when it is written."""

    name: str
    chunks: Callable[[], Iterable[bytes]]


Collect = Callable[[Subject], Iterable[Holding]]
Contents = Callable[[Subject], Iterable[Content]]

_collectors: dict[str, Collect] = {}
_contents: dict[str, Contents] = {}


def register(name: str, collect: Collect, contents: Contents | None = None) -> None:
    """``collect(subject)`` gives the holdings of one app, empty ones left out; ``contents`` its files."""
    _collectors[name] = collect
    if contents is not None:
        _contents[name] = contents


def holdings(subject: Subject) -> list[Holding]:
    """Everything that is stored about the subject, in the order in which apps registered."""
    return [one for collect in _collectors.values() for one in collect(subject) if one.rows]


def contents(subject: Subject) -> list[Content]:
    """Every file of the subject."""
    return [one for collect in _contents.values() for one in collect(subject)]


@dataclass
class Purpose:
    """One paragraph of the register with what is stored under it: the titles of rows and their values."""

    entry: Entry
    rows: list[tuple[Text, list[Held]]] = field(default_factory=list)


def by_purpose(found: Iterable[Holding]) -> list[Purpose]:
    """The holdings by what they are for, in the order of the register. Raises LookupError for an unknown field."""
    purposes: dict[int, Purpose] = {}
    for holding in found:
        for row in holding.rows:
            for entry, values in _split(row):
                place = _order()[id(entry)]
                purposes.setdefault(place, Purpose(entry)).rows.append((holding.title, values))
    return [purposes[place] for place in sorted(purposes)]


def _split(row: Sequence[Held]) -> Iterable[tuple[Entry, list[Held]]]:
    """The values of one row by the paragraph that covers them."""
    parts: dict[int, tuple[Entry, list[Held]]] = {}
    for held in row:
        entry = _entry(held.field)
        parts.setdefault(id(entry), (entry, []))[1].append(held)
    return parts.values()


@cache
def _paragraphs() -> tuple[Entry, ...]:
    return fields.entries()


@cache
def _order() -> Mapping[int, int]:
    return {id(entry): place for place, entry in enumerate(_paragraphs())}


@cache
def _entry(label: str) -> Entry:
    entry = fields.entry_for(label, _paragraphs())
    if entry is None:
        raise LookupError(label)
    return entry
