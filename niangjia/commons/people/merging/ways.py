"""What points at a person, and how it goes over when two entries of one human being become one.

Every foreign key to a person has a way declared here by the app that owns it, at start-up. A merge is refused while
one has none, so that a new room cannot be forgotten; a test names it before that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q, QuerySet

from niangjia.commons.people.models import Person
from niangjia.kernel.text import Text

Row = Mapping[str, Any]


def by_row(person: Person) -> Any:
    """The value of a foreign key."""
    return person.pk


@dataclass(frozen=True)
class Way:
    """How what one column says about a person goes over.

    ``column`` is such as ``"people.Card.person"``; ``value`` is what stands in it for a person. ``stays``: it tells of
    the entry itself, and remains with it. ``refuses`` gives for a unique constraint the sentence by which rows on both
    sides that it would not suffer together forbid the merge; of other constraints such a row stays where it is, and
    ``settled`` ones cannot be met, because the merge itself sees to them first. ``blocks(kept, merged)`` may name a
    reason against the merge, ``parts(rows, moment)`` one against undoing what was moved at ``moment``.
    """

    column: str
    label: Text
    value: Callable[[Person], Any] = by_row
    stays: bool = False
    refuses: Mapping[str, Text] = field(default_factory=dict)
    settled: frozenset[str] = frozenset()
    blocks: Callable[[Person, Person], Text | None] | None = None
    parts: Callable[[Sequence[int], datetime], Text | None] | None = None

    @property
    def model(self) -> type[models.Model]:
        return apps.get_model(self.column.rsplit(".", 1)[0])

    @property
    def name(self) -> str:
        return self.column.rsplit(".", 1)[1]

    def rows(self, person: Person) -> QuerySet[Any]:
        """The rows that name the person."""
        return self.model._base_manager.filter(**{self.name: self.value(person)})

    def give(self, ids: Iterable[int], *, source: Person, target: Person) -> int:
        """Let the rows among ``ids`` that name ``source`` name ``target``; how many."""
        return sum(
            self.rows(source).filter(pk__in=some).update(**{self.name: self.value(target)}) for some in _portions(ids)
        )


_ways: dict[str, Way] = {}


def declare(*ways: Way) -> None:
    """Called when Django starts, by the app that owns the columns."""
    for way in ways:
        _ways[way.column] = way


def declared() -> list[Way]:
    """All ways, in the order of their columns."""
    return [way for _column, way in sorted(_ways.items())]


def undeclared() -> list[str]:
    """The foreign keys to a person of all installed models for which nobody has declared a way."""
    return sorted(set(_pointing()) - set(_ways))


@dataclass(frozen=True)
class Clash:
    """Rows of the entry that goes away which cannot stand beside those of the one that remains."""

    constraint: str
    ids: tuple[int, ...]


def clashes(way: Way, kept: Person, merged: Person) -> list[Clash]:
    """Which rows would break a unique constraint if they went over as they are."""
    found = [_clash(way, one, kept, merged) for one in _uniques(way)]
    return [clash for clash in found if clash.ids and clash.constraint not in way.settled]


@dataclass(frozen=True)
class _Unique:
    name: str
    others: tuple[str, ...]
    condition: Q


def _clash(way: Way, unique: _Unique, kept: Person, merged: Person) -> Clash:
    """Compared here and not by the database: one person has few rows of one kind."""
    theirs = way.rows(merged).filter(unique.condition).values_list("pk", *unique.others)
    standing = set(way.rows(kept).filter(unique.condition).values_list(*unique.others)) if unique.others else None
    there = standing is not None or way.rows(kept).filter(unique.condition).exists()
    alike = [row[0] for row in theirs if there and (standing is None or _equal(row[1:], standing))]
    return Clash(unique.name, tuple(sorted(alike)))


def _equal(values: tuple[Any, ...], standing: set[tuple[Any, ...]]) -> bool:
    """Whether the values stand there already; to a database no empty one equals another."""
    return None not in values and values in standing


def _uniques(way: Way) -> list[_Unique]:
    column = way.model._meta.get_field(way.name)
    named = [
        _Unique(one.name, tuple(name for name in one.fields if name != way.name), one.condition or Q())
        for one in way.model._meta.constraints
        if isinstance(one, models.UniqueConstraint) and way.name in one.fields
    ]
    return [*named, _Unique(way.name, (), Q())] if getattr(column, "unique", False) else named


def _pointing() -> Iterable[str]:
    for model in apps.get_models():
        for column in model._meta.get_fields():
            if isinstance(column, models.ForeignKey) and column.remote_field.model is Person:
                yield f"{model._meta.label}.{column.name}"


def _portions(ids: Iterable[int]) -> Iterable[list[int]]:
    wanted = list(ids)
    return (wanted[start : start + 500] for start in range(0, len(wanted), 500))
