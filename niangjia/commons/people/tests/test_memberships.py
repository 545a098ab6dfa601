from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from niangjia.commons.people import actions, events, numbers, officers
from niangjia.commons.people.models import Membership, MembershipStay, NumberSerial
from niangjia.commons.people.queries import members_by_union
from niangjia.commons.people.testing import SYSTEM, a_member, a_person
from niangjia.commons.unions.actions import close_union
from niangjia.commons.unions.roles import Role
from niangjia.commons.unions.testing import a_user, an_officer, staff
from niangjia.kernel.errors import Conflict, DomainError, InvalidMove, NotAllowed, NotFound
from niangjia.kernel.ids import is_readable_number
from niangjia.kernel.policy import Decision, allow
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.lifecycle.records import Record

TODAY = date(2026, 3, 4)
BY_LAW = {"actor": SYSTEM, "decision": allow("test")}


def code_of(act, kind=DomainError):
    with pytest.raises(kind) as refusal, transaction.atomic():
        act()
    return refusal.value.code


def do(act, membership, **given):
    with transaction.atomic():
        return act(membership, **{**BY_LAW, "day": TODAY, **given})


def ended(membership, day=TODAY, cause="leave"):
    return do(actions.end_membership, membership, cause=cause, day=day, reason="本人书面申请")


def stays(membership):
    rows = MembershipStay.objects.filter(membership=membership).order_by("pk")
    return [(stay.union.code, stay.since, stay.until) for stay in rows]


# Admission


def test_an_admission_gives_number_stay_stock_audit_and_news(tree, booked):
    heard = []
    receiver = lambda **news: heard.append(news["membership"].number)  # noqa: E731
    events.member_joined.connect(receiver)
    person = a_person(category="courier")
    own = Record("joining", "joining.joined", tree["FIRM"].pk, person_id=person.pk)
    with transaction.atomic():
        membership = actions.admit(person, tree["FIRM"], **BY_LAW, day=TODAY, origin="stall", records=[own])
    assert is_readable_number(membership.number, "HY")
    assert membership.number.startswith("HY2026-")
    assert (membership.state, membership.since, membership.until) == ("active", TODAY, None)
    assert stays(membership) == [("FIRM", TODAY, None)]
    assert booked.records[0] == own
    stock = booked.records[1]
    assert (stock.measure, stock.kind, stock.qty, stock.node_id) == ("people.members", "stock", 1, tree["FIRM"].pk)
    assert stock.person_id == person.pk
    assert stock.dims == {
        "standing": "active", "category": "courier", "new_form": "yes", "sex": "male", "cause": "admit"
    }  # fmt: skip
    entry = AuditEntry.objects.get(action="people.membership.admit")
    assert (entry.subject_key, entry.node_id, entry.data["origin"]) == (person.public_id, tree["FIRM"].pk, "stall")
    assert heard == [membership.number]


def test_a_receiver_that_refuses_undoes_the_admission(tree, booked):
    def refuse(**_news):
        raise Conflict("NO", None)

    events.member_joined.connect(refuse)
    try:
        assert code_of(lambda: a_member(tree["FIRM"])) == "NO"
    finally:
        events.member_joined.disconnect(refuse)
    assert not Membership.objects.exists()
    assert not NumberSerial.objects.exists()


def test_one_person_has_one_current_membership(tree):
    membership = a_member(tree["FIRM"])
    assert code_of(lambda: a_member(tree["WEST-1"], person=membership.person), Conflict) == "ALREADY_MEMBER"


@pytest.mark.parametrize("state", ["active", "retained", "transferring"])
def test_the_database_itself_holds_one_current_membership(tree, state):
    from niangjia.platform.lifecycle.models import writing

    first = a_member(tree["FIRM"])
    second = Membership(
        person=first.person, union=tree["WEST-1"], number="HY2026-9999999-0", since=TODAY, origin="online",
        state=state, state_since=first.state_since, machine_version=1,
    )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic(), writing():
        second.save(force_insert=True)


def test_a_street_takes_members_and_a_city_does_not(tree):
    assert a_member(tree["EAST-1"]).union == tree["EAST-1"]
    assert code_of(lambda: a_member(tree["CITY"])) == "UNION_TAKES_NO_MEMBERS"


