"""A figure opens as far as the viewer may see; who may want what of a year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from django.db.models import QuerySet

from niangjia.commons.ledger import units
from niangjia.commons.ledger.indicators import Drill, DrillLevel, DrillLine, Indicator, Kind, Part
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind, Grant
from niangjia.kernel.errors import NotAllowed, NotFound, RuleBroken
from niangjia.kernel.periods import Period
from niangjia.platform.audit.models import AuditEntry
from niangjia.reports import actions, drill
from niangjia.reports.forms import TargetForm, plain_number
from niangjia.reports.models import Target
from niangjia.reports.tests.builders import book, declared, grow, indicator

YEAR = Period.year(2022)
DAY = date(2022, 3, 1)
CITY, EAST, WEST, STREET_1, STREET_2, PRIMARY_1, PRIMARY_2 = range(7)
NOBODY = Actor.anonymous()
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.travelling(date(2022, 9, 10)):
        yield


@pytest.fixture
def unions() -> list[int]:
    return grow()


def union(pk: int) -> Union:
    return Union.objects.get(pk=pk)


def officer(*places: int, role: str = Role.UNION_OFFICER) -> Actor:
    from niangjia.commons.unions import tree

    return Actor(ActorKind.STAFF, grants=tuple(Grant(role, place, tree.path_of(place)) for place in places))


def opened(visible_ids: list[int]) -> Indicator:
    """An indicator whose records are unions, of which the viewer may see ``visible_ids``."""

    def visible(_actor: Actor) -> QuerySet[Any]:
        return Union.objects.filter(pk__in=visible_ids)

    def lines(_actor: Actor, ids: Sequence[int]) -> Mapping[int, DrillLine]:
        assert set(ids) <= set(visible_ids)
        return {pk: DrillLine(f"record {pk}", url=f"/{pk}/") for pk in ids}

    return indicator("x", drill_level=DrillLevel.PERSONS, drill=Drill("test.union", visible, lines))


def test_a_figure_opens_to_the_shares_of_the_unions_below(unions: list[int]) -> None:
    for place, qty in ((PRIMARY_1, 5), (PRIMARY_2, 7), (EAST, 2), (WEST, 1)):
        book(unions[place], qty=qty, day=DAY)
    found = drill.shares(union(unions[EAST]), YEAR, indicator("x"))
    assert [(share.union.code if share.union else None, share.value) for share in found] == [
        ("east-2", 7),
        ("east-1", 5),
        (None, 2),
    ]


def test_the_shares_of_a_rate_are_rates(unions: list[int]) -> None:
    for in_time in ("yes", "no"):
        book(unions[PRIMARY_1], dims={"in_time": in_time}, day=DAY)
    parts = (Part("test.joined", dims={"in_time": "yes"}), Part("test.joined"))
    rate = indicator("x", Kind.RATE, unit=units.PERCENT, numerator=parts[0], denominator=parts[1])
    found = {s.union.code: s.value for s in drill.shares(union(unions[EAST]), YEAR, rate) if s.union}
    assert found == {"east-1": 5000, "east-2": None}


def test_small_shares_are_hidden_with_another_one(unions: list[int]) -> None:
    for place, qty in ((PRIMARY_1, 3), (PRIMARY_2, 8)):
        book(unions[place], qty=qty, day=DAY)
    found = drill.shares(union(unions[EAST]), YEAR, indicator("x", smallest_cell=5))
    assert [(share.value, share.hidden) for share in found] == [(None, True), (None, True)]


def test_only_what_the_room_lets_the_viewer_see_is_listed_and_the_rest_is_counted(unions: list[int]) -> None:
    for pk in unions:
        book(unions[PRIMARY_1], source_type="test.union", source_id=pk, day=DAY)
    book(unions[PRIMARY_1], source_type="test.other", source_id=unions[0], day=DAY)
    seen = unions[:2]
    found = drill.records(NOBODY, union(unions[CITY]), YEAR, opened(seen))
    assert sorted(record.title for record in found.page.rows) == sorted(f"record {pk}" for pk in seen)
    assert (found.page.total, found.beyond) == (2, len(unions) - 1)
    assert drill.records(NOBODY, union(unions[WEST]), YEAR, opened(seen)).page.total == 0


def test_a_reversed_record_is_no_longer_behind_the_figure(unions: list[int]) -> None:
    from niangjia.commons.ledger import write

    book(unions[PRIMARY_1], source_type="test.union", source_id=unions[0], day=DAY)
    write.reverse("test.union", unions[0], at=clock.now())
    assert drill.records(NOBODY, union(unions[CITY]), YEAR, opened(unions)).page.total == 0


def test_a_page_of_records_costs_the_same_statements_for_one_and_for_many(
    unions: list[int], django_assert_max_num_queries: Any
) -> None:
    for _time in range(60):
        book(unions[PRIMARY_1], source_type="test.union", source_id=unions[0], day=DAY)
    with django_assert_max_num_queries(5):
        found = drill.records(NOBODY, union(unions[CITY]), YEAR, opened(unions), page="2")
    assert (len(found.page.rows), found.page.number, found.page.pages) == (10, 2, 2)


def test_an_indicator_that_opens_nothing_is_not_opened(unions: list[int]) -> None:
    with pytest.raises(NotAllowed):
        drill.shares(union(unions[CITY]), YEAR, indicator("x", drill_level=DrillLevel.NONE))
    with pytest.raises(NotAllowed):
        drill.records(NOBODY, union(unions[CITY]), YEAR, indicator("x"))


def test_a_union_officer_sets_a_target_and_the_audit_trail_keeps_what_it_was(unions: list[int]) -> None:
    with declared(indicator("x")):
        for value in (100, 120):
            actions.set_target(
                actor=officer(unions[EAST]),
                union_id=unions[STREET_1],
                indicator="x",
                year=2023,
                value=value,
                reason="r",
            )
    assert Target.objects.get().value == 120
    trail = (
        AuditEntry.objects.filter(action="reports.target_set").order_by("pk").values_list("before", "after", "ground")
    )
    ground = f"union_officer@{unions[EAST]}"
    assert list(trail) == [("", "100", ground), ("100", "120", ground)]


def test_who_may_not_set_a_target(unions: list[int]) -> None:
    attempts = [
        (officer(unions[WEST]), NotFound),
        (officer(unions[PRIMARY_1]), NotFound),
        (officer(unions[EAST], role=Role.REVIEWER), NotAllowed),
        (officer(unions[EAST], role=Role.SITE_KEEPER), NotAllowed),
        (NOBODY, NotFound),
    ]
    with declared(indicator("x")):
        for actor, error in attempts:
            with pytest.raises(error):
                actions.set_target(actor=actor, union_id=unions[STREET_1], indicator="x", year=2023, value=1)
    assert not Target.objects.exists()


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"indicator": "nobody.declared"}, NotFound),
        ({"year": 1}, RuleBroken),
        ({"value": -1}, RuleBroken),
        ({"value": 10**16}, RuleBroken),
    ],
)
def test_a_target_that_makes_no_sense_is_refused(unions: list[int], values: dict[str, Any], error: type) -> None:
    wanted = {"indicator": "x", "year": 2023, "value": 1} | values
    with declared(indicator("x")), pytest.raises(error):
        actions.set_target(actor=officer(unions[CITY]), union_id=unions[CITY], **wanted)
    assert not Target.objects.exists()


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("1500", "1500"),
        ("１５００", "1500"),
        ("1,500", "1500"),
        ("１，５００", "1500"),
        ("1 500", "1500"),
        ("1\u2009500", "1500"),
        ("1'500'000.50", "1500000.50"),
        ("１，５００，０００．５", "1500000.5"),
        ("15,00", "15,00"),
        ("1,5000", "1,5000"),
        ("1,500 000", "1,500 000"),
        ("½", "1⁄2"),
        ("一千", "一千"),
    ],
)
def test_a_number_is_read_as_people_type_it_and_no_other_way(typed: str, read: str) -> None:
    assert plain_number(typed) == read


@pytest.mark.parametrize(
    "typed", ["-3", "15,00", "1,5000", "1,500 000", "½", "一千", "1e5", "1_000", "٣", "0x1", "9" * 30]
)
def test_what_is_no_number_is_refused_beside_its_field(typed: str) -> None:
    form = TargetForm(indicator("x"), {"value": typed})
    assert not form.is_valid()
    assert form.errors["value"].as_data()[0].code == "TARGET_VALUE"
