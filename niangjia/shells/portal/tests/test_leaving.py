"""Consents taken back, accounts closed, people erased: what ends, what stays, what does not change."""

from __future__ import annotations

import pytest
from django.db import transaction

from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.people import actions as people
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.own_data import closing
from niangjia.commons.people.own_data.models import Closing
from niangjia.commons.people.testing import SYSTEM, signed_in
from niangjia.commons.unions import testing as unions
from niangjia.kernel.policy import allow
from niangjia.platform.accounts import phone_sign_in, phones, sessions, step_up
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import Session, User
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.personal_data import consents
from niangjia.platform.testing.clients import member_client
from niangjia.platform.testing.kept import kept
from niangjia.services.joining import actions, testing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tree(db, clock):
    return kept(unions.small_tree)


@pytest.fixture
def joined(tree):
    """Somebody who joined by application, at a phone that is signed in; and the person."""
    row, actor = testing.application(61, tree["EAST-1"])
    actions.approve(public_id=row.public_id, actor=unions.an_officer([(tree["EAST-1"], "union_officer")]))
    return member_client(actor), Person.objects.get(user=actor.user_id)


def leave(person):
    with transaction.atomic():
        membership = Membership.objects.get(person=person)
        people.end_membership(
            membership, cause="leave", actor=SYSTEM, decision=allow("system"), day=membership.since, reason="本人要求"
        )


def prove(person):
    Session.objects.filter(user=person.user_id).update(second_factor_at=sessions.clock.now())


def figures():
    return sorted(LedgerRow.objects.values_list("measure", "union_id", "qty", "fen", "dimset_id", "day", "person_id"))


def test_the_consent_to_joining_stays_while_one_is_a_member_and_says_why(joined):
    phone, person = joined
    page = phone.get("/mine/data/consents/").text
    assert "请先办理退会" in page
    given = consents.Consent.objects.get(subject_key=person.public_id)
    assert phone.post(f"/mine/data/consents/{given.public_id}/withdraw/").status_code == 422
    leave(person)
    assert phone.post(f"/mine/data/consents/{given.public_id}/withdraw/").status_code == 302
    assert not consents.holds("joining", person.public_id)
    assert AuditEntry.objects.filter(action="people.consent.withdrawn").count() == 1


def test_a_consent_to_another_purpose_is_withdrawn_without_touching_the_first(joined):
    phone, person = joined
    consents.publish("health", "1", {"zh-hans": "体检"})
    given = consents.give("health", "1", subject_key=person.public_id, actor=signed_in(person))
    assert "以前办好的不受影响" in phone.get(f"/mine/data/consents/{given.public_id}/withdraw/").text
    phone.post(f"/mine/data/consents/{given.public_id}/withdraw/")
    assert not consents.holds("health", person.public_id)
    assert consents.holds("joining", person.public_id)


def test_closing_asks_for_a_fresh_code_first(joined):
    phone, _person = joined
    answer = phone.post("/mine/data/close/")
    assert answer["Location"].startswith("/mine/prove/")
    assert not Closing.objects.exists()


def test_a_member_closes_the_account_and_the_membership_stays(joined, clock):
    phone, person = joined
    number, user = User.objects.get(pk=person.user_id).phone, person.user_id
    prove(person)
    assert phone.post("/mine/data/close/").status_code == 302
    assert phone.get("/mine/").status_code == 302
    clock.forward(days=6)
    assert closing.carry_out_due(actor=SYSTEM) == 0
    clock.forward(days=2)
    assert closing.carry_out_due(actor=SYSTEM) == 1
    assert closing.carry_out_due(actor=SYSTEM) == 0
    assert phones.user_with(number) is None
    assert not User.objects.get(pk=user).is_active
    assert Membership.objects.current().filter(person=person).exists()


def test_signing_in_within_the_week_keeps_the_account(joined, clock, sms):
    phone, person = joined
    user = User.objects.get(pk=person.user_id)
    prove(person)
    phone.post("/mine/data/close/")
    clock.forward(days=3)
    phone_sign_in.request_code(phone=user.phone, binding="b", address="")
    phone_sign_in.confirm(phone=user.phone, code=sms.last(user.phone), binding="b", address="")
    clock.forward(days=5)
    assert closing.carry_out_due(actor=SYSTEM) == 0
    assert User.objects.get(pk=user.pk).is_active
    assert "注销已取消" in member_client(signed_in(person)).get("/mine/notices/").text


def test_a_member_cannot_ask_to_be_erased(joined):
    phone, person = joined
    prove(person)
    answer = phone.post("/mine/data/close/", {"erase": "on"})
    assert answer.status_code == 422
    assert "请先办理退会" in answer.text


def test_an_erasure_leaves_every_figure_as_it_was(joined, clock):
    phone, person = joined
    leave(person)
    before = figures()
    assert before
    prove(person)
    assert phone.post("/mine/data/close/", {"erase": "on"}).status_code == 302
    clock.forward(days=8)
    assert closing.carry_out_due(actor=SYSTEM) == 1
    person = Person.objects.get(pk=person.pk)
    assert (person.name, person.phone, person.id_number) == ("", "", "")
    assert figures() == before


def test_a_staff_account_is_not_closed_from_a_phone(joined):
    phone, person = joined
    User.objects.filter(pk=person.user_id).update(sign_in_name="wang")
    prove(person)
    assert phone.post("/mine/data/close/").status_code == 422


def test_the_code_of_the_second_proof_goes_to_ones_own_phone(joined, sms):
    phone, person = joined
    number = User.objects.get(pk=person.user_id).phone
    phone.post("/mine/prove/", {"send": "1", "next": "/mine/data/close/"})
    assert phone.post("/mine/prove/", {"code": "000000"}).status_code == 422
    answer = phone.post("/mine/prove/", {"code": sms.last(number), "next": "/mine/data/close/"})
    assert answer["Location"] == "/mine/data/close/"
    session = Session.objects.get(user=person.user_id, kind=SessionKind.MEMBER, ended_at=None)
    assert step_up.recent_second_factor(session)
