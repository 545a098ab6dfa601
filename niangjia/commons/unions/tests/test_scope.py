"""How far an office reaches, and which union answers for whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from niangjia.commons.unions import queries, responsible, scope, testing, tree
from niangjia.commons.unions.actions import (
    NewEmployer,
    NewUnion,
    close_union,
    found_union,
    move_union,
    register_employer,
)
from niangjia.commons.unions.models import Union, UnionSpan
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.errors import NotAllowed, NotFound, RuleBroken


@pytest.fixture
def city(clock, tree_of):
    return tree_of


def reached(actor, *roles):
    return set(Union.objects.filter(scope.within(actor, *roles, field="pk")).values_list("code", flat=True))


def test_an_officer_reaches_the_own_union_and_all_below(city):
    officer = testing.an_officer([(city["EAST"], Role.UNION_OFFICER)])
    assert reached(officer) == {"EAST", "EAST-1", "EAST-2", "FIRM", "SHOP"}
    assert reached(officer, Role.UNION_OFFICER) == reached(officer)
    assert reached(officer, Role.REVIEWER) == set()


def test_several_offices_add_up(city):
    officer = testing.an_officer([(city["EAST-1"], Role.UNION_OFFICER), (city["WEST"], Role.REVIEWER)])
    assert reached(officer) == {"EAST-1", "FIRM", "SHOP", "WEST", "WEST-1"}
    assert reached(officer, Role.REVIEWER) == {"WEST", "WEST-1"}


def test_the_system_reaches_all_and_nobody_reaches_nothing(city):
    assert reached(testing.SYSTEM) == set(city)
    assert reached(Actor.anonymous()) == set()
    assert reached(Actor(ActorKind.MEMBER, user_id=1, person_id=1)) == set()


def test_an_employers_agent_reaches_something_only_where_a_room_names_the_role(city):
    agent = testing.an_officer([(city["FIRM"], Role.EMPLOYER_AGENT)])
    assert reached(agent) == set()
    assert reached(agent, Role.EMPLOYER_AGENT) == {"FIRM", "SHOP"}
    with pytest.raises(NotFound):
        scope.require(agent, city["FIRM"].pk, Role.UNION_OFFICER)


def test_one_branch_never_sees_another_whose_id_begins_alike(db):
    """Path 1.1. and path 1.10. differ by a dot only."""
    testing.grown_tree([(kind, fan) for (kind, _fan), fan in zip(testing.LEVELS[:2], (1, 30), strict=True)])
    below = set(tree.below("1.2."))
    assert below == {2}
    assert UnionSpan.objects.filter(path__startswith="1.2").count() > len(below)


def test_reach_changes_with_a_move_at_once_but_not_before_its_day(city, clock):
    officer = testing.an_officer([(city["WEST"], Role.UNION_OFFICER)])
    move_union(actor=testing.SYSTEM, union_id=city["FIRM"].pk, parent_id=city["WEST-1"].pk, day=date(2026, 3, 10))
    assert "SHOP" not in reached(officer)
    clock.set(date(2026, 3, 10))
    assert {"FIRM", "SHOP"} <= reached(officer)


def test_what_a_closed_union_did_stays_in_sight(city):
    officer = testing.an_officer([(city["EAST"], Role.UNION_OFFICER)])
    close_union(actor=testing.SYSTEM, union_id=city["SHOP"].pk)
    assert "SHOP" in reached(officer)


def test_the_switcher_narrows_what_is_shown_and_never_widens_it(city):
    officer = testing.an_officer([(city["EAST"], Role.UNION_OFFICER)])

    def shown(code):
        chosen = replace(officer, chosen_node_id=city[code].pk)
        return set(Union.objects.filter(scope.shown(chosen, field="pk")).values_list("code", flat=True))

    assert shown("EAST-1") == {"EAST-1", "FIRM", "SHOP"}
    assert shown("CITY") == reached(officer)
    assert shown("WEST") == set()


def test_require_tells_out_of_sight_from_no_office(city):
    officer = testing.an_officer([(city["EAST"], Role.UNION_OFFICER), (city["EAST-1"], Role.REVIEWER)])
    assert scope.require(officer, city["FIRM"].pk, Role.UNION_OFFICER).node_id == city["EAST"].pk
    assert scope.require(officer, city["FIRM"].pk).node_id == city["EAST-1"].pk
    with pytest.raises(NotAllowed, match="NO_OFFICE_HERE"):
        scope.require(officer, city["FIRM"].pk, Role.MEDIATOR)
    for strange in (city["WEST"].pk, 0, -1, 2**63):
        with pytest.raises(NotFound):
            scope.require(officer, strange, Role.UNION_OFFICER)
    assert scope.require(testing.SYSTEM, city["WEST"].pk, Role.MEDIATOR).role == "system"


def test_only_the_outermost_of_nested_offices_is_asked_for():
    assert scope.outermost(["1.2.3.", "1.2.", "1.20.", "1.2."]) == ("1.2.", "1.20.")


def test_the_switcher_lists_open_unions_within_reach(city):
    officer = testing.an_officer([(city["EAST"], Role.UNION_OFFICER)])
    close_union(actor=testing.SYSTEM, union_id=city["EAST-2"].pk)
    assert [union.code for union in queries.unions_of(officer)] == ["EAST", "EAST-1", "FIRM", "SHOP"]
    assert [union.code for union in queries.search(officer, "east-1")] == ["EAST-1"]
    assert queries.search(officer, "WEST") == []
    assert queries.search(officer, "  ") == []
    assert [union.code for union in queries.search(officer, "FIRM工")] == ["FIRM"]


def test_reading_up_and_down(city):
    firm = city["FIRM"].pk
    assert [union.code for union in tree.children(city["EAST"].pk)] == ["EAST-1", "EAST-2"]
    assert tree.is_below(firm, city["EAST"].pk)
    assert tree.is_below(firm, firm)
    assert not tree.is_below(firm, city["WEST"].pk)
    assert tree.nearest_of_kind(firm, ["district"]) == city["EAST"]
    assert tree.nearest_of_kind(firm, ["national"]) is None
    assert tree.root() == city["CITY"]
    assert list(tree.with_parent_names(kinds=["street"])) == [
        ("EAST-1", "EAST-1工会", "EAST工会"),
        ("EAST-2", "EAST-2工会", "EAST工会"),
        ("WEST-1", "WEST-1工会", "WEST工会"),
    ]
    near = Union.objects.filter(pk__in=tree.within_same(firm, kinds=("district",)))
    assert {union.code for union in near} == {"EAST", "EAST-1", "EAST-2", "FIRM", "SHOP"}
    assert len(tree.within_same(firm, kinds=("national",))) == len(city)
    with pytest.raises(NotFound):
        tree.path_of(firm, date(2019, 12, 31))


# Which union answers for a worker


@pytest.mark.parametrize(
    ("area", "code"),
    [
        ("110101001", "EAST-1"),
        ("110101001000", "EAST-1"),
        ("110101009", "EAST"),
        ("110101", "EAST"),
        ("110199", "CITY"),
        ("110100", "CITY"),
    ],
)
def test_the_smallest_area_with_a_union_answers(city, area, code):
    assert tree.responsible_for(area) == city[code]


@pytest.mark.parametrize("area", ["", "120101", "abc", "1101", "11010100100", "١١٠١٠١"])
def test_a_place_that_is_nobodys_has_no_union(city, area):
    assert tree.responsible_for(area) is None


def test_a_closed_street_leaves_its_area_to_the_district(city):
    close_union(actor=testing.SYSTEM, union_id=city["EAST-2"].pk)
    assert tree.responsible_for("110101002") == city["EAST"]
    assert tree.responsible_for("110101002", date(2026, 3, 3)) == city["EAST-2"]


def test_a_primary_union_at_a_place_does_not_answer_for_it(city):
    found_union(
        actor=testing.SYSTEM,
        plan=NewUnion("OTHER", "别的", "primary", "EAST", area_code="110101009", accepts_members=True),
    )
    assert tree.responsible_for("110101009") == city["EAST"]


def employer(city, code=None, area=""):
    union = None if code is None else city[code].pk
    plan = NewEmployer("某公司", "private", union_id=union, area_code=area)
    return register_employer(actor=testing.SYSTEM, plan=plan)


def answer(**asked):
    found = responsible.for_worker(**asked)
    return found.union.code, found.because


def test_the_employers_union_comes_first(city):
    assert answer(employer=employer(city, "FIRM"), area_code="110102001") == ("FIRM", "employer")


def test_an_employer_without_a_union_leaves_the_worker_to_its_street(city):
    assert answer(employer=employer(city, area="110101002"), area_code="110102001") == ("EAST-2", "employer_area")


def test_who_has_no_employer_goes_to_the_street_where_they_work(city):
    assert answer(area_code="110102001") == ("WEST-1", "area")
    assert answer(employer=employer(city), area_code="110102001") == ("WEST-1", "area")


def test_a_closed_employers_union_hands_over_to_the_one_above_that_takes_members(city):
    firm = employer(city, "SHOP")
    close_union(actor=testing.SYSTEM, union_id=city["SHOP"].pk)
    firm.refresh_from_db()
    assert answer(employer=firm) == ("FIRM", "employer")


def test_an_employers_union_that_takes_no_members_and_has_none_above_falls_to_the_area(city):
    assert answer(employer=employer(city, "TRADE"), area_code="110102001") == ("WEST-1", "area")


def test_where_nobody_answers_the_worker_is_told_what_to_do(city):
    with pytest.raises(RuleBroken, match="NO_RESPONSIBLE_UNION") as refused:
        responsible.for_worker(area_code="440300")
    assert "area_code" in refused.value.fields
