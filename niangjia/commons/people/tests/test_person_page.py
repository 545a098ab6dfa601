from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction
from django.db.models import Q

from niangjia.commons.people import actions, family, policies, queries, reach, timeline
from niangjia.commons.people.models import Person
from niangjia.commons.people.person_page import person_for
from niangjia.commons.people.testing import BORN, SYSTEM, a_member, a_person, an_id_number, signed_in
from niangjia.commons.people.unmasking import unmask
from niangjia.commons.unions.actions import move_union
from niangjia.commons.unions.roles import Role
from niangjia.commons.unions.testing import a_user, an_officer, staff
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotAllowed, NotFound, RuleBroken, TooMany
from niangjia.kernel.identifiers import invented_phone
from niangjia.kernel.policy import allow
from niangjia.kernel.text import Text
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.personal_data.models import Look
from niangjia.platform.web.parts import TimelineEntry

TODAY = date(2026, 3, 4)
BY_LAW = {"actor": SYSTEM, "decision": allow("test")}


def officer(tree, union="EAST", role=Role.UNION_OFFICER, name="officer"):
    return an_officer([(tree[union], role)], name)


@pytest.fixture
def wang(tree):
    user = a_user("wang")
    return a_member(tree["FIRM"], person=a_person("王小明", serial=41, user_id=user.pk), day=date(2025, 1, 1))


# Who sees whom

SEEN_BY = [
    ("FIRM", Role.UNION_OFFICER, True),
    ("EAST-1", Role.UNION_OFFICER, True),
    ("EAST", Role.REVIEWER, True),
    ("CITY", Role.UNION_OFFICER, True),
    ("SHOP", Role.UNION_OFFICER, False),
    ("EAST-2", Role.UNION_OFFICER, False),
    ("WEST", Role.UNION_OFFICER, False),
    *[(union, role, False) for union in ("CITY", "FIRM") for role in Role
      if role not in (Role.UNION_OFFICER, Role.REVIEWER, Role.MEMBER)],
]  # fmt: skip


@pytest.mark.parametrize(("union", "role", "sees"), SEEN_BY)
def test_offices_see_their_members_and_the_pair_agrees(tree, wang, looks, union, role, sees):
    actor, person = officer(tree, union, role), wang.person
    assert bool(policies.may_see(actor, person)) is sees
    assert policies.visible_people(actor).filter(pk=person.pk).exists() is sees
    assert bool(policies.may_see_membership(actor, wang)) is sees
    assert policies.visible_memberships(actor).filter(pk=wang.pk).exists() is sees
    if sees:
        assert person_for(actor, person.public_id).name == "王小明"
        assert looks() == [(person.public_id, "opened")]
    else:
        with pytest.raises(NotFound):
            person_for(actor, person.public_id)
        assert looks() == []


def test_somebody_hidden_and_somebody_missing_are_the_same_answer(tree, wang):
    actor = officer(tree, "WEST")
    refusals = []
    for public_id in (wang.person.public_id, "0" * 24, "", "abc", "1" * 500):
        with pytest.raises(NotFound) as refusal:
            person_for(actor, public_id)
        refusals.append((refusal.value.code, str(refusal.value.message)))
    assert set(refusals) == {("PERSON_NOT_FOUND", "没有找到这个人。")}


def test_a_member_sees_oneself_and_nobody_else(tree, wang, looks):
    other = a_member(tree["FIRM"], "李四").person
    me = signed_in(wang.person)
    assert person_for(me, wang.person.public_id).is_own
    assert list(policies.visible_people(me)) == [wang.person]
    assert list(policies.visible_memberships(me)) == [wang]
    assert policies.may_see(me, wang.person)
    assert not policies.may_see(me, other)
    with pytest.raises(NotFound):
        person_for(me, other.public_id)
    assert looks() == []


@pytest.mark.parametrize("actor", [Actor.anonymous(), signed_in(Person(name="x"))])
def test_who_is_nobody_sees_nobody(wang, actor):
    assert not policies.visible_people(actor).exists()
    assert not policies.visible_memberships(actor).exists()


def test_the_staff_session_of_a_member_does_not_see_the_member_behind_it(tree, wang):
    actor = staff(wang.person.user)
    assert not policies.visible_people(actor).exists()


def test_an_officer_loses_sight_when_the_union_moves_away(tree, wang):
    actor = officer(tree, "EAST")
    assert policies.may_see(actor, wang.person)
    move_union(actor=SYSTEM, union_id=tree["EAST-1"].pk, parent_id=tree["WEST"].pk, day=TODAY)
    assert not policies.may_see(staff_again(actor), wang.person)


def staff_again(actor):
    from django.contrib.auth import get_user_model

    return staff(get_user_model().objects.get(pk=actor.user_id))


