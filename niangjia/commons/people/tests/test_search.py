from __future__ import annotations

from datetime import date
from itertools import cycle

import pytest
from django.db import transaction
from django.db.models import Q

from niangjia.commons.people import actions, queries, reach
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.queries import MemberFilter
from niangjia.commons.people.testing import SYSTEM, a_member, a_person, an_id_number, signed_in
from niangjia.commons.unions.roles import Role
from niangjia.commons.unions.testing import a_user, an_officer
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotAllowed, RuleBroken, TooMany
from niangjia.kernel.identifiers import invented_phone
from niangjia.kernel.policy import allow
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.personal_data import data_keys
from niangjia.platform.requests.models import Counter
from niangjia.platform.testing.sql_counts import statements

ALL = MemberFilter()


def officer(tree, union="EAST", role=Role.UNION_OFFICER, name="officer"):
    return an_officer([(tree[union], role)], name)


def names(actor, text, page=1):
    return [hit.name for hit in queries.search(actor, text, page=page).hits]


def many_members(union, count, name="张三", first=0):
    """Members written by a few statements."""
    people = [
        Person(
            name=f"{name}{digit}",
            name_key=f"{name}{digit}",
            name_initials=f"zs{first + n}",
            phone=invented_phone(first + n),
            id_number=an_id_number(first + n),
        )
        for n, digit in zip(range(count), cycle("甲乙丙丁戊己庚辛壬癸"), strict=False)
    ]
    keys = [person.public_id for person in people]
    data_keys.make(keys)
    with data_keys.held(keys):
        Person.objects.bulk_create(people)
    rows = [
        Membership(person=person, union=union, number=f"HY-{first + n}", since=date(2026, 1, 1), origin="roster")
        for n, person in enumerate(people)
    ]
    with transaction.atomic():
        lifecycle.open_many(rows, actor=SYSTEM, decision=allow("test"))


# By what


@pytest.fixture
def wang(tree):
    """A member of FIRM with known number and phone."""
    return a_member(tree["FIRM"], person=a_person("王小明", serial=41))


@pytest.mark.parametrize("text", ["王小明", "王小", " 王 小 ", "wxm", "WX", "wx"])
def test_a_member_is_found_by_the_beginning_of_the_name_or_its_initials(tree, wang, text):
    assert names(officer(tree), text) == ["王小明"]


@pytest.mark.parametrize("text", ["小明", "王大", "xm", "王_明", "王%", "%%", "__", "王小明明", "王小\\"])
def test_wildcards_stand_for_themselves_and_the_middle_of_a_name_finds_nobody(tree, wang, text):
    assert names(officer(tree), text) == []


def test_a_member_is_found_by_whole_phone_whole_number_and_member_number(tree, wang):
    actor = officer(tree)
    for text in (invented_phone(41), an_id_number(41), an_id_number(41).lower(), wang.number, wang.number.lower()):
        assert names(actor, text) == ["王小明"], text


def test_the_tail_of_the_number_finds_only_together_with_the_whole_name(tree, wang):
    a_member(tree["FIRM"], person=a_person("王小明", serial=42))
    actor, tail = officer(tree), an_id_number(41)[-4:]
    assert len(names(actor, "王小明")) == 2
    assert [hit.public_id for hit in queries.search(actor, f"王小明 {tail}").hits] == [wang.person.public_id]
    assert names(actor, f"王小 {tail}") == []
    assert names(actor, f"李小明 {tail}") == []
    with pytest.raises(RuleBroken) as refusal:
        queries.search(actor, tail)
    assert refusal.value.code == "NEED_FULL_ID"


def test_a_hit_shows_masked_numbers_and_the_membership(tree, wang):
    (hit,) = queries.search(officer(tree), "王小明").hits
    number = an_id_number(41)
    assert hit.id_number == f"{number[:6]}********{number[-4:]}"
    assert hit.phone == "154****0041"
    assert (hit.membership.number, hit.membership.union) == (wang.number, "FIRM工会")
    assert number not in str(hit)
    assert invented_phone(41) not in str(hit)
    assert "1990" not in str(hit.age)


