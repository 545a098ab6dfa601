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
from niangjia.kernel.clock import SHANGHAI
from niangjia.kernel.errors import InvalidMove
from niangjia.kernel.policy import allow
from niangjia.platform.accounts import phone_sign_in, phones, sessions, step_up
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import Session, User
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.personal_data import consents
from niangjia.platform.testing.clients import member_client, staff_client
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


def test_who_takes_back_the_consent_before_an_answer_is_no_longer_reviewed(tree):
    row, actor = testing.application(62, tree["EAST-1"])
    phone, given = member_client(actor), consents.Consent.objects.get(subject_key=row.public_id)
    assert "入会申请也一起撤回" in phone.get(f"/mine/data/consents/{given.public_id}/withdraw/").text
    phone.post(f"/mine/data/consents/{given.public_id}/withdraw/")
    row.refresh_from_db()
    assert row.state == "withdrawn"
    with pytest.raises(InvalidMove):
        actions.approve(public_id=row.public_id, actor=unions.an_officer([(tree["EAST-1"], "union_officer")]))


def close_after_a_week(actor, clock, **said):
    phone = member_client(actor)
    Session.objects.filter(user=actor.user_id).update(second_factor_at=sessions.clock.now())
    assert phone.post("/mine/data/close/", said).status_code == 302
    clock.forward(days=8)
    assert closing.carry_out_due(actor=SYSTEM) == 1


def test_an_applicant_who_closes_the_account_applies_no_longer(tree, clock):
    row, actor = testing.application(63, tree["EAST-1"])
    close_after_a_week(actor, clock)
    row.refresh_from_db()
    assert (row.state, row.name) == ("withdrawn", "张试")


def test_an_applicant_who_was_never_registered_is_erased_as_promised(tree, clock):
    row, actor = testing.application(64, tree["EAST-1"])
    before = figures()
    close_after_a_week(actor, clock, erase="on")
    row.refresh_from_db()
    assert (row.state, row.name, row.id_number, row.phone) == ("withdrawn", "", "", "")
    assert figures() == before


def test_before_closing_one_reads_what_is_still_open(tree):
    row, actor = testing.application(65, tree["EAST-1"])
    page = member_client(actor).get("/mine/data/close/").text
    assert "您还有没办完的事" in page
    assert row.number in page


def test_after_closing_one_reads_until_when_one_may_come_back(joined, clock):
    phone, person = joined
    assert "您还有没办完的事" not in phone.get("/mine/data/close/").text
    prove(person)
    day = (clock.now + closing.COOLING_OFF).astimezone(SHANGHAI)
    answer = phone.post("/mine/data/close/", follow=True)
    assert "已收到注销申请" in answer.text
    assert f"{day.year}年{day.month}月{day.day}日" in answer.text


def test_who_comes_back_reads_that_the_account_is_kept(joined, sms):
    phone, person = joined
    user = User.objects.get(pk=person.user_id)
    prove(person)
    phone.post("/mine/data/close/")
    phone.post("/sign-in/", {"phone": user.phone})
    answer = phone.post("/sign-in/code/", {"code": sms.last(user.phone)}, follow=True)
    assert "注销已取消" in answer.text


def test_an_officer_reads_whether_somebody_has_an_account(joined, tree, clock):
    phone, person = joined
    officer = unions.an_officer([(tree["EAST-1"], "union_officer")], "clerk")
    desk = staff_client(officer)
    address = f"/console/people/{person.public_id}/"
    assert "本人申请注销" not in desk.get(address).text
    prove(person)
    phone.post("/mine/data/close/")
    assert "本人申请注销" in desk.get(address).text
    clock.forward(days=8)
    closing.carry_out_due(actor=SYSTEM)
    assert "没有，或已经注销" in staff_client(officer).get(address).text
