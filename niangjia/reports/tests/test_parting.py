"""A figure taken apart by the facts of its records; small pieces are hidden, and cannot be worked out."""

from __future__ import annotations

from datetime import date

import pytest

from niangjia.commons.ledger import units
from niangjia.commons.ledger.indicators import Indicator, Kind, Part, Split
from niangjia.commons.unions.models import Union
from niangjia.kernel.periods import Period
from niangjia.kernel.text import Text
from niangjia.reports import parting
from niangjia.reports.tests.builders import book, grow

pytestmark = pytest.mark.django_db
DAY, YEAR = date(2022, 3, 1), Period.year(2022)
NAMES = {"red": "红", "blue": "蓝", "green": "绿"}


def by(fact):
    return Split(fact, Text("颜色"), lambda codes: {code: NAMES[code] for code in codes if code in NAMES})


def a_figure(**more):
    given = {"unit": units.PERSON_TIMES, "kind": Kind.FLOW_QTY, "measure": "m", "splits": (by("colour"),), **more}
    return Indicator(code="parted", label=Text("数"), definition=Text("数"), **given)


def shown(union, figure):
    return [[(str(piece.name), piece.value) for piece in one.pieces] for one in parting.partings(union, YEAR, figure)]


@pytest.fixture
def union():
    city = Union.objects.get(pk=grow()[0])
    for colour, count in (("red", 5), ("blue", 3)):
        for size in ("small", "large"):
            for _one in range(count):
                book(city.pk, day=DAY, measure="m", fen=100, dims={"colour": colour, "size": size})
    book(city.pk, day=date(2021, 3, 1), measure="m", fen=100, dims={"colour": "red", "size": "large"})
    return city


def test_the_pieces_add_up_and_the_largest_comes_first(union):
    assert shown(union, a_figure()) == [[("红", 10), ("蓝", 6)]]
    assert shown(union, a_figure(kind=Kind.FLOW_FEN, unit=units.YUAN)) == [[("红", 1000), ("蓝", 600)]]


def test_what_a_record_does_not_say_has_a_name_too(union):
    book(union.pk, day=DAY, measure="m", dims={"size": "small"})

    assert shown(union, a_figure()) == [[("红", 10), ("蓝", 6), ("没有写明", 1)]]


def test_a_small_piece_hides_a_further_one_so_that_the_rest_does_not_tell_it(union):
    book(union.pk, day=DAY, measure="m", dims={"colour": "green", "size": "small"})

    assert shown(union, a_figure(smallest_cell=3)) == [[("红", 10), ("蓝", None), ("绿", None)]]


def test_a_figure_that_is_too_small_is_not_taken_apart(union):
    book(union.pk, day=DAY, measure="few", fen=20_000_00, dims={"colour": "green"})

    assert shown(union, a_figure(measure="few", smallest_cell=3)) == []
    assert shown(union, a_figure(measure="few", kind=Kind.FLOW_FEN, smallest_cell=3)) == []


def test_a_rate_is_taken_apart_with_both_its_parts(union):
    book(union.pk, day=DAY, measure="n", fen=4000, dims={"colour": "red"})
    numerator, denominator = Part("m", Kind.FLOW_FEN), Part("n", Kind.FLOW_FEN)
    rate = a_figure(kind=Kind.RATE, measure="", unit=units.PERCENT, numerator=numerator, denominator=denominator)

    assert shown(union, rate) == [[("红", 2500), ("蓝", None)]]


def test_different_persons_are_never_taken_apart():
    with pytest.raises(ValueError, match="taken apart"):
        a_figure(kind=Kind.PERSONS)


def test_a_page_of_pieces_asks_twice_whatever_their_number(union, django_assert_max_num_queries):
    for number in range(30):
        book(union.pk, day=DAY, measure="m", dims={"colour": f"c{number}"})
    with django_assert_max_num_queries(4):
        assert len(shown(union, a_figure())[0]) == 32
