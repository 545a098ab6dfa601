"""The card: periods against each other, trees of their own days, rates with their parts, targets, refreshing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import BigIntegerField, Value

from niangjia.commons.ledger import books, canon, queries, units, write
from niangjia.commons.ledger.indicators import DrillLevel, Indicator, Kind, Part, all_indicators, declare
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.periods import Period
from niangjia.reports import figures, floor, refresh, scan
from niangjia.reports.card import Card, Line, card, series, shown
from niangjia.reports.models import ReportBuilt, ReportCell, Target
from niangjia.reports.tests.builders import book, declared, grow, indicator, move

TODAY = date(2022, 9, 10)
YEAR = Period.year(2022)
CITY, EAST, WEST, STREET_1, STREET_2, PRIMARY_1, PRIMARY_2 = range(7)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.travelling(TODAY):
        yield


@pytest.fixture
def unions() -> list[int]:
    return grow()


def line_of(union_id: int, what: Indicator, period: Period = YEAR) -> Line:
    found = card(Union.objects.get(pk=union_id), period, [what])
    return found.lines[0]


def test_a_figure_counts_the_union_and_all_below_it(unions: list[int]) -> None:
    for place in (PRIMARY_1, PRIMARY_1, PRIMARY_2, STREET_1, WEST):
        book(unions[place], day=date(2022, 3, 1))
    counts = [line_of(unions[place], indicator("x")).this.value for place in range(7)]
    assert counts == [5, 4, 1, 3, 1, 2, 1]


def test_this_period_stands_beside_the_last_and_the_same_of_the_year_before(unions: list[int]) -> None:
    for day, times in ((date(2022, 8, 31), 4), (date(2022, 7, 1), 3), (date(2021, 8, 1), 2), (date(2022, 9, 1), 1)):
        for _time in range(times):
            book(unions[PRIMARY_1], day=day)
    line = line_of(unions[CITY], indicator("x"), Period.month(2022, 8))
    assert (line.this.value, line.last.value, line.year_ago.value) == (4, 3, 2)
    assert (line.change, line.change_share) == (1, 3333)


def test_a_change_against_nothing_has_no_share(unions: list[int]) -> None:
    book(unions[PRIMARY_1], day=date(2022, 8, 31))
    line = line_of(unions[CITY], indicator("x"), Period.month(2022, 8))
    assert (line.change, line.change_share) == (1, None)


def test_a_period_uses_the_tree_of_its_last_day_and_the_previous_one_its_own(unions: list[int]) -> None:
    book(unions[PRIMARY_2], day=date(2022, 7, 15))
    book(unions[PRIMARY_2], day=date(2022, 8, 5))
    move(unions[PRIMARY_2], under=unions[STREET_1], on=date(2022, 8, 20))
    here = line_of(unions[STREET_1], indicator("x"), Period.month(2022, 8))
    left = line_of(unions[STREET_2], indicator("x"), Period.month(2022, 8))
    assert (here.this.value, here.last.value) == (1, 0)
    assert (left.this.value, left.last.value) == (0, 1)


def test_a_union_that_did_not_exist_yet_has_nothing(unions: list[int]) -> None:
    late = Union.objects.create(code="late", name="late", short_name="late", kind="primary", founded_on=TODAY)
    assert line_of(late.pk, indicator("x")).this.value == 0


def test_persons_are_counted_once_and_do_not_add_up_over_nodes(unions: list[int]) -> None:
    for place, person in ((PRIMARY_1, 1), (PRIMARY_1, 1), (PRIMARY_2, 1), (PRIMARY_2, 2)):
        book(unions[place], person_id=person, day=date(2022, 5, 1))
    people = indicator("x", Kind.PERSONS)
    assert [line_of(unions[place], people).this.value for place in (EAST, PRIMARY_1, PRIMARY_2)] == [2, 1, 2]


def test_merged_persons_are_one_person_in_every_way_of_counting(unions: list[int]) -> None:
    merged, kept, other = unions[:3]  # any table with ids serves as the map
    for person in (merged, kept, other):
        book(unions[PRIMARY_1], person_id=person, day=date(2022, 5, 1))
    people, before = indicator("x", Kind.PERSONS), canon._provider
    canon.register(
        lambda: Union.objects.filter(pk=merged).values("id", canonical_id=Value(kept, output_field=BigIntegerField()))
    )
    try:
        assert line_of(unions[EAST], people).this.value == 2
        assert scan.count(people.parts[0], unions[EAST], YEAR) == 2
    finally:
        canon._provider = before


def test_a_large_figure_rests_before_it_is_counted_anew(unions: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("niangjia.reports.refresh.LARGEST_RECOUNT", 0)
    with declared(indicator("x")):
        book(unions[PRIMARY_1], day=date(2022, 8, 1))
        refresh.run()
        book(unions[PRIMARY_1], day=date(2022, 8, 2))

        def of_city() -> tuple[int, bool]:
            return ReportCell.objects.values_list("value", "overtaken").get(
                node_id=unions[CITY], first=YEAR.first, last=YEAR.last
            )

        refresh.run()
        assert of_city() == (1, True)
        with clock.travelling(clock.now() + refresh.REST):
            refresh.run()
        assert of_city() == (2, False)


def test_a_stock_is_the_running_sum_on_the_last_day(unions: list[int]) -> None:
    stock = indicator("x", Kind.STOCK, measure="test.members")
    for day, qty in ((date(2020, 1, 1), 5), (date(2022, 6, 30), 2), (date(2022, 7, 1), -1)):
        book(unions[PRIMARY_1], measure="test.members", kind="stock", qty=qty, day=day)
    months = [line_of(unions[CITY], stock, Period.month(2022, month)) for month in (5, 6, 7)]
    assert [line.this.value for line in months] == [5, 7, 6]
    assert months[2].last.value == 7
    assert months[0].year_ago.value == 5


def test_a_rate_carries_numerator_denominator_and_day(unions: list[int]) -> None:
    for in_time in ("yes", "yes", "no"):
        book(unions[PRIMARY_1], measure="test.answered", dims={"in_time": in_time}, day=date(2022, 8, 1))
    rate = indicator(
        "x",
        Kind.RATE,
        unit=units.PERCENT,
        numerator=Part("test.answered", dims={"in_time": "yes"}),
        denominator=Part("test.answered"),
    )
    this = line_of(unions[CITY], rate).this
    assert (this.value, this.numerator, this.denominator, this.day) == (6667, 2, 3, TODAY)
    assert line_of(unions[WEST], rate).this.value is None
    assert line_of(unions[CITY], rate, Period.month(2022, 8)).this.day == date(2022, 8, 31)


@pytest.mark.parametrize(
    ("top", "bottom", "expected"), [(1, 3, 3333), (2, 3, 6667), (1, 8, 1250), (1, 16, 625), (5, 0, None)]
)
def test_a_rate_is_rounded_half_up_in_hundredths_of_a_percent(top: int, bottom: int, expected: int | None) -> None:
    assert figures.rate(top, bottom) == expected


def test_a_year_stands_beside_its_target_and_a_month_does_not(unions: list[int]) -> None:
    book(unions[PRIMARY_1], qty=8, day=date(2022, 8, 1))
    Target.objects.create(union_id=unions[CITY], indicator="x", year=2022, value=10)
    line = line_of(unions[CITY], indicator("x"))
    assert line.target is not None
    assert (line.target.value, line.target.met, line.target_share) == (10, False, 8000)
    ceiling = line_of(unions[CITY], indicator("x", fewer_is_better=True))
    assert ceiling.target is not None
    assert ceiling.target.met is True
    assert line_of(unions[CITY], indicator("x"), Period.month(2022, 8)).target is None
    assert line_of(unions[EAST], indicator("x")).target is None


def test_a_card_costs_the_same_statements_for_one_indicator_and_for_ten(
    unions: list[int], django_assert_max_num_queries: Any
) -> None:
    book(unions[PRIMARY_1], day=date(2022, 8, 1))
    union = Union.objects.get(pk=unions[EAST])
    with django_assert_max_num_queries(11):
        card(union, YEAR, [indicator(f"x{number}") for number in range(10)])


def test_a_chart_has_twelve_months_and_costs_no_statement_for_each(
    unions: list[int], django_assert_max_num_queries: Any
) -> None:
    for month in range(1, 10):
        book(unions[PRIMARY_1], qty=month, day=date(2022, month, 1))
    queries.take_touched(1000)
    union = Union.objects.get(pk=unions[EAST])
    with django_assert_max_num_queries(7):
        found = series(union, TODAY, [indicator("x")])[0]
    assert found.values == [0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert (found.months[0], found.months[-1]) == (Period.month(2021, 10), Period.month(2022, 9))


def test_a_kept_figure_is_read_without_touching_the_ledger(
    unions: list[int], django_assert_max_num_queries: Any
) -> None:
    with declared(indicator("x")) as wanted:
        book(unions[PRIMARY_1], day=date(2022, 8, 1))
        refresh.run()
        ReportCell.objects.filter(node_id=unions[CITY], first=YEAR.first, last=YEAR.last).update(value=77)
        union = Union.objects.get(pk=unions[CITY])
        with django_assert_max_num_queries(4):
            found = figures.figures(union.pk, [YEAR], wanted)
        assert found["x", YEAR].value == 77
        assert "report_cells" in {difference.book for difference in books.check_books()}


def test_a_refresh_follows_what_was_booked_and_reversed_since(unions: list[int]) -> None:
    with declared(indicator("x")):
        book(unions[PRIMARY_1], day=date(2022, 8, 1))
        refresh.run()
        book(unions[PRIMARY_1], day=date(2022, 8, 2), source_id=2)
        book(unions[PRIMARY_2], day=date(2022, 7, 2), source_id=3)
        write.reverse("test.thing", 1, at=clock.now())
        assert refresh.take_up_notes() > 0
        values = {
            node: ReportCell.objects.get(node_id=unions[node], first=YEAR.first, last=YEAR.last).value
            for node in (CITY, EAST, WEST, STREET_1, STREET_2)
        }
        assert values == {CITY: 2, EAST: 2, WEST: 0, STREET_1: 1, STREET_2: 1}


@pytest.mark.parametrize("at_once", [1, 1_000_000])
def test_however_many_changes_are_taken_up_together_the_cells_are_the_same(unions: list[int], at_once: int) -> None:
    with declared(indicator("x")):
        book(unions[PRIMARY_1], day=date(2022, 7, 1))
        refresh.run()
        book(unions[PRIMARY_1], day=date(2022, 8, 2), source_id=2)
        book(unions[PRIMARY_2], day=date(2022, 7, 2), source_id=3)
        assert refresh.follow(rest=timedelta(0), at_once=at_once) == 2
        city = ReportCell.objects.filter(node_id=unions[CITY], last__gte=YEAR.first, first__lte=YEAR.last)
        assert city.get(first=YEAR.first, last=YEAR.last).value == 3
        assert city.get(first=date(2022, 7, 1), last=date(2022, 7, 31)).value == 2


def test_changes_before_the_first_cells_are_counted_once_when_those_are_built(unions: list[int]) -> None:
    with declared(indicator("x")) as wanted:
        book(unions[PRIMARY_1], day=date(2022, 8, 1))
        assert refresh.follow(rest=timedelta(0)) == 1
        assert not ReportCell.objects.exists()
        assert figures.figures(unions[CITY], [YEAR], wanted)["x", YEAR].value == 1
        refresh.build_missing()
        assert ReportCell.objects.get(node_id=unions[CITY], first=YEAR.first, last=YEAR.last).value == 1


def test_an_overtaken_figure_over_few_records_is_counted_when_read(unions: list[int]) -> None:
    with declared(indicator("x")) as wanted:
        book(unions[PRIMARY_1], day=date(2022, 8, 1))
        refresh.run()
        book(unions[PRIMARY_1], day=date(2022, 8, 2))
        assert figures.figures(unions[CITY], [YEAR], wanted)["x", YEAR].value == 2
        assert figures.figures(unions[WEST], [YEAR], wanted)["x", YEAR].value == 0


def test_an_overtaken_figure_over_many_records_is_shown_with_its_moment(
    unions: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("niangjia.reports.kept.LARGEST_RECOUNT", 0)
    with declared(indicator("x")) as wanted:
        book(unions[PRIMARY_1], day=date(2022, 8, 1))
        refresh.run()
        with clock.travelling(TODAY + timedelta(days=1)):
            book(unions[PRIMARY_1], day=date(2022, 8, 2))
            found = figures.figures(unions[CITY], [YEAR], wanted)["x", YEAR]
        assert (found.value, clock.day_of(found.computed_to)) == (1, TODAY)


def test_a_move_recorded_late_restates_the_figures_since_its_day(unions: list[int]) -> None:
    with declared(indicator("x")) as wanted:
        book(unions[PRIMARY_2], day=date(2022, 5, 1))
        refresh.run()
        move(unions[PRIMARY_2], under=unions[STREET_1], on=date(2022, 5, 20))
        refresh.run()
        may, april = Period.month(2022, 5), Period.month(2022, 4)
        found = {place: figures.figures(unions[place], [may, april], wanted) for place in (STREET_1, STREET_2)}
        assert (found[STREET_1]["x", may].value, found[STREET_2]["x", may].value) == (1, 0)
        assert refresh.follow_tree() == 0
        kept = ReportCell.objects.get(node_id=unions[STREET_1], first=may.first, last=may.last)
        assert kept.value == 1


def test_a_backdated_stock_restates_every_day_since(unions: list[int]) -> None:
    stock = indicator("x", Kind.STOCK, measure="test.members")
    with declared(stock):
        book(unions[PRIMARY_1], measure="test.members", kind="stock", day=date(2022, 1, 1))
        refresh.run()
        book(unions[PRIMARY_1], measure="test.members", kind="stock", day=date(2022, 2, 10))
        refresh.run()
        values = ReportCell.objects.filter(node_id=unions[CITY]).values_list("last", "value")
        assert {last.month: value for last, value in values} == {1: 1, **dict.fromkeys([2, 3, 4, 5, 6, 7, 8, 9, 12], 2)}


def test_what_was_built_is_not_built_again_and_a_new_indicator_is(unions: list[int]) -> None:
    book(unions[PRIMARY_1], day=date(2022, 8, 1))
    with declared(indicator("x")):
        assert refresh.run().built > 0
        assert refresh.run().built == 0
    with declared(indicator("x"), indicator("y", dims={"sex": "f"})):
        assert refresh.run().built == ReportBuilt.objects.count() / 2


def test_small_numbers_are_hidden_and_nothing_stays_nothing() -> None:
    assert [floor.is_small(number, 5) for number in (0, 1, 4, 5, 6)] == [False, True, True, False, False]
    assert not floor.is_small(1, 0)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({1: 3, 2: 10, 3: 20}, {1, 2}),
        ({1: 3, 2: 4, 3: 20}, {1, 2}),
        ({1: 7, 2: 10}, set()),
        ({1: 3, 2: 0}, {1}),
        ({1: 0, 2: 0}, set()),
    ],
)
def test_one_hidden_share_hides_another_so_that_no_subtraction_finds_it(
    values: dict[int, int], expected: set[int]
) -> None:
    assert floor.hidden_in(values, 5) == expected


def test_a_small_figure_is_hidden_on_a_shown_card_and_so_is_its_only_sibling(unions: list[int]) -> None:
    complaints = indicator("x", smallest_cell=5)
    for place, qty in ((PRIMARY_1, 3), (PRIMARY_2, 8), (WEST, 9)):
        book(unions[place], qty=qty, day=date(2022, 5, 1))

    def of(place: int) -> tuple[int | None, bool]:
        whole: Card = card(Union.objects.get(pk=unions[place]), YEAR, [complaints])
        this = shown(whole).lines[0].this
        return this.value, this.hidden

    assert of(CITY) == (20, False)
    assert of(EAST) == (11, False)
    assert of(STREET_1) == (None, True)
    assert of(STREET_2) == (None, True)


def test_a_declared_code_belongs_to_one_indicator() -> None:
    with declared(indicator("x")):
        declare(indicator("x"))
        with pytest.raises(ValueError, match="two indicators"):
            declare(indicator("x", version=2))


def test_a_part_follows_what_it_is_part_of() -> None:
    with declared(indicator("z", of="a", order=1), indicator("b", order=2), indicator("a", order=1)):
        assert [found.code for found in all_indicators()] == ["a", "z", "b"]


@pytest.mark.parametrize(
    "values",
    [
        {"kind": Kind.RATE},
        {"kind": Kind.FLOW_QTY, "measure": ""},
        {"drill_level": DrillLevel.PERSONS},
    ],
)
def test_an_indicator_that_cannot_be_counted_or_opened_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        indicator("x", **values)


def test_units_show_base_units_in_their_own() -> None:
    assert units.YUAN.shown(132_350_000) == "1,323,500.00"
    assert units.YUAN.number(132_350_000) == 1_323_500
    assert units.YUAN.number(105) == 1.05
    assert units.YUAN.shown(-5) == "-0.05"
    assert units.PERCENT.shown(9234) == "92.34"
    assert units.PERSONS.shown(45_000) == "45,000"


def run_report(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("report", *arguments, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_the_command_prints_the_figures_with_both_days_included(unions: list[int]) -> None:
    rate = indicator("r", Kind.RATE, unit=units.PERCENT, numerator=Part("test.joined"), denominator=Part("test.joined"))
    with declared(indicator("x"), rate):
        book(unions[PRIMARY_1], day=date(2022, 3, 31))
        book(unions[PRIMARY_1], day=date(2022, 4, 1))
        printed = run_report("--union", "east", "--from", "2022-01-01", "--to", "2022-03-31", "--json")
    assert printed["figures"] == [
        {
            "code": "r", "value": 100, "unit": "percent", "numerator": 1, "denominator": 1,
            "from": "2022-01-01", "to": "2022-03-31", "day": "2022-03-31",
        },
        {
            "code": "x", "value": 1, "unit": "persons", "numerator": None, "denominator": None,
            "from": "2022-01-01", "to": "2022-03-31", "day": "2022-03-31",
        },
    ]  # fmt: skip


def test_the_command_says_what_is_wrong(unions: list[int]) -> None:
    with pytest.raises(CommandError, match="no union with the code nowhere"):
        run_report("--union", "nowhere", "--from", "2022-01-01", "--to", "2022-03-31")
    with pytest.raises(CommandError, match="--to is before --from"):
        run_report("--from", "2022-01-02", "--to", "2022-01-01")
    with pytest.raises(CommandError, match="is not a day"):
        run_report("--from", "2022-02-30", "--to", "2022-03-31")