def test_a_union_takes_nobody_before_its_founding_or_after_its_closing(tree):
    before = date(2019, 12, 31)
    assert code_of(lambda: a_member(tree["FIRM"], day=before)) == "UNION_TAKES_NO_MEMBERS"
    close_union(actor=SYSTEM, union_id=tree["SHOP"].pk, day=TODAY)
    tree["SHOP"].refresh_from_db()
    assert code_of(lambda: a_member(tree["SHOP"])) == "UNION_TAKES_NO_MEMBERS"


def test_who_left_may_come_back_the_same_day_with_a_new_number(tree):
    first = a_member(tree["FIRM"], day=date(2025, 1, 1))
    ended(first)
    second = a_member(tree["WEST-1"], person=first.person)
    assert second.number != first.number
    assert second.since == TODAY


def test_a_new_membership_does_not_reach_back_into_the_old_one(tree):
    first = a_member(tree["FIRM"], day=date(2025, 1, 1))
    ended(first, day=date(2026, 2, 1))
    person = first.person
    assert code_of(lambda: a_member(tree["FIRM"], person=person, day=date(2026, 1, 31))) == "MEMBERSHIPS_OVERLAP"
    assert a_member(tree["FIRM"], person=person, day=date(2026, 2, 1)).since == date(2026, 2, 1)


def test_an_admission_needs_an_allowed_decision(tree):
    person = a_person()
    refused = Decision(False, code="NO_OFFICE_HERE")

    def admit():
        actions.admit(person, tree["FIRM"], actor=SYSTEM, decision=refused, day=TODAY)

    assert code_of(admit, NotAllowed) == "NO_OFFICE_HERE"
    assert not Membership.objects.exists()


# Moves


def test_a_transfer_keeps_the_number_and_moves_the_stock_by_one_and_one(tree, booked):
    membership = a_member(tree["FIRM"], day=date(2025, 1, 1))
    with transaction.atomic():
        moving = actions.begin_transfer(membership, **BY_LAW)
    assert booked.stock() == {(tree["FIRM"].pk,): 1}
    moved = do(actions.complete_transfer, moving, union=tree["WEST-1"])
    assert (moved.state, moved.union_id, moved.number) == ("active", tree["WEST-1"].pk, membership.number)
    assert moved.since == date(2025, 1, 1)
    assert stays(moved) == [("FIRM", date(2025, 1, 1), TODAY), ("WEST-1", TODAY, None)]
    assert booked.stock() == {(tree["WEST-1"].pk,): 1}
    assert {record.dims["cause"] for record in booked.records} == {"admit", "complete_transfer"}
    assert {record.kind for record in booked.records} == {"stock"}


def test_a_transfer_that_is_called_off_changes_nothing(tree, booked):
    membership = a_member(tree["FIRM"])
    with transaction.atomic():
        moving = actions.begin_transfer(membership, **BY_LAW)
        back = actions.call_off_transfer(moving, **BY_LAW, reason="新单位没有录用")
    assert (back.state, stays(back)) == ("active", [("FIRM", TODAY, None)])
    assert len(booked.records) == 1


@pytest.mark.parametrize(("union", "code"), [("FIRM", "SAME_UNION"), ("CITY", "UNION_TAKES_NO_MEMBERS")])
def test_a_transfer_goes_to_another_union_that_takes_members(tree, union, code):
    with transaction.atomic():
        moving = actions.begin_transfer(a_member(tree["FIRM"]), **BY_LAW)
    assert code_of(lambda: do(actions.complete_transfer, moving, union=tree[union])) == code


def test_retaining_changes_the_standing_and_not_the_number_of_members(tree, booked):
    membership = a_member(tree["FIRM"], day=date(2025, 1, 1))
    kept = do(actions.retain, membership, reason="退休保留会籍")
    assert kept.state == "retained"
    assert booked.stock() == {(tree["FIRM"].pk,): 1}
    assert booked.stock("standing") == {(tree["FIRM"].pk, "retained"): 1}
    taken_up = do(actions.take_up, kept, union=tree["WEST-1"])
    assert (taken_up.state, taken_up.union_id) == ("active", tree["WEST-1"].pk)
    assert booked.stock("standing") == {(tree["WEST-1"].pk, "active"): 1}


