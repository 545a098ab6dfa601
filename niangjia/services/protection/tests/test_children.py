"""A child's accident: the child is one of the linked ones, its age is judged on the day, its name is masked."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from niangjia.commons.people import family
from niangjia.commons.people import testing as people
from niangjia.commons.people.guardians import testing as guardians
from niangjia.commons.people.models import Person
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.errors import Conflict, RuleBroken
from niangjia.platform.personal_data.models import Look
from niangjia.platform.testing.clients import member_client, staff_client
from niangjia.services.protection import actions, linked, rules, six, testing
from niangjia.services.protection.claim_models import Claim
from niangjia.services.protection.rules import Facts, judge

DAY = date(2026, 2, 1)


@pytest.fixture
def member(world):
    return testing.an_insured(world.second, world.firm, 1)


@pytest.fixture
def draft(world, member):
    return testing.a_begun_claim(world.plan, member, "child_accident", event_day=clock.today() - timedelta(days=20))


def a_child(claim, born, name="李小二"):
    child = people.a_person(name, birth=born)
    family.state_kinship(claim.person, child, relation="child", actor=testing.SYSTEM)
    return child


def fill(claim, actor, child):
    return actions.fill(public_id=claim.public_id, actor=actor, child=child)


@pytest.mark.parametrize(("age", "fen"), [(None, 1_500_00), (0, 1_500_00), (17, 1_500_00), (18, 0)])
def test_the_rule_takes_a_child_up_to_the_age_of_the_terms(age, fen):
    facts = Facts("child_accident", DAY, DAY, date(2025, 1, 1), date(2026, 12, 31), bill_fen=3_100_00, child_age=age)
    result = judge(six.six_gifts(6), facts, [0] * len(six.six_gifts(6).ceilings))

    assert result.fen == fen
    assert [step.code for step in result.reductions] == (["CHILD_AGE"] if age == 18 else ["DEDUCTIBLE"])


@pytest.mark.parametrize(("years", "days", "code"), [(18, 0, "CHILD_AGE"), (18, -1, ""), (0, -1, "CHILD_BIRTH")])
def test_the_age_is_that_of_the_day_it_happened(member, draft, years, days, code):
    day = draft.event_day
    born = day.replace(year=day.year - years) - timedelta(days=days)
    fill(draft, member, a_child(draft, born).public_id)
    if not code:
        assert actions.submit(public_id=draft.public_id, actor=member).child.birth_date == born
        return
    with pytest.raises(RuleBroken, match=code) as refused:
        actions.submit(public_id=draft.public_id, actor=member)
    assert "child" in refused.value.fields


def test_without_a_child_nothing_is_sent_and_another_cover_asks_for_none(world, member, draft):
    fill(draft, member, "")
    with pytest.raises(RuleBroken, match="CHILD_MISSING"):
        actions.submit(public_id=draft.public_id, actor=member)
    assert testing.a_claim(world.plan, member, "home_loss").child is None


def test_only_a_linked_child_can_be_named_and_a_strangers_is_like_none(world, member, draft, unchanged):
    other = testing.an_insured(world.second, world.firm, 2)
    strangers = testing.a_child_of(Person.objects.get(pk=other.person_id))
    for key in (strangers.public_id, "nosuchchild0000000000000", "x" * 500):
        with unchanged(), pytest.raises(RuleBroken, match="CHILD_UNKNOWN"):
            fill(draft, member, key)


def test_a_ward_can_be_named_by_the_parent_who_is_its_guardian_and_by_no_other_guardian(world, member, draft):
    guardian = Person.objects.get(pk=member.person_id)
    officer = unions.an_officer([(world.firm, Role.UNION_OFFICER)], "guardians")
    own = guardians.in_force(guardian, officer, 4_321).ward
    others = guardians.in_force(guardian, officer, 4_322, kind="appointed", name="孩子乙").ward
    assert fill(draft, member, own.public_id).child == own
    with pytest.raises(RuleBroken, match="CHILD_UNKNOWN"):
        fill(draft, member, others.public_id)


def test_a_child_of_the_household_can_be_named_too(world, member, draft):
    parent = Person.objects.get(pk=member.person_id)
    child = people.a_person("李小三", birth=date(2010, 5, 1))
    home = family.found_household(parent, actor=testing.SYSTEM, day=clock.today())
    family.join_household(home, child, role="child", actor=testing.SYSTEM, day=clock.today())

    assert child in linked.children_of(parent.pk)
    assert fill(draft, member, child.public_id).child == child


def test_two_children_hurt_on_one_day_are_two_claims_and_one_is_claimed_once(world, member, draft):
    actions.submit(public_id=draft.public_id, actor=member)
    again = testing.a_begun_claim(world.plan, member, "child_accident", event_day=draft.event_day)
    with pytest.raises(Conflict, match="CLAIM_OPEN"):
        actions.submit(public_id=again.public_id, actor=member)
    fill(again, member, a_child(again, date(2012, 3, 1)).public_id)
    actions.submit(public_id=again.public_id, actor=member)

    assert Claim.objects.sent().count() == 2


def test_the_phone_asks_which_child_and_staff_read_a_masked_name(world, member, draft):
    phone, child = member_client(member), testing.a_child_of(draft.person)
    address = f"/protection/claims/{draft.public_id}/details/"
    page = phone.get(address).content.decode()
    assert child.public_id in page
    body = {"issuer_1": "医院", "bill_1": "T1", "sum_1": "3100", "child": "nosuchchild0000000000000"}
    wrong = phone.post(address, body)
    assert (wrong.status_code, 'id="id_child_error"' in wrong.content.decode()) == (422, True)
    assert phone.post(address, {**body, "child": child.public_id}).status_code == 302
    sent = actions.submit(public_id=draft.public_id, actor=member)
    actions.confirm_unit(public_id=sent.public_id, actor=world.unit)
    shown = staff_client(world.agency).get(f"/console/protection/claims/{sent.public_id}/").content.decode()
    assert "李*试" in shown or "李**" in shown
    assert child.name not in shown
    assert Look.objects.filter(subject_key=child.public_id).exists()


def test_who_has_no_child_here_is_told_where_to_go(world):
    member = testing.an_insured(world.second, world.firm, 3)
    draft = actions.begin(plan_id=world.plan.pk, actor=member)
    actions.fill(public_id=draft.public_id, actor=member, cover="child_accident", event_day=clock.today())
    page = member_client(member).get(f"/protection/claims/{draft.public_id}/details/").content.decode()

    assert "请在“监护登记”里申请，或带证明到工会窗口登记家庭成员" in page


def test_a_stored_calculation_without_a_child_still_replays():
    document = rules.facts_document(Facts("accident", DAY, DAY, DAY, DAY, grade="7"))
    del document["child_age"]

    assert rules.read_facts(document).child_age is None
