"""Two callers with their own connections at the same moment; each guard is first shown to be needed."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction

from niangjia.commons.people import actions, numbers
from niangjia.commons.people.models import Membership, NumberSerial, Person
from niangjia.commons.people.testing import SYSTEM, a_member, a_person, an_id_number
from niangjia.commons.unions import testing as unions
from niangjia.kernel import clock
from niangjia.kernel.errors import Conflict, DomainError
from niangjia.kernel.policy import allow
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.testing.races import at_once, two_connections

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

BY = {"actor": SYSTEM, "decision": allow("test")}
ONE_CURRENT = "membership_one_current_for_each_person"
ONE_ID_NUMBER = "person_one_for_each_id_number"


@contextmanager
def without(model, name):
    """The table without one of its constraints; it is put back when the rows that break it are gone."""
    constraint = next(each for each in model._meta.constraints if each.name == name)
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, constraint)
    try:
        yield
    finally:
        model.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(model, constraint)


def unguarded_admission(person, union, number):
    """Look first, then write, and no lock: what a careless action would do."""

    def run(meet):
        with transaction.atomic():
            free = not Membership.objects.current().filter(person=person).exists()
            meet()
            if free:
                day = clock.today()
                new = Membership(person=person, union=union, number=number, since=day, origin="online")
                lifecycle.open(new, **BY)

    return run


@pytest.fixture
def two_streets():
    tree = unions.small_tree()
    return tree["EAST-1"], tree["WEST-1"]


def unguarded_pair(person, streets):
    return [unguarded_admission(person, street, f"HY-{n}") for n, street in enumerate(streets)]


def test_without_the_constraint_a_person_becomes_a_member_twice(two_streets):
    person = a_person()
    with without(Membership, ONE_CURRENT):
        outcomes = two_connections(*unguarded_pair(person, two_streets))
        assert all(outcome.ok for outcome in outcomes)
        assert Membership.objects.current().filter(person=person).count() == 2


def test_the_constraint_alone_lets_one_of_two_through(two_streets):
    person = a_person()
    outcomes = two_connections(*unguarded_pair(person, two_streets))
    assert sorted(type(outcome.error) for outcome in outcomes if not outcome.ok) == [IntegrityError]
    assert Membership.objects.current().filter(person=person).count() == 1


def test_of_two_admissions_at_once_one_wins_and_the_other_is_told(two_streets):
    person = a_person()

    def admission(street):
        def run():
            with transaction.atomic():
                return actions.admit(person, street, day=clock.today(), **BY)

        return run

    outcomes = two_connections(*[admission(street) for street in two_streets])
    (lost,) = [outcome.error for outcome in outcomes if not outcome.ok]
    assert isinstance(lost, Conflict)
    assert lost.code == "ALREADY_MEMBER"
    assert Membership.objects.current().filter(person=person).count() == 1
    assert NumberSerial.objects.get().last == 1


def test_ending_and_retaining_at_once_never_mix(two_streets):
    membership = a_member(two_streets[0])
    day = clock.today()

    def end():
        with transaction.atomic():
            mine = Membership.objects.get(pk=membership.pk)
            actions.end_membership(mine, cause="leave", day=day, reason="本人书面申请", **BY)

    def retain():
        with transaction.atomic():
            mine = Membership.objects.get(pk=membership.pk)
            actions.retain(mine, day=day, reason="退休保留会籍", **BY)

    ending, retaining = two_connections(end, retain)
    membership.refresh_from_db()
    assert ending.ok or retaining.ok
    assert membership.state == ("ended" if ending.ok else "retained")
    assert all(isinstance(one.error, DomainError) for one in (ending, retaining) if not one.ok)


def careless_person(name):
    def run(meet):
        with transaction.atomic():
            index = actions.blind_index("people.id_number", an_id_number(1))
            free = not Person.objects.filter(id_index=index).exists()
            meet()
            if free:
                Person.objects.create(name=name, id_index=index)

    return run


def test_without_the_constraint_one_number_makes_two_persons(db):
    with without(Person, ONE_ID_NUMBER):
        two_connections(careless_person("甲"), careless_person("乙"))
        assert Person.objects.count() == 2


def test_one_number_registered_twice_at_once_makes_one_person(db):
    def register(name):
        def run():
            with transaction.atomic():
                return actions.register_person(name=name, id_number=an_id_number(1), actor=SYSTEM)

        return run

    outcomes = two_connections(register("甲甲"), register("乙乙"))
    (lost,) = [outcome.error for outcome in outcomes if not outcome.ok]
    assert isinstance(lost, Conflict)
    assert lost.code == "IDENTITY_TAKEN"
    assert Person.objects.count() == 1


def test_numbers_read_before_they_are_raised_would_be_given_twice(db):
    NumberSerial.objects.create(year=2026)

    def careless(meet):
        with transaction.atomic():
            last = NumberSerial.objects.get(year=2026).last
            meet()
            NumberSerial.objects.filter(year=2026).update(last=last + 1)
            return last + 1

    assert [outcome.value for outcome in two_connections(careless, careless)] == [1, 1]


def test_eight_takers_at_once_get_eight_numbers_also_as_the_first_of_a_year(db):
    def take():
        with transaction.atomic():
            return numbers.take(2026, 2)

    outcomes = at_once([take] * 8)
    taken = [number for outcome in outcomes for number in outcome.value]
    assert len(set(taken)) == 16
    assert NumberSerial.objects.get(year=2026).last == 16
