"""我的信息: everything that is stored, by purpose, shown to the person alone; a child's to its guardian."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction

from niangjia.commons.people import child_consent, family
from niangjia.commons.people.testing import SYSTEM, a_person, signed_in
from niangjia.kernel.identifiers import Sex
from niangjia.platform.personal_data import consents
from niangjia.platform.personal_data.models import Look
from niangjia.platform.testing.clients import member_client
from niangjia.services.joining import testing as joining

pytestmark = pytest.mark.django_db(transaction=True)


def a_child(parent, *, birth=date(2019, 3, 1), together=True):
    """A child in the household of ``parent``, entered with the guardian's consent."""
    child = a_person("孩子甲", birth=birth, sex=Sex.FEMALE)
    consents.give_as_guardian(
        child_consent.CODE,
        child_consent.VERSION,
        subject_key=child.public_id,
        actor=SYSTEM,
        guardian_name=parent.name,
        guardian_relation="父母",
    )
    with transaction.atomic():
        home = family.found_household(parent, actor=SYSTEM, day=date(2026, 1, 1))
        if together:
            family.join_household(home, child, role="child", actor=SYSTEM, day=date(2026, 1, 1))
        family.state_kinship(parent, child, relation="child", actor=SYSTEM)
    return child


def test_the_page_shows_values_in_full_with_purpose_ground_and_time(clock, phone, membership):
    page = phone.get("/mine/data/").text
    person = membership.person
    for text in (person.id_number, person.phone, membership.number, "保存多久", "实名入会，一人一个会籍"):
        assert text in page
    assert not Look.objects.exists()


def test_somebody_who_only_signed_in_sees_their_account(clock, newcomer):
    page = newcomer.get("/mine/data/")
    assert page.status_code == 200
    assert "登录账号" in page.text


def test_an_application_is_shown_to_who_sent_it(clock, unions):
    row, actor = joining.application(31, unions["EAST-1"], employer_name="哨兵速运")
    page = member_client(actor).get("/mine/data/").text
    assert row.number in page
    assert "哨兵速运" in page


def test_a_guardian_sees_the_child_and_nobody_else_does(clock, phone, membership):
    child = a_child(membership.person)
    assert "孩子甲" in phone.get("/mine/data/").text
    assert child.id_number in phone.get(f"/mine/data/child/{child.public_id}/").text
    stranger = a_person("李四")
    assert phone.get(f"/mine/data/child/{stranger.public_id}/").status_code == 404


@pytest.mark.parametrize(("birth", "together"), [(date(2011, 1, 1), True), (date(2019, 3, 1), False)])
def test_a_child_of_fourteen_or_of_another_household_is_not_shown(clock, phone, membership, birth, together):
    child = a_child(membership.person, birth=birth, together=together)
    assert phone.get(f"/mine/data/child/{child.public_id}/").status_code == 404


def test_every_collected_field_stands_in_the_register(clock, membership):
    from niangjia.commons.people.own_data import subjects
    from niangjia.platform.personal_data import portability

    found = portability.holdings(subjects.own(signed_in(membership.person)))
    assert {holding.code for holding in found} >= {"person", "membership", "card", "account"}
    assert portability.by_purpose(found)
