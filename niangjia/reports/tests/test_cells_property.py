"""Kept cells equal the ledger, whatever is booked, reversed and moved, in whatever order they are refreshed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from niangjia.commons.ledger import books, queries, write
from niangjia.commons.ledger.indicators import Indicator, Kind
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.ledger.write import Entry
from niangjia.kernel import clock
from niangjia.kernel.periods import Period
from niangjia.platform.lifecycle.records import Record
from niangjia.reports import figures, refresh, scan
from niangjia.reports.models import ReportCell
from niangjia.reports.tests.builders import declared, grow, indicators_for_tests, move

TODAY = date(2022, 4, 2)
pytestmark = pytest.mark.django_db
SETTINGS = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@dataclass(frozen=True)
class Book:
    thing: int
    union: int
    qty: int
    day: int
    person: int
    sex: str
    stock: bool


@dataclass(frozen=True)
class Reverse:
    thing: int


@dataclass(frozen=True)
class Refresh:
    """Take up this many changes; none means everything, and build what is missing."""

    limit: int


@dataclass(frozen=True)
class Move:
    """Move the second street's union under the first street from a day on."""

    day: int


acts = st.one_of(
    st.builds(
        Book,
        thing=st.integers(1, 4),
        union=st.integers(0, 6),
        qty=st.integers(1, 5),
        day=st.integers(0, 80),
        person=st.integers(1, 4),
        sex=st.sampled_from(["f", "m"]),
        stock=st.booleans(),
    ),
    st.builds(Reverse, st.integers(1, 4)),
    st.builds(Refresh, st.sampled_from([0, 1, 3])),
    st.builds(Move, st.integers(30, 85)),
)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def play(act: Book | Reverse | Refresh | Move, unions: list[int], moved: list[Move]) -> None:
    at = clock.now()
    if isinstance(act, Book):
        record = Record(
            programme="p",
            measure="cell.stock" if act.stock else "cell.flow",
            node_id=unions[act.union],
            qty=act.qty if act.sex == "f" or not act.stock else -act.qty,
            fen=act.qty * 100,
            person_id=act.person,
            day=date(2022, 1, 1) + timedelta(days=act.day),
            dims={"sex": act.sex},
            kind="stock" if act.stock else "flow",
        )
        write.book([Entry(record, "cell.thing", act.thing)], at=at)
    elif isinstance(act, Reverse):
        write.reverse("cell.thing", act.thing, at=at)
    elif isinstance(act, Refresh):
        refresh.take_up_notes(act.limit) if act.limit else refresh.run()
    elif not moved:
        moved.append(act)
        move(unions[6], under=unions[3], on=date(2022, 1, 1) + timedelta(days=act.day))


@SETTINGS
@given(st.lists(acts, max_size=12))
@example([Book(1, 6, 2, 9, 1, "f", stock=False), Refresh(0), Move(40), Reverse(1)])
@example([Book(1, 6, 2, 9, 1, "m", stock=True), Refresh(0), Book(2, 5, 1, 3, 2, "f", stock=True), Move(70), Refresh(1)])
def test_every_figure_read_equals_counting_the_ledger(history: list[Book | Reverse | Refresh | Move]) -> None:
    with undone(), clock.travelling(TODAY), declared(*indicators_for_tests()) as indicators:
        unions, moved = grow(), list[Move]()
        for act in history:
            play(act, unions, moved)
        refresh.follow_tree()
        expect_figures_to_equal_the_scan(unions, indicators)


@SETTINGS
@given(st.lists(acts, max_size=12))
@example([Book(1, 6, 2, 9, 1, "f", stock=False), Refresh(0), Move(40), Reverse(1)])
@example([Book(1, 6, 2, 9, 1, "m", stock=True), Refresh(0), Book(2, 5, 1, 3, 2, "f", stock=True), Move(70), Refresh(1)])
def test_after_a_refresh_every_cell_equals_counting_the_ledger(history: list[Book | Reverse | Refresh | Move]) -> None:
    with undone(), clock.travelling(TODAY), declared(*indicators_for_tests()) as indicators:
        unions, moved = grow(), list[Move]()
        for act in history:
            play(act, unions, moved)
        refresh.run()
        assert [found for found in books.check_books() if found.book == "report_cells"] == []
        assert ReportCell.objects.exists() == LedgerRow.objects.exists()
        assert not queries.touched().exists()
        expect_figures_to_equal_the_scan(unions, indicators)


def expect_figures_to_equal_the_scan(unions: list[int], indicators: tuple[Indicator, ...]) -> None:
    periods = [Period.year(2022), Period(date(2022, 1, 10), date(2022, 3, 5))]
    for node in (unions[0], unions[3], unions[4], unions[6]):
        found = figures.figures(node, periods, indicators)
        for indicator in indicators:
            for period in periods:
                counts = [scan.count(part, node, period) for part in indicator.parts]
                expected = figures.rate(*counts) if indicator.kind is Kind.RATE else counts[0]
                assert found[indicator.code, period].value == expected, (node, indicator.code, period)