def test_a_retained_membership_of_a_closed_employer_goes_to_the_union_above(tree):
    kept = do(actions.retain, a_member(tree["FIRM"]), reason="单位撤销", union=tree["EAST-1"])
    assert [code for code, _since, _until in stays(kept)] == ["FIRM", "EAST-1"]


@pytest.mark.parametrize("cause", ["leave", "deem_left", "expel", "record_death"])
def test_an_end_takes_the_member_out_of_the_stock_and_closes_the_stay(tree, booked, cause):
    gone = ended(a_member(tree["FIRM"], day=date(2025, 1, 1)), cause=cause)
    assert (gone.state, gone.until, gone.ended_by, gone.counted_as) == ("ended", TODAY, cause, {})
    assert stays(gone) == [("FIRM", date(2025, 1, 1), TODAY)]
    assert booked.stock() == {}
    assert booked.records[-1].dims["cause"] == cause


def test_an_end_needs_a_known_cause_and_a_reason(tree):
    membership = a_member(tree["FIRM"])
    assert code_of(lambda: do(actions.end_membership, membership, cause="retain")) == "ENDING_UNKNOWN"
    assert code_of(lambda: do(actions.end_membership, membership, cause="expel", reason=" ")) == "REASON_NEEDED"
    assert do(actions.end_membership, membership, cause="record_death").state == "ended"


def test_an_ended_membership_moves_no_more(tree):
    gone = ended(a_member(tree["FIRM"]))
    with pytest.raises(InvalidMove), transaction.atomic():
        do(actions.retain, gone, reason="退休保留会籍")


@pytest.mark.parametrize(
    ("day", "code"), [(TODAY + timedelta(1), "DAY_IN_FUTURE"), (date(2025, 12, 31), "DAY_TOO_EARLY")]
)
def test_a_move_counts_from_a_day_between_arrival_and_today(tree, day, code):
    membership = a_member(tree["FIRM"], day=date(2026, 1, 1))
    assert code_of(lambda: ended(membership, day=day)) == code


def test_a_stale_membership_is_not_moved(tree):
    membership = a_member(tree["FIRM"])
    stale = Membership.objects.get(pk=membership.pk)
    ended(membership)
    assert code_of(lambda: do(actions.retain, stale, reason="退休保留会籍")) == "STALE"


def test_a_change_of_category_counts_the_member_anew_and_leaves_no_trace_of_the_old_facts(tree, booked):
    membership = a_member(tree["FIRM"], person=a_person(category="courier"))
    with transaction.atomic():
        actions.change_category(membership.person, category="enterprise_employee", actor=SYSTEM)
    assert booked.stock("category", "new_form") == {(tree["FIRM"].pk, "enterprise_employee", "no"): 1}
    membership.refresh_from_db()
    ended(membership)
    assert booked.stock("category") == {}


def test_a_change_of_category_of_somebody_who_is_no_member_books_nothing(tree, booked):
    with transaction.atomic():
        actions.change_category(a_person(category="courier"), category="other", actor=SYSTEM)
    assert booked.records == []


def test_a_transfer_of_one_whose_category_was_changed_while_on_the_way_still_adds_up(tree, booked):
    membership = a_member(tree["FIRM"])
    with transaction.atomic():
        actions.begin_transfer(membership, **BY_LAW)
        actions.change_category(membership.person, category="truck_driver", actor=SYSTEM)
    moving = Membership.objects.get(pk=membership.pk)
    do(actions.complete_transfer, moving, union=tree["WEST-1"])
    assert booked.stock("category", "standing") == {(tree["WEST-1"].pk, "truck_driver", "active"): 1}


def test_members_by_union_are_counted_from_the_memberships(tree):
    a_member(tree["FIRM"])
    a_member(tree["FIRM"])
    ended(a_member(tree["FIRM"]))
    a_member(tree["WEST-1"])
    assert members_by_union() == {tree["FIRM"].pk: 2, tree["WEST-1"].pk: 1}
    assert members_by_union([tree["WEST-1"].pk]) == {tree["WEST-1"].pk: 1}


# Closing a union


def test_a_union_with_members_is_not_closed(tree):
    a_member(tree["SHOP"])
    with pytest.raises(Conflict) as refusal:
        close_union(actor=SYSTEM, union_id=tree["SHOP"].pk, day=TODAY)
    assert refusal.value.code == "UNION_HAS_MEMBERS"


