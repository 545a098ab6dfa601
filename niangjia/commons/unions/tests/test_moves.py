"""Moving unions: dated, without cycles, with everything below."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction

from niangjia.commons.unions import carrying, events, testing, tree
from niangjia.commons.unions.actions import NewUnion, cancel_move, close_union, found_union, found_unions, move_union
from niangjia.commons.unions.kinds import Axis, UnionKind
from niangjia.commons.unions.models import TreeChange, UnionSpan
from niangjia.commons.unions.roles import Role
from niangjia.commons.unions.tests import model
from niangjia.kernel.errors import Conflict, NotAllowed, NotFound, RuleBroken
from niangjia.kernel.text import _
from niangjia.platform.audit.models import AuditEntry

TODAY = date(2026, 3, 4)
LATER = date(2026, 6, 1)


@pytest.fixture
def city(clock, tree_of):
    return tree_of


def move(city, code, parent, day=None, **options):
    return move_union(
        actor=options.pop("actor", testing.SYSTEM),
        union_id=city[code].pk,
        parent_id=city[parent].pk,
        day=day,
        **options,
    )


def codes_above(union, day=None, axis=Axis.AFFILIATION):
    return [above.code for above in tree.ancestors(union.pk, day, axis)]


def test_a_move_takes_everything_below_along(city):
    move(city, "FIRM", "WEST-1")
    assert codes_above(city["SHOP"]) == ["FIRM", "WEST-1", "WEST", "CITY"]
    assert model.broken_invariants() == []


def test_days_before_a_move_keep_the_old_tree(city):
    move(city, "FIRM", "WEST-1")
    assert codes_above(city["SHOP"], TODAY - timedelta(days=1)) == ["FIRM", "EAST-1", "EAST", "CITY"]
    assert codes_above(city["SHOP"], TODAY) == ["FIRM", "WEST-1", "WEST", "CITY"]


def test_a_future_move_takes_effect_by_the_clock(city, clock):
    move(city, "FIRM", "WEST-1", LATER)
    assert codes_above(city["FIRM"]) == ["EAST-1", "EAST", "CITY"]
    clock.set(LATER - timedelta(days=1))
    assert codes_above(city["FIRM"]) == ["EAST-1", "EAST", "CITY"]
    clock.set(LATER)
    assert codes_above(city["FIRM"]) == ["WEST-1", "WEST", "CITY"]
    assert model.broken_invariants() == []


def test_a_period_is_counted_on_the_tree_of_its_last_day(city):
    move(city, "FIRM", "WEST-1", LATER)
    half = {day: set(tree.below(city["WEST"].pk, day)) for day in (date(2026, 5, 31), date(2026, 6, 30))}
    assert city["SHOP"].pk not in half[date(2026, 5, 31)]
    assert city["SHOP"].pk in half[date(2026, 6, 30)]


def test_moving_a_district_below_a_scheduled_move_keeps_both(city):
    move(city, "FIRM", "WEST-1", LATER)
    move(city, "SHOP", "FIRM")
    move(city, "EAST-1", "WEST", date(2026, 4, 1))
    assert codes_above(city["SHOP"], date(2026, 4, 1)) == ["FIRM", "EAST-1", "WEST", "CITY"]
    assert codes_above(city["SHOP"], LATER) == ["FIRM", "WEST-1", "WEST", "CITY"]
    assert model.broken_invariants() == []


def test_a_target_that_will_move_takes_its_new_child_along(city):
    move(city, "EAST-1", "WEST", LATER)
    move(city, "FIRM", "EAST-2")
    move(city, "FIRM", "EAST-1", date(2026, 5, 1))
    assert codes_above(city["SHOP"], date(2026, 5, 1)) == ["FIRM", "EAST-1", "EAST", "CITY"]
    assert codes_above(city["SHOP"], LATER) == ["FIRM", "EAST-1", "WEST", "CITY"]
    assert model.broken_invariants() == []


def test_where_both_lines_change_later_each_stretch_gets_its_own_path(city):
    move(city, "EAST-1", "WEST", date(2026, 5, 1))
    move(city, "EAST-2", "WEST", LATER)
    move(city, "FIRM", "EAST-2", date(2026, 4, 1))
    found = {day: codes_above(city["SHOP"], day) for day in (date(2026, 3, 31), date(2026, 4, 1), LATER)}
    assert found[date(2026, 3, 31)] == ["FIRM", "EAST-1", "EAST", "CITY"]
    assert found[date(2026, 4, 1)] == ["FIRM", "EAST-2", "EAST", "CITY"]
    assert found[LATER] == ["FIRM", "EAST-2", "WEST", "CITY"]
    assert model.broken_invariants() == []


@pytest.mark.postgresql
def test_the_one_statement_writes_what_the_portable_ones_write(city, monkeypatch):
    def written():
        with transaction.atomic():
            move(city, "EAST-1", "WEST", date(2026, 5, 1))
            move(city, "EAST-2", "WEST", LATER)
            for parent in ("EAST-2", "WEST-1"):
                move(city, "FIRM", parent, date(2026, 4, 1))
            move(city, "SHOP", "TRADE", date(2026, 2, 1), axis=Axis.FUND)
            fields = ("union_id", "axis", "parent_id", "path", "depth", "valid_from", "valid_to")
            rows = set(UnionSpan.objects.values_list(*fields))
            transaction.set_rollback(True)
        return rows

    in_one = written()
    monkeypatch.setattr(carrying, "statements", lambda: carrying.PORTABLE)
    assert written() == in_one


def test_a_union_founded_below_a_scheduled_move_goes_with_it(city):
    move(city, "EAST-1", "WEST", LATER)
    shop = found_union(actor=testing.SYSTEM, plan=NewUnion("NEW", "新工会", UnionKind.PRIMARY, "EAST-1"))
    assert codes_above(shop) == ["EAST-1", "EAST", "CITY"]
    assert codes_above(shop, LATER) == ["EAST-1", "WEST", "CITY"]
    assert model.broken_invariants() == []


def test_a_scheduled_move_can_be_taken_back(city):
    move(city, "FIRM", "WEST-1", LATER)
    cancel_move(actor=testing.SYSTEM, union_id=city["FIRM"].pk)
    assert codes_above(city["SHOP"], LATER) == ["FIRM", "EAST-1", "EAST", "CITY"]
    with pytest.raises(Conflict, match="NO_MOVE_SCHEDULED"):
        cancel_move(actor=testing.SYSTEM, union_id=city["FIRM"].pk)
    assert model.broken_invariants() == []


def test_the_last_scheduled_move_is_taken_back_first(city):
    move(city, "FIRM", "WEST-1", LATER)
    move(city, "FIRM", "EAST-2", date(2026, 7, 1))
    cancel_move(actor=testing.SYSTEM, union_id=city["FIRM"].pk)
    assert codes_above(city["FIRM"], date(2026, 7, 1)) == ["WEST-1", "WEST", "CITY"]
    cancel_move(actor=testing.SYSTEM, union_id=city["FIRM"].pk)
    assert codes_above(city["FIRM"], date(2026, 7, 1)) == ["EAST-1", "EAST", "CITY"]
    assert model.broken_invariants() == []


def test_a_move_is_not_taken_back_when_a_later_one_would_then_close_a_cycle(city):
    plans = [NewUnion(code, code, "association", parent) for code, parent in (("A", "EAST-1"), ("B", "A"))]
    upper, lower = found_unions(actor=testing.SYSTEM, plans=plans)
    move_union(actor=testing.SYSTEM, union_id=lower.pk, parent_id=city["EAST-2"].pk, day=LATER)
    move_union(actor=testing.SYSTEM, union_id=upper.pk, parent_id=lower.pk, day=date(2026, 7, 1))
    with pytest.raises(RuleBroken, match="CYCLE"):
        cancel_move(actor=testing.SYSTEM, union_id=lower.pk)
    assert model.broken_invariants() == []


def test_a_move_is_not_taken_back_to_a_parent_that_closes_meanwhile(city):
    for axis in Axis:
        move(city, "FIRM", "WEST-1", LATER, axis=axis)
    close_union(actor=testing.SYSTEM, union_id=city["EAST-1"].pk, day=LATER)
    with pytest.raises(Conflict, match="UNION_CLOSED"):
        cancel_move(actor=testing.SYSTEM, union_id=city["FIRM"].pk)


def test_a_second_move_before_a_scheduled_one_is_refused(city):
    move(city, "FIRM", "WEST-1", LATER)
    with pytest.raises(Conflict, match="LATER_MOVE"):
        move(city, "FIRM", "EAST-2")


def test_a_scheduled_move_can_be_changed_on_its_own_day(city):
    move(city, "FIRM", "WEST-1", LATER)
    move(city, "FIRM", "EAST-2", LATER)
    assert codes_above(city["SHOP"], LATER) == ["FIRM", "EAST-2", "EAST", "CITY"]
    assert model.broken_invariants() == []


def test_a_backdated_move_is_marked_as_restating(city):
    move(city, "FIRM", "WEST-1", date(2025, 12, 31))
    change = TreeChange.objects.get(kind="moved")
    assert change.is_backdated
    assert not TreeChange(effective_on=TODAY, recorded_at=change.recorded_at).is_backdated


def test_axes_move_one_by_one(city):
    move(city, "FIRM", "TRADE", axis=Axis.FUND)
    assert codes_above(city["SHOP"], axis=Axis.FUND) == ["FIRM", "TRADE", "CITY"]
    assert codes_above(city["SHOP"]) == ["FIRM", "EAST-1", "EAST", "CITY"]
    assert codes_above(city["SHOP"], axis=Axis.AREA) == ["FIRM", "EAST-1", "EAST", "CITY"]
    assert [found for axis in Axis for found in model.broken_invariants(axis)] == []


def test_the_span_of_a_day_that_is_replaced_on_the_same_day_leaves_no_trace_of_zero_days(city):
    move(city, "FIRM", "WEST-1")
    move(city, "FIRM", "EAST-2")
    spans = UnionSpan.objects.filter(union=city["FIRM"], axis=Axis.AFFILIATION).order_by("valid_from")
    assert [(span.valid_from, span.valid_to) for span in spans] == [(testing.FOUNDED, TODAY), (TODAY, None)]


@pytest.mark.parametrize("target", ["EAST-1", "FIRM", "SHOP"], ids=["itself", "child", "grandchild"])
def test_a_union_never_moves_to_itself_or_below(city, target):
    with pytest.raises(RuleBroken, match="CYCLE") as refused:
        move(city, "EAST-1", target)
    assert str(refused.value.fields["parent"][0]) == "不能移到自身或下级。"


def test_a_cycle_that_would_close_only_later_is_refused(city):
    shop = found_union(actor=testing.SYSTEM, plan=NewUnion("ASSOC", "联合会", "association", "EAST-1"))
    other = found_union(actor=testing.SYSTEM, plan=NewUnion("ASSOC-2", "联合会二", "association", "EAST-2"))
    move_union(actor=testing.SYSTEM, union_id=shop.pk, parent_id=other.pk, day=LATER)
    with pytest.raises(RuleBroken, match="CYCLE"):
        move_union(actor=testing.SYSTEM, union_id=other.pk, parent_id=shop.pk)


def test_the_root_does_not_move(city):
    with pytest.raises(RuleBroken, match="ROOT"):
        move(city, "CITY", "EAST")


def test_a_street_does_not_go_under_an_employers_union(city):
    with pytest.raises(RuleBroken, match="PARENT_KIND") as refused:
        move(city, "EAST-2", "FIRM")
    assert "“街道总工会”不能隶属于“基层工会”" in str(refused.value.message)
    assert "区总工会、开发区总工会" in str(refused.value.message)


def test_the_tree_has_ten_levels_at_most(city):
    parent = "SHOP"
    for level in range(6, 11):
        found_union(actor=testing.SYSTEM, plan=NewUnion(f"B-{level}", f"分会{level}", "branch", parent))
        parent = f"B-{level}"
    with pytest.raises(RuleBroken, match="TOO_DEEP"):
        found_union(actor=testing.SYSTEM, plan=NewUnion("B-11", "分会11", "branch", parent))
    joint = found_union(actor=testing.SYSTEM, plan=NewUnion("JOINT", "联合工会", "joint", "EAST-2"))
    inner = found_union(actor=testing.SYSTEM, plan=NewUnion("INNER", "里面", "branch", "JOINT"))
    move_union(actor=testing.SYSTEM, union_id=city["SHOP"].pk, parent_id=joint.pk)
    with pytest.raises(RuleBroken, match="TOO_DEEP"):
        move_union(actor=testing.SYSTEM, union_id=city["SHOP"].pk, parent_id=inner.pk)


def test_nothing_happens_before_a_founding(city):
    new = found_union(actor=testing.SYSTEM, plan=NewUnion("NEW", "新工会", UnionKind.PRIMARY, "EAST-1"))
    with pytest.raises(RuleBroken, match="BEFORE_FOUNDING"):
        move(city | {"NEW": new}, "NEW", "EAST-2", TODAY - timedelta(days=1))
    young = found_union(actor=testing.SYSTEM, plan=NewUnion("YOUNG", "新联合会", UnionKind.ASSOCIATION, "EAST-1"))
    with pytest.raises(RuleBroken, match="BEFORE_FOUNDING"):
        move(city | {"YOUNG": young}, "FIRM", "YOUNG", TODAY - timedelta(days=1))


def test_moving_to_where_it_stands_changes_nothing(city, unchanged):
    with unchanged():
        move(city, "FIRM", "EAST-1")


@pytest.mark.parametrize("strange", [0, -1, 2**63, 2**31])
def test_an_id_that_is_none_is_not_found(city, strange):
    with pytest.raises(NotFound):
        move_union(actor=testing.SYSTEM, union_id=strange, parent_id=city["EAST"].pk)
    with pytest.raises(NotFound):
        move_union(actor=testing.SYSTEM, union_id=city["EAST"].pk, parent_id=strange)


def test_a_closed_union_neither_moves_nor_receives(city):
    close_union(actor=testing.SYSTEM, union_id=city["WEST-1"].pk)
    with pytest.raises(Conflict, match="UNION_CLOSED"):
        move(city, "FIRM", "WEST-1")
    with pytest.raises(Conflict, match="UNION_CLOSED"):
        move(city, "WEST-1", "EAST")


def test_a_stale_page_is_refused(city):
    seen = city["FIRM"].revision
    move(city, "FIRM", "EAST-2", revision=seen)
    with pytest.raises(Conflict, match="STALE"):
        move(city, "FIRM", "WEST-1", revision=seen)


def test_names_are_told_apart_under_the_new_parent(city):
    found_union(actor=testing.SYSTEM, plan=NewUnion("TWIN", "FIRM工会", UnionKind.PRIMARY, "EAST-2"))
    with pytest.raises(RuleBroken, match="NAME_TWIN"):
        move(city, "FIRM", "EAST-2")


def test_who_has_an_office_above_both_parents_may_move(city):
    officer = testing.an_officer([(city["CITY"], Role.UNION_OFFICER)])
    move(city, "FIRM", "WEST-1", actor=officer, reason="企业迁址")
    entry = AuditEntry.objects.get(action="unions.union.moved")
    assert (entry.ground, entry.reason) == (f"union_officer@{city['CITY'].pk}", "企业迁址")
    assert (entry.before, entry.after, entry.node_id) == ("EAST-1", "WEST-1", city["FIRM"].pk)


def test_two_offices_that_reach_both_sides_are_enough(city):
    officer = testing.an_officer([(city["EAST"], Role.UNION_OFFICER), (city["WEST"], Role.UNION_OFFICER)])
    move(city, "FIRM", "WEST-1", actor=officer)
    assert codes_above(city["FIRM"]) == ["WEST-1", "WEST", "CITY"]


@pytest.mark.parametrize(
    ("offices", "error"),
    [
        ([("EAST", Role.UNION_OFFICER)], NotFound),
        ([("EAST", Role.UNION_OFFICER), ("WEST", Role.REVIEWER)], NotAllowed),
        ([("EAST", Role.REVIEWER), ("WEST", Role.UNION_OFFICER)], NotAllowed),
        ([("CITY", Role.AUDIT_ADMIN)], NotAllowed),
        ([("FIRM", Role.UNION_OFFICER), ("WEST", Role.UNION_OFFICER)], NotAllowed),
        ([("CITY", Role.EMPLOYER_AGENT)], NotFound),
    ],
    ids=[
        "target out of sight",
        "no right on the target",
        "no right on the source",
        "auditor",
        "own union only",
        "agent",
    ],
)
def test_who_lacks_an_office_on_one_side_moves_nothing(city, unchanged, offices, error):
    actor = testing.an_officer([(city[code], role) for code, role in offices])
    with unchanged(), pytest.raises(error):
        move(city, "FIRM", "WEST-1", actor=actor)


def test_floors_above_may_refuse_a_move(city, unchanged):
    def refuse(sender, **_moving):
        raise Conflict("ELECTION", _("换届期间不能移动。"))

    events.union_moving.connect(refuse)
    try:
        with unchanged(), pytest.raises(Conflict, match="ELECTION"):
            move(city, "FIRM", "WEST-1")
    finally:
        events.union_moving.disconnect(refuse)


def test_floors_above_hear_of_a_change(city):
    heard = []

    def listen(sender, changes, **_rest):
        heard.extend((change.kind, change.union.code, change.effective_on) for change in changes)

    events.tree_changed.connect(listen)
    try:
        move(city, "FIRM", "WEST-1", LATER)
    finally:
        events.tree_changed.disconnect(listen)
    assert heard == [("moved", "FIRM", LATER)]
