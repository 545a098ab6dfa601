from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from niangjia.commons.people import family, queries
from niangjia.commons.people.models import Kinship
from niangjia.commons.people.testing import SYSTEM, a_person
from niangjia.kernel.errors import DomainError

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 1)


@pytest.fixture(autouse=True)
def _held(clock):
    """Wednesday, 4 March 2026."""


def code_of(act):
    with pytest.raises(DomainError) as refusal, transaction.atomic():
        act()
    return refusal.value.code


def found(head):
    with transaction.atomic():
        return family.found_household(head, actor=SYSTEM, day=DAY)


def join(home, person, role="child", day=DAY):
    with transaction.atomic():
        return family.join_household(home, person, role=role, actor=SYSTEM, day=day)


def leave(person, day):
    with transaction.atomic():
        family.leave_household(person, actor=SYSTEM, day=day)


def state(person, relative, relation):
    with transaction.atomic():
        family.state_kinship(person, relative, relation=relation, actor=SYSTEM)


def test_a_person_lives_in_one_household():
    head, child = a_person(), a_person("张小")
    home = found(head)
    join(home, child)
    assert code_of(lambda: found(child)) == "IN_A_HOUSEHOLD"
    leave(child, date(2026, 3, 2))
    assert code_of(lambda: join(home, child, day=date(2026, 3, 1))) == "DAY_TOO_EARLY"
    join(home, child, day=date(2026, 3, 2))
    assert home.members.count() == 3


def test_a_household_has_one_head_at_a_time():
    head, heir = a_person(), a_person("张小")
    home = found(head)
    assert code_of(lambda: join(home, heir, "head")) == "HOUSEHOLD_HAS_HEAD"
    leave(head, date(2026, 3, 2))
    assert join(home, heir, "head", date(2026, 3, 2)).role == "head"


def test_places_in_a_household_have_possible_days_and_roles():
    head, child = a_person(), a_person("张小")
    home = found(head)
    assert code_of(lambda: join(home, child, "pet")) == "RELATION_UNKNOWN"
    assert code_of(lambda: join(home, child, day=date(2026, 3, 5))) == "DAY_IN_FUTURE"
    assert code_of(lambda: leave(head, date(2026, 2, 28))) == "DAY_TOO_EARLY"
    assert code_of(lambda: leave(child, DAY)) == "HOUSEHOLD_NOT_FOUND"


def test_kinship_is_known_from_both_sides_and_stated_anew_replaces():
    parent, child = a_person(), a_person("张小")
    state(parent, child, "child")
    assert queries.are_kin(parent.pk, child.pk)
    assert queries.are_kin(child.pk, parent.pk)
    assert Kinship.objects.get(person=child).relation == "parent"
    state(child, parent, "grandparent")
    assert Kinship.objects.get(person=parent).relation == "grandchild"
    assert Kinship.objects.count() == 2
    with transaction.atomic():
        family.withdraw_kinship(child, parent, actor=SYSTEM)
    assert not Kinship.objects.exists()
    assert code_of(lambda: family.withdraw_kinship(child, parent, actor=SYSTEM)) == "KINSHIP_NOT_FOUND"


def test_withdrawing_a_kinship_leaves_those_to_others():
    one, other, third = a_person(), a_person(), a_person()
    state(one, other, "sibling")
    state(one, third, "sibling")
    with transaction.atomic():
        family.withdraw_kinship(one, other, actor=SYSTEM)
    assert queries.are_kin(one.pk, third.pk)
    assert not queries.are_kin(one.pk, other.pk)


def test_nobody_is_kin_to_oneself():
    person = a_person()
    assert code_of(lambda: state(person, person, "sibling")) == "KIN_TO_ONESELF"
    assert code_of(lambda: state(person, a_person(), "friend")) == "RELATION_UNKNOWN"
    with pytest.raises(IntegrityError), transaction.atomic():
        Kinship.objects.create(person=person, relative=person, relation="other")
