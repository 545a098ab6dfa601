"""A phone with a new holder: they are asked before anything is shown, say that the account is not theirs, and go on."""

from __future__ import annotations

import pytest
from django.test import Client

from niangjia.commons.people.corrections.testing import a_known_member
from niangjia.commons.people.disputes import recycled
from niangjia.commons.people.disputes.models import Dispute
from niangjia.commons.people.models import Person
from niangjia.commons.people.testing import signed_in
from niangjia.commons.unions import testing as unions
from niangjia.kernel.errors import DomainError
from niangjia.kernel.identifiers import invented_phone
from niangjia.platform.accounts import cookies, phones
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import Session, User
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.notices.models import Message, Outgoing
from niangjia.platform.testing.clients import member_client
from niangjia.platform.testing.kept import kept

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = invented_phone(4601)
HER_NAME = "卫旧机"


@pytest.fixture(autouse=True)
def _codes(settings):
    """Invented phones take the code of the demonstration."""
    settings.DEMO = True


@pytest.fixture
def tree(db, clock):
    return kept(unions.small_tree)


@pytest.fixture
def owner(tree):
    return a_known_member(tree["EAST-1"], 4601, HER_NAME)


def arrived(then="/"):
    """A phone that has typed the code, and the page it is led to."""
    phone = Client()
    phone.post("/sign-in/", {"phone": PHONE, "next": then})
    return phone, phone.post("/sign-in/code/", {"code": "246810", "next": then})


def tail_of(person):
    return str(person.id_number)[-4:]


def disowned(name="吴新机"):
    phone, _led = arrived()
    return phone, phone.post("/sign-in/not-mine/", {"name": name, "note": "上个月在营业厅办的号"})


def by_days(clock, count):
    clock.forward(days=count)


def test_a_code_is_enough_while_the_last_one_is_recent(owner, clock):
    by_days(clock, 89)
    phone, led = arrived()
    assert led["Location"] == "/"
    home = phone.get("/").text
    assert HER_NAME in home
    assert "/sign-in/not-mine/" in home
    assert "/sign-in/not-mine/" not in phone.get("/").text, "it is offered on the first page only"
    assert "/sign-in/not-mine/" in phone.get("/mine/").text
    by_days(clock, 60)
    assert arrived()[1]["Location"] == "/", "each code begins the days anew"


def test_after_long_nothing_is_shown_before_the_owner_is_known(owner, clock):
    by_days(clock, 90)
    phone, led = arrived("/card/")
    assert led["Location"] == "/sign-in/owner/?next=%2Fcard%2F"
    for page in ("/", "/mine/", "/mine/data/", "/card/", led["Location"]):
        answer = phone.get(page)
        assert HER_NAME not in answer.text
        assert answer.status_code == 200 or answer["Location"].startswith("/sign-in/owner/")
    refused = phone.get("/api/v1/sign-in/me")
    assert (refused.status_code, refused.json()["code"]) == (403, "OWNER_CHECK")
    assert not AuditEntry.objects.filter(action="accounts.signed_in").exists()
    wrong = phone.post("/sign-in/owner/", {"said": "0000", "next": "/card/"})
    assert wrong.status_code == 422
    assert phone.post("/sign-in/owner/", {"said": "", "next": "/card/"}).status_code == 422
    held = phone.cookies[cookies.full_name(cookies.NAMES[SessionKind.MEMBER])].value
    right = phone.post("/sign-in/owner/", {"said": f" {tail_of(owner)} ", "next": "/card/"})
    assert right["Location"] == "/card/"
    assert HER_NAME in phone.get("/mine/data/").text
    assert phone.cookies[cookies.full_name(cookies.NAMES[SessionKind.MEMBER])].value != held
    assert AuditEntry.objects.filter(action="accounts.refused", data__code="OWNER_WRONG").count() == 1
    assert phone.get("/sign-in/owner/")["Location"] == "/"
    by_days(clock, 1)
    assert arrived()[1]["Location"] == "/"


def test_five_tries_in_seven_days_then_only_the_way_out_is_left(owner, clock):
    by_days(clock, 90)
    phone, _led = arrived()
    codes = [phone.post("/sign-in/owner/", {"said": "0000"}).status_code for _try in range(6)]
    assert codes[:5] == [422] * 5
    late = phone.post("/sign-in/owner/", {"said": tail_of(owner)})
    assert "12351" in late.text
    assert Session.objects.get().held
    by_days(clock, 8)
    again, _led = arrived()
    assert again.post("/sign-in/owner/", {"said": tail_of(owner)})["Location"] == "/"