def test_the_ground_names_the_office_that_reaches_the_person(tree, wang):
    actor = an_officer([(tree["WEST"], Role.UNION_OFFICER), (tree["EAST-1"], Role.UNION_OFFICER)])
    assert policies.may_see(actor, wang.person).ground == f"union_officer@{tree['EAST-1'].pk}"


def test_households_are_seen_through_their_members(tree, wang):
    with transaction.atomic():
        home = family.found_household(wang.person, actor=SYSTEM, day=TODAY)
    for actor, sees in (
        (officer(tree), True),
        (officer(tree, "WEST", name="w"), False),
        (signed_in(wang.person), True),
    ):
        assert bool(policies.may_see_household(actor, home)) is sees
        assert policies.visible_households(actor).filter(pk=home.pk).exists() is sees


# What the page shows


def test_the_page_masks_numbers_and_leaves_the_birth_date_out(tree, wang):
    page = person_for(officer(tree), wang.person.public_id)
    number = an_id_number(41)
    assert page.id_number == f"{number[:6]}********{number[-4:]}"
    assert page.phone == "154****0041"
    assert page.age == 35
    assert page.unmaskable == ("id_number", "phone", "birth_date")
    whole = repr(page)
    assert all(secret not in whole for secret in (number, invented_phone(41), BORN.isoformat(), repr(BORN)))


def test_the_page_tells_memberships_with_stays_and_the_moves_of_the_current_one(tree, wang):
    with transaction.atomic():
        moving = actions.begin_transfer(wang, **BY_LAW)
        actions.complete_transfer(moving, **BY_LAW, union=tree["EAST-2"], day=date(2026, 2, 1))
    page = person_for(officer(tree), wang.person.public_id)
    (membership,) = page.memberships
    assert page.current == membership
    assert [(stay.union, stay.since, stay.until) for stay in membership.stays] == [
        ("FIRM工会", date(2025, 1, 1), date(2026, 2, 1)),
        ("EAST-2工会", date(2026, 2, 1), None),
    ]
    assert {move.event for move in page.moves} == {"retain", "leave", "expel", "record_death"}
    assert all(move.refusal is None for move in page.moves)


def test_a_reviewer_sees_the_moves_grey_with_the_reason(tree, wang):
    page = person_for(officer(tree, role=Role.REVIEWER), wang.person.public_id)
    assert page.moves
    assert {str(move.refusal) for move in page.moves} == {"您在这个工会没有办理这件事的职务。"}


def test_a_member_is_offered_no_moves_on_the_page(wang):
    assert person_for(signed_in(wang.person), wang.person.public_id).moves == ()


def test_the_timeline_is_newest_first_with_union_and_reason(tree, clock, wang):
    clock.forward(days=1)
    with transaction.atomic():
        kept = actions.retain(wang, **BY_LAW, day=TODAY, reason="退休保留会籍")
        clock.forward(days=1)
        actions.take_up(kept, **BY_LAW, day=TODAY, union=tree["EAST-2"])
    told = person_for(officer(tree), wang.person.public_id).timeline
    assert [(str(entry.title), str(entry.detail)) for entry in told] == [
        ("恢复会籍", "FIRM工会 → EAST-2工会"),
        ("保留会籍", "FIRM工会:退休保留会籍"),
        ("入会", "FIRM工会"),
        ("登记个人信息", ""),
    ]


def test_the_timeline_shows_no_acts_of_rooms_that_do_not_tell_them(tree, wang):
    AuditEntry.objects.create(
        actor_kind="staff", action="legal_aid.case.open", subject_type="legal_aid.case", subject_id="1",
        subject_key=wang.person.public_id,
    )  # fmt: skip
    told = person_for(officer(tree), wang.person.public_id).timeline
    assert {str(entry.title) for entry in told} == {"入会", "登记个人信息"}
    timeline.register("legal_aid", lambda _actor, _person: [TimelineEntry(Text("援助"), at=TODAY)])
    told = person_for(officer(tree, name="again"), wang.person.public_id).timeline
    assert "援助" in {str(entry.title) for entry in told}


def test_relatives_out_of_reach_are_masked(tree, wang):
    near, far = a_member(tree["SHOP"], "王大明").person, a_member(tree["WEST-1"], "王老五").person
    with transaction.atomic():
        family.state_kinship(wang.person, near, relation="sibling", actor=SYSTEM)
        family.state_kinship(wang.person, far, relation="parent", actor=SYSTEM)
        home = family.found_household(far, actor=SYSTEM, day=TODAY)
        family.join_household(home, wang.person, role="child", actor=SYSTEM, day=TODAY)
    page = person_for(officer(tree), wang.person.public_id)
    assert [(kin.name, str(kin.relation_label), kin.public_id) for kin in page.kin] == [
        ("王大明", "兄弟姐妹", near.public_id),
        ("王**", "父母", ""),
    ]
    assert [(one.name, str(one.relation_label)) for one in page.household] == [("王**", "户主")]


