from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from niangjia.commons.people import child_consent, family, queries
from niangjia.commons.people.models import Kinship
from niangjia.commons.people.testing import SYSTEM, a_person
from niangjia.kernel.errors import DomainError
from niangjia.platform.personal_data import consents

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


# Children


CHILD = date(2016, 1, 1)


def agree(child, by=consents.give_as_guardian, code=child_consent.CODE):
    guardian = {"guardian_name": "李梅", "guardian_relation": "母亲"} if by is consents.give_as_guardian else {}
    return by(code, child_consent.VERSION, subject_key=child.public_id, actor=SYSTEM, **guardian)


def test_a_child_under_fourteen_is_entered_only_with_its_guardians_consent_b32():
    home, child = found(a_person()), a_person("张小", birth=CHILD)
    assert code_of(lambda: join(home, child)) == "GUARDIAN_CONSENT_NEEDED"
    assert home.members.count() == 1
    agree(child)
    assert join(home, child).role == "child"


def test_neither_the_childs_own_consent_nor_one_to_something_else_stands_for_it_b34():
    home, child = found(a_person()), a_person("张小", birth=CHILD)
    agree(child, by=consents.give)
    consents.publish("example.health", child_consent.VERSION, {"zh-hans": "我同意。"})
    agree(child, code="example.health")
    assert code_of(lambda: join(home, child)) == "GUARDIAN_CONSENT_NEEDED"


def test_a_consent_that_was_withdrawn_no_longer_opens_the_household():
    home, child = found(a_person()), a_person("张小", birth=CHILD)
    agree(child)
    consents.withdraw(child_consent.CODE, subject_key=child.public_id, actor=SYSTEM)
    assert code_of(lambda: join(home, child)) == "GUARDIAN_CONSENT_NEEDED"


@pytest.mark.parametrize(("birth", "needed"), [(date(2012, 3, 4), False), (date(2012, 3, 5), True)])
def test_from_the_fourteenth_birthday_on_no_guardian_is_asked(birth, needed):
    home, child = found(a_person()), a_person("张小", birth=birth)
    if needed:
        assert code_of(lambda: join(home, child)) == "GUARDIAN_CONSENT_NEEDED"
    else:
        assert join(home, child).role == "child"


def test_a_guardian_who_gives_no_name_has_not_agreed_b32():
    home, child = found(a_person()), a_person("张小", birth=CHILD)
    with pytest.raises(DomainError, match="GUARDIAN_MISSING"):
        consents.give_as_guardian(
            child_consent.CODE, child_consent.VERSION, subject_key=child.public_id, actor=SYSTEM,
            guardian_name=" ", guardian_relation="母亲",
        )  # fmt: skip
    assert code_of(lambda: join(home, child)) == "GUARDIAN_CONSENT_NEEDED"