# Whom


def test_nobody_outside_the_reach_is_found_and_the_answer_is_that_for_nobody(tree, wang):
    other, unknown = officer(tree, "WEST"), an_id_number(99)
    for text in ("王小明", invented_phone(41), an_id_number(41), wang.number, f"王小明 {an_id_number(41)[-4:]}"):
        assert names(other, text) == [], text
    with statements() as outside:
        seen = queries.search(other, an_id_number(41))
    with statements() as missing:
        unseen = queries.search(other, unknown)
    assert seen == unseen
    assert len(outside) == len(missing)


@pytest.mark.parametrize(
    "role",
    [Role.EMPLOYER_AGENT, Role.SITE_KEEPER, Role.HOTLINE_OPERATOR, Role.AGENCY_CLERK, Role.SYSTEM_ADMIN,
     Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.FINANCE_PREPARER, Role.MEDIATOR, Role.STALL_OFFICER],
)  # fmt: skip
def test_offices_that_do_not_keep_members_search_nobody(tree, wang, role):
    actor = officer(tree, "CITY", role)
    for ask in (lambda: queries.search(actor, "王小明"), lambda: queries.members(actor, ALL)):
        with pytest.raises(NotAllowed) as refusal:
            ask()
        assert refusal.value.code == "NO_SEARCH"


def test_members_and_strangers_search_nobody(tree, wang):
    person = a_person(user_id=a_user("u").pk)
    for actor in (signed_in(person), Actor.anonymous()):
        with pytest.raises(NotAllowed):
            queries.search(actor, "王小明")


def test_a_merged_entry_is_not_found(tree, wang):
    a_member(tree["FIRM"], person=(kept := a_person("王小明二", serial=50)))
    Membership.objects.filter(pk=wang.pk).update(person=a_person("别人"))
    Person.objects.filter(pk=wang.person_id).update(canonical=kept)
    assert names(officer(tree), "王小") == ["王小明二"]


def test_a_former_member_stays_findable_where_the_membership_ended_until_they_join_elsewhere(tree, wang):
    east, west = officer(tree), officer(tree, "WEST", name="west")
    with transaction.atomic():
        actions.end_membership(
            wang, cause="leave", actor=SYSTEM, decision=allow("t"), day=date(2026, 3, 4), reason="本人书面申请"
        )
    assert (names(east, "王小明"), names(west, "王小明")) == (["王小明"], [])
    a_member(tree["WEST-1"], person=wang.person)
    assert (names(east, "王小明"), names(west, "王小明")) == ([], ["王小明"])


def test_a_room_may_show_further_persons_but_not_their_memberships(tree, wang):
    west = officer(tree, "WEST")
    reach.register("room", lambda actor: Q(pk=wang.person_id) if actor == west else None)
    (hit,) = queries.search(west, "王小明").hits
    assert hit.membership is None


def test_a_room_shows_nobody_to_an_employers_agent_who_searches(tree, wang):
    reach.register("room", lambda _actor: Q(pk=wang.person_id))
    with pytest.raises(NotAllowed):
        queries.search(officer(tree, "CITY", Role.EMPLOYER_AGENT), "王小明")


# Looks, pages, limits


def test_each_hit_that_was_shown_is_a_look_and_no_other(tree, wang, looks):
    actor = officer(tree)
    queries.search(actor, "王小明")
    queries.search(actor, "李四四")
    assert looks() == [(wang.person.public_id, "search_hit")]


def test_a_search_shows_a_hundred_at_most_and_says_that_there_are_more(tree):
    many_members(tree["FIRM"], 105)
    actor = officer(tree)
    first, last, beyond = (queries.search(actor, "张三", page=page) for page in (1, 5, 999_999_999))
    assert (len(first.hits), first.has_next, first.capped) == (20, True, False)
    assert (len(last.hits), last.has_next, last.capped) == (20, False, True)
    assert beyond == last
    assert queries.search(actor, "张三", page=-1) == queries.search(actor, "张三", page=0) == first
    shown = [hit.public_id for page in range(1, 6) for hit in queries.search(actor, "张三", page=page).hits]
    assert len(shown) == len(set(shown)) == 100


