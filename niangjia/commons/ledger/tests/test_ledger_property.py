"""Whatever is booked and reversed in whatever order, the ledger says what a plain dictionary says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F, QuerySet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from niangjia.commons.ledger import books, canon, queries, write
from niangjia.commons.ledger.models import LedgerRow, Touched
from niangjia.commons.ledger.queries import Question
from niangjia.commons.ledger.write import Entry
from niangjia.kernel import clock
from niangjia.platform.lifecycle.records import Record

START = date(2022, 1, 1)
BOOKED = clock.moment(START)
UNIONS, PERSONS = (1, 2, 3), (None, 1, 2, 3)
pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Book:
    thing: int
    union: int
    qty: int
    day: int
    person: int | None
    sex: str
    stock: bool


@dataclass(frozen=True)
class Reverse:
    thing: int


@dataclass
class Model:
    """The states: each thing with what stands for it, and since and until when it was known to stand."""

    standing: dict[int, list[tuple[Book, datetime]]] = field(default_factory=dict)
    ended: list[tuple[Book, datetime, datetime]] = field(default_factory=list)

    def book(self, act: Book, at: datetime) -> None:
        self.standing.setdefault(act.thing, []).append((act, at))

    def reverse(self, thing: int, at: datetime) -> None:
        self.ended += [(act, since, at) for act, since in self.standing.pop(thing, [])]

    def known(self, on: datetime) -> list[Book]:
        now = [act for acts in self.standing.values() for act, since in acts if since <= on]
        return now + [act for act, since, until in self.ended if since <= on < until]


books_of = st.builds(
    Book,
    thing=st.integers(1, 5),
    union=st.sampled_from(UNIONS),
    qty=st.integers(0, 9),
    day=st.integers(0, 6),
    person=st.sampled_from(PERSONS),
    sex=st.sampled_from(["f", "m"]),
    stock=st.booleans(),
)
histories = st.lists(st.one_of(books_of, books_of, st.builds(Reverse, st.integers(1, 5))), max_size=14)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def entry_of(act: Book) -> Entry:
    record = Record(
        programme="p",
        measure="prop.stock" if act.stock else "prop.flow",
        node_id=act.union,
        qty=-act.qty if act.stock and act.sex == "m" else act.qty,
        fen=act.qty * 100,
        person_id=act.person,
        day=START + timedelta(days=act.day),
        dims={"sex": act.sex},
        kind="stock" if act.stock else "flow",
    )
    return Entry(record, "prop.thing", act.thing)


def play(history: list[Book | Reverse]) -> Model:
    model = Model()
    for step, act in enumerate(history):
        at = BOOKED + timedelta(hours=step)
        if isinstance(act, Book):
            write.book([entry_of(act)], at=at)
            model.book(act, at)
        else:
            write.reverse("prop.thing", act.thing, at=at)
            model.reverse(act.thing, at)
    return model


SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@SETTINGS
@given(
    histories, st.integers(0, 6), st.integers(0, 6), st.sampled_from([None, "f", "m"]), st.sampled_from([0, *UNIONS])
)
def test_sums_equal_the_states(
    history: list[Book | Reverse], first: int, last: int, sex: str | None, union: int
) -> None:
    with undone():
        model = play(history)
        unions = LedgerRow.objects.filter(union_id=union).values("union_id") if union else None
        question = Question(
            measure="prop.flow",
            first=START + timedelta(days=first),
            last=START + timedelta(days=last),
            dims={"sex": sex} if sex else {},
            unions=unions,
        )
        meant = [
            act
            for act in model.known(BOOKED + timedelta(days=99))
            if not act.stock and first <= act.day <= last and sex in (None, act.sex) and union in (0, act.union)
        ]
        assert queries.total(question) == queries.Total(
            len(meant), sum(act.qty for act in meant), sum(act.qty for act in meant) * 100
        )
        assert queries.persons(question) == len({act.person for act in meant} - {None})
        assert [found for found in books.check_books() if found.book == "ledger"] == []


@SETTINGS
@given(histories, st.integers(0, 6), st.integers(0, 14))
def test_a_stock_equals_the_states_on_every_day_as_known_at_every_moment(
    history: list[Book | Reverse], day: int, hour: int
) -> None:
    with undone():
        model = play(history)
        on = BOOKED + timedelta(hours=hour)
        meant = [act for act in model.known(on) if act.stock and act.day <= day]
        question = Question(measure="prop.stock", last=START + timedelta(days=day), known_on=on)
        assert queries.stock(question) == sum(act.qty if act.sex == "f" else -act.qty for act in meant)


@SETTINGS
@given(st.lists(st.integers(1, 8), max_size=20), st.dictionaries(st.integers(1, 4), st.integers(5, 8), max_size=4))
def test_merged_persons_are_counted_once(persons: list[int], merges: dict[int, int]) -> None:
    with undone():
        flow = [Book(thing, 1, 1, 0, person, "f", stock=False) for thing, person in enumerate(persons)]
        write.book([entry_of(act) for act in flow], at=BOOKED)
        before = canon._provider
        merged = map_of(merges)
        canon.register(lambda: merged)
        try:
            counted = queries.persons(Question(measure="prop.flow", last=START))
        finally:
            canon._provider = before
        assert counted == len({merges.get(person, person) for person in persons})


def map_of(merges: dict[int, int]) -> QuerySet[Any]:
    """A map of merged persons, kept in a table that has room for two numbers."""
    Touched.objects.all().delete()
    Touched.objects.bulk_create(
        [Touched(id=person, measure="merge", union_id=kept, day=START) for person, kept in merges.items()]
    )
    return Touched.objects.values("id", canonical_id=F("union_id"))