# Numbers


def test_numbers_follow_each_other_without_gaps_year_by_year(db):
    with transaction.atomic():
        first = numbers.take(2026, 3)
        other = numbers.take(2027)
        more = numbers.take(2026)
    serials = [number.split("-")[1] for number in (*first, *more)]
    assert serials == ["0000001", "0000002", "0000003", "0000004"]
    assert other[0].startswith("HY2027-0000001-")


# Officers


def an_office(tree, union="EAST", role=Role.UNION_OFFICER, name="officer"):
    return an_officer([(tree[union], role)], name)


def test_an_officer_of_the_district_ends_a_membership_below(tree):
    membership = a_member(tree["FIRM"])
    officers.end_membership(
        public_id=membership.public_id, cause="leave", day=TODAY, reason="本人书面申请", actor=an_office(tree)
    )
    entry = AuditEntry.objects.get(action="people.membership.leave")
    assert entry.ground == f"union_officer@{tree['EAST'].pk}"


def test_an_officer_retains_and_takes_up_into_a_union_of_the_same_reach(tree):
    officer, membership = an_office(tree), a_member(tree["FIRM"])
    officers.retain(public_id=membership.public_id, day=TODAY, reason="退休保留会籍", actor=officer)
    officers.take_up(public_id=membership.public_id, day=TODAY, union_code="EAST-2", actor=officer)
    membership.refresh_from_db()
    assert membership.union == tree["EAST-2"]


def test_nobody_takes_a_member_up_into_a_union_out_of_reach(tree, unchanged):
    officer, membership = an_office(tree), a_member(tree["FIRM"])
    officers.retain(public_id=membership.public_id, day=TODAY, reason="退休保留会籍", actor=officer)
    with unchanged(), pytest.raises(NotAllowed):
        officers.take_up(public_id=membership.public_id, day=TODAY, union_code="WEST-1", actor=officer)


@pytest.mark.parametrize(
    ("union", "role", "error"),
    [
        ("WEST", Role.UNION_OFFICER, NotFound),
        ("FIRM", Role.EMPLOYER_AGENT, NotFound),
        ("CITY", Role.SYSTEM_ADMIN, NotFound),
        ("CITY", Role.FINANCE_RELEASER, NotFound),
        ("EAST", Role.REVIEWER, NotAllowed),
    ],
)
def test_who_has_no_office_over_it_changes_no_membership(tree, unchanged, union, role, error):
    membership, actor = a_member(tree["FIRM"]), an_office(tree, union, role)
    calls = [
        lambda: officers.retain(public_id=membership.public_id, day=TODAY, reason="退休保留会籍", actor=actor),
        lambda: officers.take_up(public_id=membership.public_id, day=TODAY, actor=actor),
        lambda: officers.change_category(public_id=membership.public_id, category="other", actor=actor),
        lambda: officers.end_membership(
            public_id=membership.public_id, cause="leave", day=TODAY, reason="本人书面申请", actor=actor
        ),
    ]
    for call in calls:
        with unchanged(), pytest.raises(error):
            call()


def test_nobody_decides_on_oneself_or_on_kin(tree):
    from niangjia.commons.people import family
    from niangjia.commons.unions.actions import appoint

    user = a_user("officer")
    appoint(actor=SYSTEM, user_id=user.pk, union_id=tree["EAST"].pk, role=Role.UNION_OFFICER)
    officer, own = staff(user), a_person("李干部", user_id=user.pk)
    spouse, flatmate, stranger = a_person("李妻"), a_person("李父"), a_person("王某")
    with transaction.atomic():
        family.state_kinship(own, spouse, relation="spouse", actor=SYSTEM)
        home = family.found_household(own, actor=SYSTEM, day=TODAY)
        family.join_household(home, flatmate, role="parent", actor=SYSTEM, day=TODAY)
    for person in (own, spouse, flatmate):
        membership = a_member(tree["FIRM"], person=person)
        with pytest.raises(NotAllowed) as refusal:
            officers.retain(public_id=membership.public_id, day=TODAY, reason="退休保留会籍", actor=officer)
        assert refusal.value.code == "OWN_CASE"
    membership = a_member(tree["FIRM"], person=stranger)
    officers.retain(public_id=membership.public_id, day=TODAY, reason="退休保留会籍", actor=officer)