def test_a_person_shown_by_a_room_alone_keeps_memberships_elsewhere_to_oneself(tree, wang):
    west = officer(tree, "WEST")
    reach.register("room", lambda _actor: Q(pk=wang.person_id))
    page = person_for(west, wang.person.public_id)
    assert (page.memberships, page.moves) == ((), ())


def test_the_address_of_a_merged_entry_leads_to_the_one_that_remains(tree, wang):
    old = a_person("王小名")
    Person.objects.filter(pk=old.pk).update(canonical=wang.person)
    page = person_for(officer(tree), old.public_id)
    assert page.public_id == wang.person.public_id
    assert queries.subject_keys(wang.person) == [wang.person.public_id, old.public_id]
    assert list(queries.merge_map()) == [{"id": old.pk, "canonical_id": wang.person_id}]


def test_the_page_costs_the_same_whatever_has_happened(tree, wang, sql_counts):
    actor, moving = officer(tree), wang
    with transaction.atomic():
        family.state_kinship(wang.person, a_person("李四"), relation="spouse", actor=SYSTEM)
    with sql_counts.expect("page of a person"):
        person_for(actor, wang.person.public_id)
    with transaction.atomic():
        for union in ("EAST-2", "FIRM", "SHOP", "EAST-1", "FIRM"):
            moving = actions.begin_transfer(moving, **BY_LAW)
            moving = actions.complete_transfer(moving, **BY_LAW, union=tree[union], day=TODAY)
        for name in ("甲甲", "乙乙", "丙丙"):
            family.state_kinship(wang.person, a_member(tree["FIRM"], name).person, relation="other", actor=SYSTEM)
    with sql_counts.expect("page of a person"):
        person_for(actor, wang.person.public_id)


def test_the_actor_of_a_member_session_knows_the_person(wang):
    assert queries.of_user(wang.person.user_id) == (wang.person_id, "王小明")
    assert queries.of_user(a_user("nobody").pk) == (None, "")


# Unmasking


@pytest.mark.parametrize(
    ("field", "value"),
    [("id_number", an_id_number(41)), ("phone", invented_phone(41)), ("birth_date", "1990-05-17")],
)
def test_an_officer_unmasks_one_value_with_a_reason_that_the_member_reads(tree, wang, field, value):
    actor = officer(tree)
    assert unmask(wang.person, field, actor=actor, reason="核对入会登记表") == value
    look = Look.objects.get(kind="unmasked")
    assert (look.subject_key, look.fields, look.reason) == (wang.person.public_id, [field], "核对入会登记表")
    assert list(queries.looks_at(wang.person)) == [look]
    entry = AuditEntry.objects.get(action="people.person.unmasked")
    assert (entry.data, entry.reason, entry.ground) == ({"field": field}, "", f"union_officer@{tree['EAST'].pk}")


@pytest.mark.parametrize("reason", ["", "   ", "核对", "因" * 301])
def test_without_a_real_reason_nothing_is_shown_or_noted(tree, wang, unchanged, reason):
    actor = officer(tree)
    with unchanged(), pytest.raises(RuleBroken) as refusal:
        unmask(wang.person, "phone", actor=actor, reason=reason)
    assert refusal.value.code == "REASON_NEEDED"


@pytest.mark.parametrize("field", ["name_key", "id_index", "user", "", "password"])
def test_nothing_else_is_unmasked(tree, wang, field):
    with pytest.raises(NotAllowed):
        unmask(wang.person, field, actor=officer(tree), reason="核对入会登记表")


@pytest.mark.parametrize(
    ("union", "role"), [("WEST", Role.UNION_OFFICER), ("FIRM", Role.EMPLOYER_AGENT), ("CITY", Role.HOTLINE_OPERATOR)]
)
def test_who_does_not_see_the_person_unmasks_nothing(tree, wang, unchanged, union, role):
    actor = officer(tree, union, role)
    with unchanged(), pytest.raises(NotFound):
        unmask(wang.person, "phone", actor=actor, reason="核对入会登记表")


def test_a_member_reads_the_own_value_without_a_note(wang, unchanged):
    with unchanged():
        assert unmask(wang.person, "phone", actor=signed_in(wang.person), reason="") == invented_phone(41)


def test_nobody_unmasks_a_whole_street(tree, wang, monkeypatch):
    monkeypatch.setattr("niangjia.commons.people.unmasking.PER_HOUR", 2)
    actor = officer(tree)
    for _time in range(2):
        unmask(wang.person, "phone", actor=actor, reason="核对入会登记表")
    with pytest.raises(TooMany):
        unmask(wang.person, "phone", actor=actor, reason="核对入会登记表")
    assert Look.objects.filter(kind="unmasked").count() == 2
