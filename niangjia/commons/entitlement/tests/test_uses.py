"""Once is once: per person or household, in a campaign, a year, ever."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from niangjia.commons.entitlement import rules, uses
from niangjia.commons.entitlement.models import Use
from niangjia.commons.entitlement.uses import AlreadyUsed
from niangjia.commons.people import family
from niangjia.commons.people.testing import SYSTEM, a_person
from niangjia.kernel import clock as kernel_clock
from niangjia.platform.testing.races import two_connections

TODAY = date(2026, 3, 4)


def once(per="person", period="campaign"):
    return rules.parse({"who": [], "once": {"per": per, "period": period}})


def take(person, source_id, rule=None, *, day=TODAY, key="offers.campaign:1"):
    with transaction.atomic():
        return uses.take(
            rule=rule or once(),
            rule_key=key,
            person_id=person.pk,
            day=day,
            source_type="offers.reservation",
            source_id=source_id,
        )


def household(*people):
    with transaction.atomic():
        home = family.found_household(people[0], actor=SYSTEM, day=TODAY)
        for each in people[1:]:
            family.join_household(home, each, role="spouse", actor=SYSTEM, day=TODAY)
    return home


def refused(person, source_id, rule=None, **how):
    with pytest.raises(AlreadyUsed) as error:
        take(person, source_id, rule, **how)
    return error.value


def test_a_second_time_is_refused_with_the_first(db, clock):
    person = a_person()
    first = take(person, 1)
    clock.forward(days=2)
    error = refused(person, 2)
    assert error.code == "ALREADY_USED"
    assert error.first == first
    assert str(error.message) == "每人限一次。您在2026年3月4日已经办理过。"
    assert Use.objects.count() == 1


def test_the_same_source_takes_it_once(db, clock):
    person = a_person()
    assert take(person, 1) == take(person, 1)
    assert Use.objects.count() == 1


def test_somebody_else_and_something_else_are_free(db, clock):
    person = a_person()
    take(person, 1)
    take(a_person(), 2)
    take(person, 3, key="offers.campaign:2")
    assert Use.objects.count() == 3


def test_what_was_given_back_can_be_had_again(db, clock):
    person = a_person()
    take(person, 1)
    with transaction.atomic():
        assert uses.give_back("offers.reservation", 1) == 1
        assert uses.give_back("offers.reservation", 1) == 0
    assert take(person, 2).source_id == 2


def test_a_year_begins_anew_and_ever_does_not(db, clock):
    person = a_person()
    yearly, ever = once(period="year"), once(period="ever")
    take(person, 1, yearly, day=date(2025, 12, 31))
    take(person, 2, yearly, day=date(2026, 1, 1))
    refused(person, 3, yearly, day=date(2026, 12, 31))
    take(person, 4, ever, day=date(2025, 12, 31), key="help")
    refused(person, 5, ever, day=date(2026, 1, 1), key="help")


def test_a_household_counts_as_one(db, clock):
    anna, ben, carl = a_person("安娜"), a_person("本本"), a_person("卡尔")
    home = household(anna, ben)
    family_rule = once("household", "year")
    assert uses.once_key(family_rule, anna.pk) == uses.once_key(family_rule, ben.pk) == f"household:{home.pk}"
    first = take(anna, 1, family_rule)
    error = refused(ben, 2, family_rule)
    assert error.first == first
    assert str(error.message) == "每户家庭每年限一次。您家在2026年3月4日已经办理过。"
    assert take(carl, 3, family_rule).once_key == f"person:{carl.pk}"


def test_what_was_had_before_a_household_was_known_counts_for_it(db, clock):
    anna, ben = a_person("安娜"), a_person("本本")
    first = take(anna, 1, once("household"))
    household(anna, ben)
    assert refused(ben, 2, once("household")).first == first


def test_who_left_a_household_counts_alone(db, clock):
    anna, ben = a_person("安娜"), a_person("本本")
    household(anna, ben)
    take(anna, 1, once("household"))
    with transaction.atomic():
        family.leave_household(ben, actor=SYSTEM, day=TODAY)
    assert take(ben, 2, once("household")).once_key == f"person:{ben.pk}"


def test_a_rule_without_a_limit_writes_nothing(db, clock):
    person = a_person()
    assert take(person, 1, rules.parse([])) is None
    assert take(person, 2, rules.parse([])) is None
    with pytest.raises(ValueError, match="no limit"):
        uses.once_key(rules.parse([]), person.pk)


@pytest.mark.django_db(transaction=True)
def test_it_is_taken_and_given_back_only_inside_a_transaction():
    arguments = {"rule_key": "x", "person_id": 1, "day": TODAY, "source_type": "x", "source_id": 1}
    with pytest.raises(transaction.TransactionManagementError):
        uses.take(rule=once(), **arguments)
    with pytest.raises(transaction.TransactionManagementError):
        uses.give_back("x", 1)


# Two at once


@contextmanager
def without_the_constraint():
    constraint = next(each for each in Use._meta.constraints if each.name == "entitlement_use_once")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Use, constraint)
    try:
        yield
    finally:
        Use.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Use, constraint)


def careless(source_id):
    """Look first, then write: what a careless action would do."""

    def run(meet):
        with transaction.atomic():
            mine = {"rule_key": "offers.campaign:1", "once_key": "person:1"}
            free = not Use.objects.filter(**mine).exists()
            meet()
            if free:
                Use.objects.create(**mine, source_type="offers.reservation", source_id=source_id)

    return run


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_without_the_constraint_two_at_once_both_get_it():
    with without_the_constraint():
        outcomes = two_connections(careless(1), careless(2))
        assert all(outcome.ok for outcome in outcomes)
        assert Use.objects.count() == 2


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_the_constraint_alone_lets_one_of_two_through():
    outcomes = two_connections(careless(1), careless(2))
    assert [type(outcome.error) for outcome in outcomes if not outcome.ok] == [IntegrityError]
    assert Use.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("per", ["person", "household"])
def test_of_two_at_once_one_gets_it_and_the_other_is_told_who_was_first(per):
    anna, ben = a_person("安娜"), a_person("本本")
    with transaction.atomic():
        home = family.found_household(anna, actor=SYSTEM, day=kernel_clock.today())
        family.join_household(home, ben, role="spouse", actor=SYSTEM, day=kernel_clock.today())
    other = anna if per == "person" else ben
    outcomes = two_connections(lambda: take(anna, 1, once(per)), lambda: take(other, 2, once(per)))
    (lost,) = [outcome.error for outcome in outcomes if not outcome.ok]
    assert isinstance(lost, AlreadyUsed)
    assert lost.first == Use.objects.get()