def test_the_two_hundred_and_first_search_in_a_minute_is_refused(tree, wang, monkeypatch):
    monkeypatch.setattr(queries, "SEARCHES_PER_MINUTE", 3)
    actor = officer(tree)
    for _time in range(3):
        queries.search(actor, "李四四")
    with pytest.raises(TooMany):
        queries.search(actor, "李四四")
    assert queries.search(officer(tree, name="another"), "王小明").hits
    assert Counter.objects.exists()


# Lists


def test_a_list_holds_current_members_of_the_reach_newest_first(tree):
    for union, name, day in (
        ("FIRM", "甲甲", date(2026, 1, 1)), ("SHOP", "乙乙", date(2026, 2, 1)), ("WEST-1", "丙丙", date(2026, 2, 2)),
    ):  # fmt: skip
        a_member(tree[union], name, day=day)
    gone = a_member(tree["FIRM"], "丁丁")
    with transaction.atomic():
        actions.end_membership(
            gone, cause="leave", actor=SYSTEM, decision=allow("t"), day=date(2026, 3, 4), reason="本人书面申请"
        )
    listed = queries.members(officer(tree), ALL)
    assert [row.name for row in listed.rows] == ["乙乙", "甲甲"]
    west = MemberFilter(union_id=tree["WEST"].pk)
    assert queries.members(officer(tree, name="other"), west).rows == ()


def test_a_list_is_narrowed_by_union_state_and_category(tree):
    a_member(tree["FIRM"], person=a_person("甲甲", category="courier"))
    a_member(tree["EAST-2"], person=a_person("乙乙", category="civil_servant"))
    actor = officer(tree)

    def listed(**wanted):
        return {row.name for row in queries.members(actor, MemberFilter(**wanted)).rows}

    assert listed(union_id=tree["EAST-1"].pk) == {"甲甲"}
    assert listed(category="civil_servant") == {"乙乙"}
    assert listed(new_form=True) == {"甲甲"}
    assert listed(new_form=False) == {"乙乙"}
    assert listed(state="active") == {"甲甲", "乙乙"}
    assert listed(state="retained") == set()


def test_a_list_follows_the_union_chosen_in_the_console(tree):
    from dataclasses import replace

    a_member(tree["FIRM"], "甲甲")
    a_member(tree["EAST-2"], "乙乙")
    chosen = replace(officer(tree), chosen_node_id=tree["EAST-2"].pk)
    assert [row.name for row in queries.members(chosen, ALL).rows] == ["乙乙"]


def test_pages_of_a_list_join_without_gap_or_double(tree):
    many_members(tree["FIRM"], 25)
    actor, seen = officer(tree), []
    for page in (1, 2, 3):
        listed = queries.members(actor, ALL, page=page, size=10)
        seen += [row.public_id for row in listed.rows]
    assert len(seen) == len(set(seen)) == 25
    assert not listed.has_next
    assert len(queries.members(actor, ALL, size=100_000).rows) == 25


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("search by name", lambda actor: queries.search(actor, "张三")),
        ("search by initials", lambda actor: queries.search(actor, "zs")),
        ("list of members", lambda actor: queries.members(actor, ALL)),
    ],
)
def test_ten_and_a_thousand_members_cost_the_same_statements(tree, sql_counts, name, read):
    actor = officer(tree)
    many_members(tree["FIRM"], 10)
    assert len(getattr(read(actor), "hits", None) or read(actor).rows) == 10
    with sql_counts.expect(name):
        read(actor)
    many_members(tree["FIRM"], 990, first=100)
    with sql_counts.expect(name):
        read(actor)
