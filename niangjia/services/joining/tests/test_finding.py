"""Members whom no account belongs to find their membership by name, number and the phone on file."""

from __future__ import annotations

import pytest

from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.own_data import closing
from niangjia.commons.people.testing import SYSTEM, a_person
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.identifiers import invented_phone
from niangjia.platform.accounts import phones, sessions
from niangjia.platform.accounts.models import Session, User
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.testing.clients import member_client
from niangjia.services.joining import actions, consent, testing
from niangjia.services.joining import testing_rosters as rosters
from niangjia.services.joining.models import Application, Draft

ROW = rosters.a_row(41)


@pytest.fixture
def entered(world):
    """Somebody whom a roster made a member; and the account of whoever signs in by the phone that stood in it."""
    rosters.applied([ROW], world.street, world.officer)
    return Person.objects.get(), account(ROW["phone"])


def account(phone):
    user = User.objects.create(phone=phone, phone_index=phones.index_of(phone))
    return Actor(ActorKind.MEMBER, user_id=user.pk)


def say(actor, **changes):
    said = {"name": ROW["name"], "id_number": ROW["id_number"], **changes}
    return member_client(actor).post("/joining/who/", said, follow=True)


def test_who_was_entered_from_a_roster_has_the_card_after_name_and_number(entered):
    person, actor = entered
    phone = member_client(actor)
    assert "这个手机号还没有会籍" in phone.get("/").text
    answer = say(actor)
    assert "您已经是会员" in answer.text
    assert Membership.objects.get().number in answer.text
    person.refresh_from_db()
    assert person.user_id == actor.user_id
    assert AuditEntry.objects.filter(action="people.person.linked", subject_key=person.public_id).count() == 1
    assert not Draft.objects.exists()


@pytest.mark.parametrize("changes", [{"name": "王别人"}, {"id_number": rosters.a_row(42)["id_number"]}])
def test_another_name_or_number_finds_nothing(entered, changes):
    person, actor = entered
    say(actor, **changes)
    person.refresh_from_db()
    assert person.user_id is None


def test_another_phone_finds_nothing(entered):
    person, _actor = entered
    say(testing.applicant(77))
    person.refresh_from_db()
    assert person.user_id is None


def test_an_account_that_is_somebodys_stays_theirs(entered, world):
    person, actor = entered
    other = a_person(serial=88)
    Person.objects.filter(pk=other.pk).update(user=actor.user_id)
    assert not actions.find_membership(name=ROW["name"], id_number=ROW["id_number"], actor=actor)
    person.refresh_from_db()
    assert person.user_id is None


def test_a_registered_person_who_is_no_member_applies(world):
    known = a_person(serial=89)
    actor = account(invented_phone(89))
    assert not actions.find_membership(name=known.name, id_number=str(known.id_number), actor=actor)


def test_a_number_that_cannot_be_one_is_said(entered):
    _person, actor = entered
    with pytest.raises(RuleBroken):
        actions.find_membership(name=ROW["name"], id_number="123", actor=actor)


def test_the_interface_ties_the_account_and_says_so(entered):
    person, actor = entered
    body = {"name": ROW["name"], "id_number": ROW["id_number"], "category": "courier", "street": "EAST-1"}
    body["consent_version"] = consent.VERSION
    answer = member_client(actor).post(
        "/api/v1/joining/applications", body, content_type="application/json", headers={"Idempotency-Key": "key-000041"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "ALREADY_MEMBER")
    person.refresh_from_db()
    assert person.user_id == actor.user_id
    assert not Application.objects.exists()


def test_who_closed_the_account_comes_back_by_the_same_phone(entered, clock):
    person, actor = entered
    say(actor)
    phone = member_client(actor)
    Session.objects.filter(user=actor.user_id).update(second_factor_at=sessions.clock.now())
    phone.post("/mine/data/close/")
    clock.forward(days=8)
    assert closing.carry_out_due(actor=SYSTEM) == 1
    again = account(ROW["phone"])
    assert Membership.objects.get().number in say(again).text
    person.refresh_from_db()
    assert person.user_id == again.user_id
