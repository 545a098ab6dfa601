from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from niangjia.commons.people import actions, hearing
from niangjia.commons.people.models import Household, Person
from niangjia.commons.people.testing import SYSTEM, a_member, a_person, an_id_number
from niangjia.commons.unions.testing import a_user
from niangjia.kernel.errors import Conflict, NotFound, RuleBroken
from niangjia.kernel.identifiers import Sex, invented_phone
from niangjia.kernel.policy import allow
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.personal_data import erasure

pytestmark = pytest.mark.django_db


def register(**given):
    with transaction.atomic():
        return actions.register_person(**{"name": "张三", "actor": SYSTEM, **given})


def code_of(act):
    with pytest.raises((Conflict, RuleBroken)) as refusal, transaction.atomic():
        act()
    return refusal.value.code


def test_what_is_typed_is_kept_in_one_form_and_the_number_tells_the_rest():
    number = an_id_number(3, birth=date(1988, 2, 29), sex=Sex.FEMALE)
    typed = f" {number[:6]} {number[6:].lower()} "
    person = register(name="阿依古丽•买买提", id_number=typed, phone="+86 154-0000-0003", category="delivery_rider")
    person = Person.objects.get(pk=person.pk)
    assert (person.name, person.name_key, person.name_initials) == ("阿依古丽·买买提", "阿依古丽买买提", "ayglmmt")
    assert (person.id_number, person.phone) == (number, "15400000003")
    assert (person.birth_date, person.sex, person.id_kind) == (date(1988, 2, 29), "female", "resident")
    assert person.is_new_form


def test_the_columns_hold_no_readable_number(tree):
    person = a_person("王五", serial=11)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM people_person WHERE id = %s", [person.pk])
        row = "".join(
            bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)
            for value in cursor.fetchone()
        )
    assert "王五" in row
    for secret in (an_id_number(11), an_id_number(11)[-4:] + "|", invented_phone(11)):
        assert secret not in row


def test_two_ciphertexts_swapped_between_persons_do_not_open():
    from niangjia.platform.personal_data.cipher import Tampered

    one, other = a_person(serial=1), a_person(serial=2)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE people_person SET phone = (SELECT phone FROM people_person WHERE id = %s) WHERE id = %s",
            [one.pk, other.pk],
        )
    with pytest.raises(Tampered):
        str(Person.objects.get(pk=other.pk).phone)


def test_a_number_that_stands_elsewhere_is_answered_without_telling_which():
    a_person(serial=1)
    a_person(serial=2)
    by_number = code_of(lambda: register(id_number=an_id_number(1), phone=invented_phone(9)))
    by_phone = code_of(lambda: register(id_number=an_id_number(9), phone=invented_phone(2)))
    assert by_number == by_phone == "IDENTITY_TAKEN"
    assert Person.objects.count() == 2


def test_an_account_belongs_to_one_person():
    user = a_user("u")
    register(user_id=user.pk)
    assert code_of(lambda: register(user_id=user.pk)) == "IDENTITY_TAKEN"


def test_relatives_without_number_and_phone_do_not_collide():
    register(name="张小一", birth_date=date(2020, 1, 1), sex="male")
    register(name="张小二", birth_date=date(2020, 1, 1), sex="male")
    assert Person.objects.filter(id_index="").count() == 2


@pytest.mark.parametrize("given", [{"category": "king"}, {"name": "张3"}, {"id_number": "123"}, {"phone": "138"}])
def test_what_is_wrong_is_refused_and_nobody_is_made(given):
    with pytest.raises(RuleBroken), transaction.atomic():
        register(**given)
    assert not Person.objects.exists()


def test_a_person_is_made_only_inside_the_transaction_of_a_case(monkeypatch):
    with monkeypatch.context() as outside:
        outside.setattr(transaction.get_connection(), "in_atomic_block", False)
        with pytest.raises(transaction.TransactionManagementError):
            actions.register_person(name="张三", actor=SYSTEM)


def test_a_known_person_is_tied_to_the_account_once():
    person, user, other = a_person(), a_user("one"), a_user("two")
    with transaction.atomic():
        linked = actions.link_user(person, user_id=user.pk, category="courier", actor=SYSTEM)
        again = actions.link_user(person, user_id=user.pk, actor=SYSTEM)
    assert linked.user_id == again.user_id == user.pk
    assert AuditEntry.objects.filter(action="people.person.linked").count() == 1
    assert code_of(lambda: actions.link_user(person, user_id=other.pk, actor=SYSTEM)) == "PERSON_HAS_USER"
    assert code_of(lambda: actions.link_user(a_person(), user_id=user.pk, actor=SYSTEM)) == "IDENTITY_TAKEN"


