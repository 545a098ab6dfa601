"""Founding, renaming and closing unions."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from niangjia.commons.unions import events, queries, testing, tree
from niangjia.commons.unions.actions import (
    NewUnion,
    appoint,
    close_union,
    found_union,
    found_unions,
    move_union,
    rename_union,
)
from niangjia.commons.unions.kinds import ALLOWED_PARENTS, KIND_LABELS, Axis, UnionKind, may_stand_under
from niangjia.commons.unions.models import Appointment, TreeChange, Union, UnionSpan
from niangjia.commons.unions.roles import Role
from niangjia.commons.unions.tests import model
from niangjia.kernel.errors import Conflict, NotAllowed, NotFound, RuleBroken
from niangjia.kernel.text import _
from niangjia.platform.audit.models import AuditEntry

TODAY = date(2026, 3, 4)


@pytest.fixture
def city(clock, tree_of):
    return tree_of


def found(code="NEW", name="新工会", kind="primary", parent="EAST-1", actor=testing.SYSTEM, **rest):
    return found_union(actor=actor, plan=NewUnion(code, name, kind, parent, **rest))


def test_a_new_union_stands_on_all_three_axes(city):
    union = found(fund_parent="TRADE", area_parent="WEST-1")
    above = {axis: tree.parent_of(union.pk, axis=axis).code for axis in Axis}
    assert above == {Axis.AFFILIATION: "EAST-1", Axis.FUND: "TRADE", Axis.AREA: "WEST-1"}
    assert [broken for axis in Axis for broken in model.broken_invariants(axis)] == []


def test_a_founding_leaves_an_event_and_an_audit_entry(city):
    officer = testing.an_officer([(city["EAST"], Role.UNION_OFFICER)])
    union = found_union(actor=officer, plan=NewUnion("NEW", "新工会", "primary", "EAST-1"), reason="建会批复")
    assert TreeChange.objects.get(union=union).to_parent.code == "EAST-1"
    entry = AuditEntry.objects.get(action="unions.union.founded", subject_id=union.public_id)
    assert (entry.ground, entry.reason) == (f"union_officer@{city['EAST'].pk}", "建会批复")


@pytest.mark.parametrize(
    ("kind", "parent", "takes_in"),
    [("primary", "EAST-1", True), ("town", "EAST", True), ("industry", "CITY", False), ("association", "EAST", False)],
)
def test_who_takes_in_members_goes_by_kind_unless_said(city, kind, parent, takes_in):
    assert found(kind=kind, parent=parent).accepts_members is takes_in
    assert found("OTHER", "别的", kind, parent, accepts_members=not takes_in).accepts_members is not takes_in


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "NAME_EMPTY"),
        ("   ", "NAME_EMPTY"),
        ("\u200b\u200b", "NAME_CHARACTERS"),
        ("会" * 201, "NAME_TOO_LONG"),
        ("<script>alert(1)</script>", "NAME_CHARACTERS"),
        ("=SUM(A1)", "NAME_CHARACTERS"),
        ("@工会", "NAME_CHARACTERS"),
        ("工\x00会", "NAME_CHARACTERS"),
        ("工\u202e会", "NAME_CHARACTERS"),
        ("工\ud800会", "NAME_CHARACTERS"),
        ("FIRM工会", "NAME_TWIN"),
    ],
)
def test_a_name_that_cannot_be_one_is_refused(city, unchanged, name, code):
    with unchanged(), pytest.raises(RuleBroken, match=code) as refused:
        found(name=name)
    assert "name" in refused.value.fields


def test_a_name_keeps_its_full_width_brackets_and_loses_its_blanks(city):
    assert found(name="  某某(北京)\t有限公司工会 ").name == "某某(北京) 有限公司工会"
    assert found("NEW-2", "会" * 200).short_name == "会" * 60


@pytest.mark.parametrize("code", ["", " ", "-A", "A-", "甲", "A B", "A" * 33, "A_B", "A\n"])
def test_a_code_has_capitals_digits_and_hyphens(city, code):
    if code.strip() == "A":
        assert found(code).code == "A"
        return
    with pytest.raises(RuleBroken, match="CODE_INVALID"):
        found(code)


def test_a_code_is_written_in_capitals_and_used_once(city):
    assert found(" east-1-007 ").code == "EAST-1-007"
    with pytest.raises(Conflict, match="CODE_TAKEN"):
        found("EAST-1-007", "别的名称")
    with pytest.raises(Conflict, match="CODE_TAKEN"):
        found_unions(actor=testing.SYSTEM, plans=[NewUnion("X", n, "primary", "EAST-1") for n in ("甲", "乙")])


def test_twins_within_one_batch_are_refused(city):
    with pytest.raises(RuleBroken, match="NAME_TWIN"):
        found_unions(actor=testing.SYSTEM, plans=[NewUnion(c, "同名", "primary", "EAST-1") for c in ("X", "Y")])


@pytest.mark.parametrize(("code", "kept"), [("110101", "110101"), ("110101003000", "110101003"), ("", "")])
def test_an_area_code_is_kept_by_its_significant_digits(city, code, kept):
    assert found(area_code=code).area_code == kept


@pytest.mark.parametrize("code", ["11010", "1101011", "abcdef", "一一零一零一", "110101-03"])
def test_an_area_code_has_six_or_nine_digits(city, code):
    with pytest.raises(RuleBroken, match="AREA_INVALID"):
        found(area_code=code)


def test_one_territorial_union_answers_for_an_area(city):
    with pytest.raises(Conflict, match="AREA_TAKEN"):
        found("EAST-3", "三街道", "street", "EAST", area_code="110101001")
    close_union(actor=testing.SYSTEM, union_id=city["EAST-2"].pk)
    assert found("EAST-3", "三街道", "street", "EAST", area_code="110101002").area_code == "110101002"
    with pytest.raises(IntegrityError), transaction.atomic():
        Union.objects.filter(code="EAST-3").update(area_code="110101001")


def test_there_is_one_root(city):
    with pytest.raises(Conflict, match="ROOT_EXISTS"):
        found(kind="city", parent="")
    spans = UnionSpan.objects.filter(union=city["EAST"], axis=Axis.AFFILIATION)
    with pytest.raises(IntegrityError), transaction.atomic():
        spans.update(parent=None)


def test_only_the_system_founds_a_root(db):
    with pytest.raises(NotAllowed):
        found_union(actor=testing.staff(testing.a_user()), plan=NewUnion("CITY", "市总工会", "city"))


@pytest.mark.parametrize("kind", list(UnionKind))
def test_any_kind_may_be_the_root(db, kind):
    root = found_union(actor=testing.SYSTEM, plan=NewUnion("ROOT", "根", kind))
    assert tree.root() == root
    assert tree.ancestors(root.pk) == []


def test_kinds_know_where_they_may_stand():
    assert set(ALLOWED_PARENTS) == set(KIND_LABELS) == set(UnionKind)
    assert may_stand_under("development_area", "city")
    assert not may_stand_under("street", "primary")
    assert not may_stand_under("city", "district")


def test_a_parent_out_of_sight_does_not_exist(city, unchanged):
    officer = testing.an_officer([(city["WEST"], Role.UNION_OFFICER)])
    for parent in ("EAST-1", "NOWHERE"):
        with unchanged(), pytest.raises(NotFound):
            found(parent=parent, actor=officer)


def test_a_reviewer_founds_nothing(city):
    with pytest.raises(NotAllowed):
        found(actor=testing.an_officer([(city["EAST"], Role.REVIEWER)]))


def test_a_union_is_neither_older_than_its_parent_nor_of_tomorrow(city):
    with pytest.raises(RuleBroken, match="BEFORE_FOUNDING"):
        found(founded_on=testing.FOUNDED - timedelta(days=1))
    with pytest.raises(RuleBroken, match="FOUNDED_LATER"):
        found(founded_on=TODAY + timedelta(days=1))


def test_a_parent_comes_before_its_children(city):
    plans = [NewUnion("CHILD", "下", "branch", "PARENT"), NewUnion("PARENT", "上", "primary", "EAST-1")]
    with pytest.raises(RuleBroken, match="PARENT_MISSING"):
        found_unions(actor=testing.SYSTEM, plans=plans)
    assert len(found_unions(actor=testing.SYSTEM, plans=plans[::-1])) == 2
    assert model.broken_invariants() == []


def test_a_batch_takes_as_many_statements_as_one(city):
    def statements(prefix, count):
        plans = [NewUnion(f"{prefix}{n}", f"{prefix}{n}", "primary", "EAST-1") for n in range(count)]
        with CaptureQueriesContext(connection) as found_queries:
            found_unions(actor=testing.SYSTEM, plans=plans)
        return len(found_queries)

    assert statements("A", 1) == statements("B", 30)


def test_a_rename_keeps_code_and_place(city):
    officer = testing.an_officer([(city["FIRM"], Role.UNION_OFFICER)])
    rename_union(actor=officer, union_id=city["FIRM"].pk, name="新名工会", reason="企业更名")
    firm = Union.objects.get(code="FIRM")
    assert (firm.name, firm.short_name, firm.revision) == ("新名工会", "新名工会", 2)
    assert AuditEntry.objects.get(action="unions.union.renamed").data["from"] == "FIRM工会"


def test_a_rename_to_the_name_of_a_neighbour_is_refused(city):
    found(name="邻居")
    with pytest.raises(RuleBroken, match="NAME_TWIN"):
        rename_union(actor=testing.SYSTEM, union_id=city["FIRM"].pk, name="邻居")
    assert rename_union(actor=testing.SYSTEM, union_id=city["FIRM"].pk, name="FIRM工会").revision == 2


def test_a_closed_union_keeps_its_place_for_the_figures_of_its_time(city):
    close_union(actor=testing.SYSTEM, union_id=city["SHOP"].pk, day=date(2026, 4, 1), reason="撤销")
    shop = Union.objects.get(code="SHOP")
    assert shop.is_open_on(date(2026, 3, 31))
    assert not shop.is_open_on(date(2026, 4, 1))
    assert shop.pk in set(tree.below(city["EAST"].pk, date(2026, 12, 31)))
    assert shop not in Union.objects.open_on(date(2026, 4, 1))


def test_closing_ends_the_offices_held_there(city, clock):
    officer = testing.an_officer([(city["SHOP"], Role.UNION_OFFICER)])
    appoint(
        actor=testing.SYSTEM,
        user_id=officer.user_id,
        union_id=city["SHOP"].pk,
        role=Role.REVIEWER,
        valid_from=date(2026, 5, 1),
    )
    close_union(actor=testing.SYSTEM, union_id=city["SHOP"].pk, day=date(2026, 4, 1))
    assert Appointment.objects.in_force(date(2026, 3, 31)).count() == 1
    for later in (date(2026, 4, 1), date(2026, 5, 1), date(2027, 1, 1)):
        assert Appointment.objects.in_force(later).count() == 0


def test_who_has_children_is_not_closed(city):
    with pytest.raises(Conflict, match="HAS_CHILDREN"):
        close_union(actor=testing.SYSTEM, union_id=city["FIRM"].pk)
    close_union(actor=testing.SYSTEM, union_id=city["SHOP"].pk)
    assert close_union(actor=testing.SYSTEM, union_id=city["FIRM"].pk).closed_on == TODAY


def test_children_that_will_come_or_pay_there_hold_up_a_closing(city):
    move_union(actor=testing.SYSTEM, union_id=city["FIRM"].pk, parent_id=city["WEST-1"].pk, day=date(2026, 6, 1))
    with pytest.raises(Conflict, match="HAS_CHILDREN"):
        close_union(actor=testing.SYSTEM, union_id=city["WEST-1"].pk)
    found(fund_parent="TRADE")
    with pytest.raises(Conflict, match="HAS_CHILDREN"):
        close_union(actor=testing.SYSTEM, union_id=city["TRADE"].pk)


def test_the_root_is_not_closed_and_nothing_is_closed_twice(city):
    with pytest.raises(RuleBroken, match="ROOT"):
        close_union(actor=testing.SYSTEM, union_id=city["CITY"].pk)
    close_union(actor=testing.SYSTEM, union_id=city["SHOP"].pk)
    with pytest.raises(Conflict, match="UNION_CLOSED"):
        close_union(actor=testing.SYSTEM, union_id=city["SHOP"].pk)
    with pytest.raises(Conflict, match="UNION_CLOSED"):
        found(kind="branch", parent="SHOP")


def test_floors_above_may_refuse_a_closing(city, unchanged):
    def refuse(sender, **_closing):
        raise Conflict("HAS_MEMBERS", _("还有会员。"))

    events.union_closing.connect(refuse)
    try:
        with unchanged(), pytest.raises(Conflict, match="HAS_MEMBERS"):
            close_union(actor=testing.SYSTEM, union_id=city["SHOP"].pk)
    finally:
        events.union_closing.disconnect(refuse)


def test_a_unions_own_officer_does_not_close_it(city):
    officer = testing.an_officer([(city["SHOP"], Role.UNION_OFFICER), (city["FIRM"], Role.REVIEWER)])
    with pytest.raises(NotAllowed, match="NO_OFFICE_ABOVE"):
        close_union(actor=officer, union_id=city["SHOP"].pk)


def test_events_are_never_changed(city):
    with pytest.raises(DatabaseError), transaction.atomic():
        TreeChange.objects.update(kind="moved")


def test_the_history_of_a_union_is_newest_first(city):
    move_union(actor=testing.SYSTEM, union_id=city["FIRM"].pk, parent_id=city["WEST-1"].pk)
    rename_union(actor=testing.SYSTEM, union_id=city["FIRM"].pk, name="新名")
    assert [change.kind for change in queries.history_of(city["FIRM"].pk)] == ["renamed", "moved", "founded"]
