"""Each condition for one person, on the days around its boundary."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction
from django.utils import timezone

from niangjia.commons.entitlement import rules
from niangjia.commons.entitlement.compile import entitled, explain, is_entitled
from niangjia.commons.people import actions
from niangjia.commons.people.cards import actions as cards
from niangjia.commons.people.honours.models import Honour
from niangjia.commons.people.models import Person
from niangjia.commons.people.testing import SYSTEM, a_member, a_person
from niangjia.commons.unions.actions import move_union
from niangjia.kernel.errors import NotAllowed, NotFound
from niangjia.kernel.identifiers import Sex
from niangjia.kernel.policy import allow

TODAY = date(2026, 3, 4)
BY = {"actor": SYSTEM, "decision": allow("test")}


def told(data, person, day=TODAY):
    """The explanation, after the roster was seen to agree with it."""
    rule = rules.parse(data)
    explanation = explain(rule, person.pk, day)
    assert entitled(rule, day).filter(pk=person.pk).exists() == explanation.entitled
    assert is_entitled(rule, person.pk, day) == explanation.entitled
    return explanation


def why_not(data, person, day=TODAY):
    explanation = told(data, person, day)
    assert not explanation.entitled
    with pytest.raises(NotAllowed) as refused:
        explanation.require()
    assert refused.value.code == "NOT_ELIGIBLE"
    return str(refused.value.message)


@pytest.fixture
def rider(tree):
    """Born on 17 May 1990, a courier, a member of FIRM (below EAST) since 1 February 2026."""
    return a_member(tree["FIRM"], day=date(2026, 2, 1)).person


def an(day_of_birth, tree, **facts):
    return a_member(tree["FIRM"], person=a_person(birth=day_of_birth, **facts), day=date(2026, 2, 1)).person


# The condition that is never written down


def test_a_rule_without_conditions_is_met_by_every_current_member(rider):
    assert told([], rider).entitled


def test_who_is_no_member_is_told_to_join(tree):
    assert why_not([], a_person()) == "您还不是工会会员。可以先在网上申请入会，入会以后再来。"


def test_who_left_the_union_is_told_since_when(rider):
    with transaction.atomic():
        actions.end_membership(rider.memberships.get(), cause="leave", day=TODAY, reason="本人书面申请", **BY)
    assert why_not([], rider).startswith("您的会籍已于2026年3月4日终止。")


def test_who_joined_after_the_day_is_too_late_and_on_the_day_is_not(rider):
    assert told([], rider, date(2026, 2, 1)).entitled
    assert "您是2026年2月1日入会的" in why_not([], rider, date(2026, 1, 31))


def test_who_was_merged_or_erased_is_never_entitled(rider, tree):
    Person.objects.filter(pk=rider.pk).update(erased_at=timezone.now())
    assert "已经停用" in why_not([], rider)
    Person.objects.filter(pk=rider.pk).update(erased_at=None, canonical=a_person("李四"))
    assert "已经停用" in why_not([], rider)


def test_a_person_who_does_not_exist_is_not_found(db):
    with pytest.raises(NotFound):
        explain(rules.parse([]), 987654, TODAY)


# Occupation


def test_a_category_is_met_by_each_of_those_named(rider):
    assert told([{"is": "category", "any_of": ["security_guard", "courier"]}], rider).entitled


def test_another_category_is_told_what_is_registered(rider):
    sentence = why_not([{"is": "category", "any_of": ["truck_driver", "estate_agent"]}], rider)
    assert sentence == (
        "这项服务要求职业是货车司机或房产中介员。您登记的职业是快递员。职业登记得不对，请联系您的工会更正。"
    )


@pytest.mark.parametrize(("category", "met"), [("estate_agent", True), ("domestic_worker", False)])
def test_six_categories_are_new_forms_of_employment(tree, category, met):
    assert told([{"is": "new_form"}], an(date(1990, 5, 17), tree, category=category)).entitled == met


# Union


@pytest.mark.parametrize("code", ["CITY", "EAST", "EAST-1", "FIRM"])
def test_a_union_is_met_by_its_members_and_by_those_of_unions_below(rider, code):
    assert told([{"is": "union", "any_of": [code]}], rider).entitled


@pytest.mark.parametrize("code", ["WEST", "EAST-2", "SHOP", "TRADE", "UNKNOWN"])
def test_a_member_of_another_union_is_not_meant(rider, code):
    assert not told([{"is": "union", "any_of": [code]}], rider).entitled


def test_a_member_of_another_district_is_told_where_the_membership_is(rider):
    sentence = why_not([{"is": "union", "any_of": ["WEST"]}], rider)
    assert sentence == "这项服务面向WEST工会的会员。您的会籍在FIRM工会。您已经换了单位的，请先把会籍转过来。"


def test_the_tree_of_the_day_counts(rider, tree):
    west = [{"is": "union", "any_of": ["WEST"]}]
    move_union(actor=SYSTEM, union_id=tree["FIRM"].pk, parent_id=tree["WEST-1"].pk, day=date(2026, 3, 10))
    assert not told(west, rider, date(2026, 3, 9)).entitled
    assert told(west, rider, date(2026, 3, 10)).entitled


# Standing


def test_who_keeps_the_membership_without_work_is_told_apart(rider):
    employed, retained = [[{"is": "standing", "any_of": [kind]}] for kind in ("employed", "retained")]
    assert told(employed, rider).entitled
    assert "您现在是在职会员" in why_not(retained, rider)
    with transaction.atomic():
        actions.retain(rider.memberships.get(), day=TODAY, reason="退休保留会籍", **BY)
    assert told(retained, rider).entitled
    assert "先到您的工会恢复会籍" in why_not(employed, rider)


# Age


@pytest.mark.parametrize(
    ("birth", "met"),
    [
        (date(2010, 3, 4), True),  # sixteen today
        (date(2010, 3, 5), False),  # sixteen tomorrow
        (date(1965, 3, 5), True),  # sixty for one day more
        (date(1965, 3, 4), False),  # sixty-one today
    ],
)
def test_both_ends_of_an_age_count_in_completed_years(tree, birth, met):
    assert told([{"is": "age", "from": 16, "to": 60}], an(birth, tree)).entitled == met


@pytest.mark.parametrize(("on", "met"), [("2026-02-28", False), ("2026-03-01", True), ("2028-02-29", True)])
def test_who_was_born_on_the_29th_of_february_is_older_on_the_first_of_march(tree, on, met):
    data = [{"is": "age", "from": 18, "to": 130, "on": on}]
    assert told(data, an(date(2008, 2, 29), tree)).entitled == met


def test_an_age_is_asked_on_the_day_that_the_rule_names(tree):
    sentence = why_not([{"is": "age", "from": 16, "to": 60, "on": "2026-01-09"}], an(date(1965, 1, 9), tree))
    assert sentence == "这项服务要求年满 16 周岁、不超过 60 周岁。到2026年1月9日您 61 周岁。"


def test_an_unknown_birth_date_has_its_own_sentence(rider):
    Person.objects.filter(pk=rider.pk).update(birth_date=None)
    assert why_not([{"is": "age", "from": 0, "to": 130}], rider).startswith("我们没有登记您的出生日期。")


# Sex


def test_sex_is_met_by_each_of_those_named(tree):
    anna = an(date(1990, 5, 17), tree, sex=Sex.FEMALE)
    assert told([{"is": "sex", "any_of": ["female"]}], anna).entitled
    assert told([{"is": "sex", "any_of": ["male", "female"]}], anna).entitled
    assert "这项服务面向男会员" in why_not([{"is": "sex", "any_of": ["male"]}], anna)


def test_an_unknown_sex_has_its_own_sentence(rider):
    Person.objects.filter(pk=rider.pk).update(sex="")
    assert why_not([{"is": "sex", "any_of": ["male", "female"]}], rider).startswith("我们没有登记您的性别。")


# Length of membership


@pytest.mark.parametrize(("days", "met"), [(30, True), (31, True), (32, False), (36_500, False)])
def test_days_of_membership_are_counted_from_the_day_of_joining(rider, days, met):
    assert told([{"is": "member_for", "days": days}], rider).entitled == met


def test_who_has_not_been_a_member_for_long_is_told_when_they_will_have_been(rider):
    sentence = why_not([{"is": "member_for", "days": 90}], rider)
    assert sentence == "这项服务要求入会满 90 天。您是2026年2月1日入会的，到2026年5月2日满这个天数。"


@pytest.mark.parametrize(("day", "met"), [("2026-02-02", True), ("2026-02-01", False)])
def test_before_a_day_does_not_include_it(rider, day, met):
    assert told([{"is": "member_before", "day": day}], rider).entitled == met


# Card


def test_a_card_must_be_in_force(rider):
    data = [{"is": "card", "any_of": ["active"]}]
    assert told(data, rider).entitled
    cards.report_lost(public_id=rider.cards.get().public_id, actor=SYSTEM)
    assert why_not(data, rider) == "您的会员卡已挂失。请先换新卡，或带身份证到工会解除挂失，再来办理。"
    cards.replace(public_id=rider.cards.get().public_id, actor=SYSTEM)
    assert told(data, rider).entitled


def test_who_has_no_card_is_told_where_to_get_one(rider):
    rider.cards.all().delete()
    assert why_not([{"is": "card", "any_of": ["active"]}], rider).startswith("您还没有可以使用的会员卡。")


# Honours


@pytest.mark.parametrize(
    ("day", "met"),
    [(date(2026, 2, 9), False), (date(2026, 2, 10), True), (date(2026, 3, 3), True), (date(2026, 3, 4), False)],
)
def test_an_honour_counts_from_its_conferring_until_before_its_revoking(rider, day, met):
    facts = {"kind": "craftsman", "level": "city", "conferred_on": date(2026, 2, 10)}
    Honour.objects.create(person=rider, revoked_on=TODAY, **facts)
    assert told([{"is": "honour", "any_of": ["model_worker", "craftsman"]}], rider, day).entitled == met


def test_who_holds_no_such_honour_is_told_where_to_have_it_recorded(rider):
    sentence = why_not([{"is": "honour", "any_of": ["model_worker", "may_day_medal"]}], rider)
    assert sentence == (
        "这项服务要求是劳动模范或五一劳动奖章获得者。没有查到登记。您有这项荣誉的，请带证书请您的工会登记。"
    )


# All together


def test_all_conditions_must_be_met_and_the_first_that_is_not_is_named(rider):
    data = [
        {"is": "category", "any_of": ["courier"]},
        {"is": "age", "from": 50, "to": 60},
        {"is": "sex", "any_of": ["female"]},
    ]
    explanation = told(data, rider)
    assert [line.met for line in explanation.lines] == [True, True, False, False]
    assert explanation.first_unmet.predicate.IS == "age"
    assert explanation.refusal().message == explanation.lines[2].refusal


def test_who_is_entitled_is_not_refused(rider):
    explanation = told([], rider)
    explanation.require()
    with pytest.raises(ValueError, match="entitled"):
        explanation.refusal()