def test_who_is_not_the_owner_gets_an_account_of_their_own_and_the_owner_hears_of_it(owner, clock):
    User.objects.filter(pk=owner.user_id).update(email="")
    owner.user.email = "owner@example.com"
    owner.user.save(update_fields=["email"])
    by_days(clock, 90)
    phone, led = disowned()
    made = Dispute.objects.get()
    assert led["Location"] == f"/mine/data/disputes/{made.public_id}/"
    page = phone.get(led["Location"]).text
    assert "核实中" in page
    assert HER_NAME not in page + phone.get("/").text
    heir = User.objects.get(phone_index=phones.index_of(PHONE))
    assert (made.asked_by_id, made.holder_id, made.state, made.proven) == (heir.pk, owner.pk, "asked", True)
    owner.refresh_from_db()
    assert (str(owner.phone), owner.user.phone_index) == ("", None)
    told = Outgoing.objects.filter(user_id=owner.user_id)
    assert {row.channel for row in told} == {"email"}, "nothing about the owner goes to that phone"
    assert Message.objects.filter(user_id=owner.user_id, kind="people.dispute_phone_left").exists()
    assert phone.get("/joining/").status_code == 200
    assert phone.post("/sign-in/not-mine/", {"name": "吴新机"}).status_code == 422, "the new account is nobody else's"


def test_an_owner_who_cannot_be_told_is_not_waited_for(owner, clock):
    disowned()
    assert Dispute.objects.get().state == "deciding"


def test_taken_back_the_phone_returns_and_its_owner_is_asked(owner, clock):
    phone, _led = disowned()
    made = Dispute.objects.get()
    assert "退出登录" in phone.get(f"/mine/data/disputes/{made.public_id}/withdraw/").text
    phone.post(f"/mine/data/disputes/{made.public_id}/withdraw/")
    owner = Person.objects.get(name=HER_NAME)
    assert (str(owner.phone), str(owner.user.phone)) == (PHONE, PHONE)
    assert phone.get("/mine/")["Location"].startswith("/sign-in/?"), "whoever took it back is signed out"
    by_days(clock, 1)
    _phone, led = arrived()
    assert led["Location"].startswith("/sign-in/owner/"), "the phone was in other hands"


def test_a_browser_that_is_signed_in_proves_nothing_about_the_phone(owner, clock):
    phone = member_client(signed_in(owner))
    assert phone.get("/sign-in/not-mine/")["Location"] == "/mine/prove/?next=%2Fsign-in%2Fnot-mine%2F"
    with pytest.raises(DomainError) as caught:
        recycled.disown(name="吴新机", actor=recycled.whoever_typed(Session.objects.get()))
    assert caught.value.code == "STEP_UP_REQUIRED"
    bad, _led = arrived()
    assert bad.post("/sign-in/not-mine/", {"name": ""}).status_code == 422
    assert not Dispute.objects.exists()


def test_nothing_is_asked_of_an_account_that_shows_nobody(tree, clock):
    phone, led = arrived()
    assert led["Location"] == "/"
    assert "/sign-in/not-mine/" not in phone.get("/").text
    by_days(clock, 400)
    assert arrived()[1]["Location"] == "/"


def test_a_name_is_asked_where_no_number_is_known(owner, clock):
    Person.objects.filter(pk=owner.pk).update(id_number="", id_index="")
    by_days(clock, 90)
    phone, led = arrived()
    assert "登记的姓名" in phone.get(led["Location"]).text
    assert phone.post("/sign-in/owner/", {"said": "卫"}).status_code == 422
    assert phone.post("/sign-in/owner/", {"said": HER_NAME})["Location"] == "/"


def test_an_app_goes_the_same_way(owner, clock):
    by_days(clock, 90)

    def token():
        client = Client()
        asked = client.post("/api/v1/sign-in/code", {"phone": PHONE}, content_type="application/json").json()
        typed = {"phone": PHONE, "code": "246810", "ticket": asked["ticket"]}
        return client.post("/api/v1/sign-in/member", typed, content_type="application/json").json()

    def say(begun, path, body):
        headers = {"Authorization": f"Bearer {begun['token']}"}
        return Client().post(f"/api/v1/sign-in/member/{path}", body, content_type="application/json", headers=headers)

    first = token()
    assert first["next_step"] == "owner"
    assert say(first, "owner", {"said": "0000"}).json()["code"] == "OWNER_WRONG"
    opened = say(first, "owner", {"said": tail_of(owner)}).json()
    assert opened["next_step"] == "none"
    assert say(opened, "owner", {"said": tail_of(owner)}).json()["code"] == "OWNER_KNOWN"
    by_days(clock, 90)
    mine = say(token(), "not-mine", {"name": "吴新机"}).json()
    me = Client().get("/api/v1/sign-in/me", headers={"Authorization": f"Bearer {mine['token']}"}).json()
    assert (me["kind"], me["name"]) == ("member", "")