def test_a_change_of_category_is_noted_without_personal_text(tree):
    person = a_person(category="courier")
    with transaction.atomic():
        changed = actions.change_category(person, category="truck_driver", actor=SYSTEM)
    entry = AuditEntry.objects.get(action="people.person.category_changed")
    assert (changed.category, entry.before, entry.after) == ("truck_driver", "courier", "truck_driver")


def test_a_correction_changes_what_is_found_and_says_which_columns():
    person = a_person("张三", serial=1)
    with transaction.atomic():
        fixed = actions.correct_identity(
            person, name="章三", id_number=an_id_number(5), reason="身份证号录错一位", actor=SYSTEM
        )
    fixed = Person.objects.get(pk=fixed.pk)
    assert (fixed.name, fixed.id_number, fixed.phone) == ("章三", an_id_number(5), invented_phone(1))
    assert fixed.name_tail_index == actions.name_and_tail_index("章三", an_id_number(5)[-4:])
    entry = AuditEntry.objects.get(action="people.person.identity_corrected")
    assert set(entry.data["fields"]) == {"name", "id_index"}
    assert "章三" not in str(entry.data)
    assert an_id_number(5) not in str(entry.data)


def test_a_correction_to_somebody_elses_number_is_refused():
    a_person(serial=1)
    person = a_person(serial=2)

    def correct():
        actions.correct_identity(person, name="张三", id_number=an_id_number(1), reason="录错号码", actor=SYSTEM)

    assert code_of(correct) == "IDENTITY_TAKEN"
    assert Person.objects.get(pk=person.pk).id_number == an_id_number(2)


# The database itself


@pytest.mark.parametrize(
    "columns",
    [
        {"category": "king"},
        {"sex": "x"},
        {"id_kind": "library card"},
    ],
)
def test_the_database_refuses_unknown_words(columns):
    person = a_person()
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.filter(pk=person.pk).update(**columns)


def test_nobody_is_merged_into_oneself_and_a_merged_entry_has_no_account():
    person, other = a_person(user_id=a_user("u").pk), a_person()
    for canonical in (person, other):
        with pytest.raises(IntegrityError), transaction.atomic():
            Person.objects.filter(pk=person.pk).update(canonical=canonical)


def test_a_merged_entry_frees_number_and_phone_for_the_one_that_remains():
    old, kept = a_person(serial=1), a_person(serial=2)
    Person.objects.filter(pk=old.pk).update(canonical=kept)
    with transaction.atomic():
        actions.correct_identity(
            kept, name="张三", id_number=an_id_number(1), phone=invented_phone(1), reason="合并后更正", actor=SYSTEM
        )
    with pytest.raises(NotFound), transaction.atomic():
        actions.change_category(old, category="other", actor=SYSTEM)


# Erasure


def erase(person):
    erasure.erase(person.public_id, actor=SYSTEM, reason="本人要求清除")


def test_an_erased_person_leaves_nothing_that_names_them(tree):
    person = a_person("赵六", serial=1, user_id=a_user("u").pk)
    erase(person)
    left = Person.objects.get(pk=person.pk)
    assert (left.name, left.name_key, left.name_initials, left.id_number, left.phone) == ("", "", "", "", "")
    assert (left.id_index, left.phone_index, left.name_tail_index, left.user_id) == ("", "", "", None)
    assert left.birth_date == date(1990, 1, 1)
    assert left.erased_at is not None
    a_person("赵六", serial=1)


def test_a_member_is_not_erased(tree):
    membership = a_member(tree["FIRM"])
    with pytest.raises(Conflict) as refusal:
        erase(membership.person)
    assert refusal.value.code == "STILL_A_MEMBER"
    assert Person.objects.get(pk=membership.person_id).name == "张三"


def test_a_former_member_is_erased_and_the_membership_stays_for_the_books(tree):
    membership = a_member(tree["FIRM"])
    with transaction.atomic():
        actions.end_membership(
            membership, cause="leave", actor=SYSTEM, decision=allow("t"), day=date(2026, 3, 4), reason="本人书面申请"
        )
    erase(membership.person)
    membership.refresh_from_db()
    assert membership.state == "ended"
    assert Person.objects.get(pk=membership.person_id).name == ""


def test_an_erased_person_leaves_family_and_household():
    from niangjia.commons.people import family

    person, child = a_person(), a_person("张小")
    with transaction.atomic():
        household = family.found_household(person, actor=SYSTEM, day=date(2026, 1, 1))
        family.join_household(household, child, role="child", actor=SYSTEM, day=date(2026, 1, 1))
        family.state_kinship(person, child, relation="child", actor=SYSTEM)
    erase(person)
    assert not person.kin.exists()
    assert not child.kin.exists()
    assert list(household.members.values_list("person", flat=True)) == [child.pk]
    erase(child)
    assert not Household.objects.exists()


def test_erasing_somebody_unknown_here_does_nothing():
    hearing.empty_person(subject_key="nobody", actor=SYSTEM)
