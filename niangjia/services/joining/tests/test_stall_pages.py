"""The phones and the desk at a stall: from the code to the card, and what a void code says."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client

from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.models import Employer
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.identifiers import invented_phone, invented_resident_id
from niangjia.platform.accounts import policy_settings
from niangjia.platform.accounts.models import User
from niangjia.platform.testing.clients import member_client, staff_client
from niangjia.services.joining import actions, consent, testing
from niangjia.services.joining.models import Application, Stall
from niangjia.services.joining.stalls import codes, parameters

NUMBER = invented_resident_id(1, date(1996, 5, 4), "male")


@pytest.fixture
def stander(world):
    return unions.an_officer([(world.street, Role.STALL_OFFICER)], "stander")


@pytest.fixture
def desk(stander):
    return staff_client(stander)


@pytest.fixture
def stall(world, stander):
    return testing.stall(world.street, stander)


@pytest.fixture
def phone(world):
    return member_client(testing.applicant(1))


def scan(client, stall):
    return client.get(codes.of(stall).path)


def fill_and_send(client, *, number=NUMBER, name="张试", street="EAST-1", employer="", key="k" * 16):
    client.post("/joining/who/", {"name": name, "id_number": number})
    client.post("/joining/work/", {"category": "courier", "street": street, "employer_name": employer})
    return client.post("/joining/check/", {"consent": "on", "consent_version": consent.VERSION, "idempotency_key": key})


def test_from_the_code_to_the_card(stall, phone, desk):
    assert scan(phone, stall).headers["Location"] == "/joining/"
    assert phone.get("/joining/").headers["Location"] == "/joining/who/"
    assert "试验路口" in phone.get("/joining/who/").content.decode()
    receipt = fill_and_send(phone).headers["Location"]
    assert "正在现场审核" in phone.get(receipt).content.decode()
    asks = {"HX-Request": "true"}
    assert phone.get(receipt, headers=asks).headers.get("HX-Redirect") is None

    page = desk.get(f"/console/joining/stalls/{stall.public_id}/").content.decode()
    everybody = re.search(r'name="all" value="([^"]+)"', page)[1]
    approved = desk.post(
        f"/console/joining/stalls/{stall.public_id}/approve/", {"all": everybody, "idempotency_key": "a" * 16}
    )
    assert approved.status_code == 302
    answer = phone.get(receipt, headers=asks)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/card/")
    assert "EAST-1工会" in phone.get("/card/").content.decode()


def test_the_stall_is_remembered_through_signing_in_and_prefills_the_street(stall):
    client = Client()
    assert scan(client, stall).headers["Location"] == "/sign-in/?next=%2Fjoining%2F"
    assert "现场入会：EAST-1工会" in client.get("/sign-in/?next=%2Fjoining%2F").content.decode()
    user = User.objects.get(pk=testing.applicant(5).user_id)
    signed = member_client(Actor(ActorKind.MEMBER, user_id=user.pk))
    signed.cookies["niangjia_stall"] = client.cookies["niangjia_stall"].value
    signed.post("/joining/who/", {"name": "张试", "id_number": NUMBER})
    assert '<option value="EAST-1" selected>' in signed.get("/joining/work/").content.decode()


def test_the_stall_is_forgotten_once_the_application_is_sent(stall, phone):
    scan(phone, stall)
    sent = fill_and_send(phone)
    assert sent.cookies["niangjia_stall"]["max-age"] == 0


def test_who_belongs_elsewhere_is_told_before_and_after_sending(world, stall, phone):
    Employer.objects.create(name="试验工厂", kind="private", headcount=30, union=world.firm)
    scan(phone, stall)
    phone.post("/joining/who/", {"name": "张试", "id_number": NUMBER})
    phone.post("/joining/work/", {"category": "courier", "street": "EAST-1", "employer_name": "试验工厂"})
    assert "现场的工作人员不能当场通过" in phone.get("/joining/check/").content.decode()
    receipt = phone.get(fill_and_send(phone, employer="试验工厂").headers["Location"]).content.decode()
    assert "FIRM工会" in receipt
    assert "现场不能当场通过" in receipt
    assert "正在现场审核" not in receipt


def test_a_photographed_code_says_after_the_end_that_it_is_over(stall, stander, phone):
    path = codes.of(stall).path
    actions.end_stall(public_id=stall.public_id, attended=None, actor=stander)
    answer = phone.get(path)
    assert answer.status_code == 410
    assert "已经结束" in answer.content.decode()
    assert "niangjia_stall" not in answer.cookies


def test_who_scanned_in_time_and_sends_too_late_is_told_and_applies_online(stall, stander, phone):
    scan(phone, stall)
    phone.post("/joining/who/", {"name": "张试", "id_number": NUMBER})
    phone.post("/joining/work/", {"category": "courier", "street": "EAST-1", "employer_name": ""})
    actions.end_stall(public_id=stall.public_id, attended=None, actor=stander)
    assert "现场入会已经结束" in phone.get("/joining/check/").content.decode()
    fill_and_send(phone)
    assert Application.objects.get().stall is None


def test_a_code_is_typed_where_no_camera_works(stall):
    client = Client()
    assert client.post("/joining/s/", {"code": codes.of(stall).text.lower()}).status_code == 302
    wrong = client.post("/joining/s/", {"code": "K7M4P-0000"})
    assert wrong.status_code == 422
    assert "没有这个现场码" in wrong.content.decode()


def test_wrong_codes_are_counted_and_end_in_a_wait(db):
    client = Client()
    answers = [client.get(f"/joining/s/K7M4P{pin:04d}/").status_code for pin in range(61)]
    assert answers == [404] * 60 + [429]


def test_a_forged_stall_is_no_stall(stall, phone):
    phone.cookies["niangjia_stall"] = stall.public_id
    fill_and_send(phone)
    assert Application.objects.get().stall is None


def test_many_phones_behind_one_address_get_their_codes_at_a_stall_and_no_more_than_its_quota(
    stall, settings, monkeypatch
):
    settings.CODES_PER_ADDRESS = 3
    monkeypatch.setattr(parameters, "codes", lambda _union, _day: 6)
    assert policy_settings.number("CODES_PER_ADDRESS") == 3

    def ask(serial, at_stall):
        client = Client()
        if at_stall:
            scan(client, stall)
        return client.post("/sign-in/", {"phone": invented_phone(serial), "next": "/joining/"}).status_code

    assert [ask(serial, True) for serial in range(20, 27)] == [302] * 6 + [422]
    assert [ask(serial, False) for serial in range(30, 34)] == [302] * 3 + [422]


def test_an_app_gets_a_token_for_the_code_and_sends_it_along(world, stall, settings, monkeypatch):
    app = Client()
    known = app.get(f"/api/v1/joining/stalls/{codes.of(stall).text}").json()
    assert (known["union"], known["place"], known["street"]) == ("EAST-1工会", "试验路口", "EAST-1")
    settings.CODES_PER_ADDRESS = 1
    monkeypatch.setattr(parameters, "codes", lambda _union, _day: 2)
    told = [
        app.post(
            "/api/v1/sign-in/code", {"phone": invented_phone(serial)}, "application/json",
            headers={"Niangjia-Stall": known["token"]},
        ).status_code
        for serial in (40, 41, 42)
    ]  # fmt: skip
    assert told == [200, 200, 429]
    body = {
        "name": "张试", "id_number": NUMBER, "category": "courier", "street": "EAST-1",
        "consent_version": consent.VERSION, "stall": known["token"],
    }  # fmt: skip
    member = member_client(testing.applicant(1))
    csrf = {"Idempotency-Key": "k" * 16}
    assert member.post("/api/v1/joining/applications", body, "application/json", headers=csrf).status_code == 201
    assert Application.objects.get().stall == stall


def test_an_app_is_told_that_a_code_is_void(stall, stander):
    text = codes.of(stall).text
    actions.end_stall(public_id=stall.public_id, attended=None, actor=stander)
    refused = Client().get(f"/api/v1/joining/stalls/{text}")
    assert (refused.status_code, refused.json()["code"]) == (410, "STALL_OVER")


# The officers' pages


def test_staff_open_show_change_and_end_a_stall(world, desk):
    given = {"talk": "workers", "union_code": "EAST-1", "place": "试验路口", "hours": "4", "idempotency_key": "o" * 16}
    first, again = (desk.post("/console/joining/stalls/new/", given) for _time in range(2))
    assert first.headers["Location"] == again.headers["Location"]
    stall = Stall.objects.get()
    base = f"/console/joining/stalls/{stall.public_id}/"
    shown = desk.get(f"{base}code/").content.decode()
    assert codes.of(stall).text in shown
    assert "<svg" in shown
    desk.post(f"{base}renew_stall/")
    assert codes.of(stall).text not in desk.get(f"{base}code/").content.decode()
    ended = desk.post(f"{base}end_stall/", {"attended": "25"})
    assert ended.status_code == 302
    assert "25" in desk.get(base).content.decode()
    assert "二维码作废" in desk.get(f"{base}code/").content.decode()
    exported = desk.get("/console/joining/stalls/?export=xlsx")
    assert exported.status_code == 200
    exported.close()


@pytest.mark.parametrize("attended", ["-1", "x", "1000000", "٣٫٥"])
def test_a_count_that_cannot_be_is_said_beside_the_field(desk, stall, attended):
    answer = desk.post(f"/console/joining/stalls/{stall.public_id}/end_stall/", {"attended": attended})
    assert answer.status_code == 422
    assert Stall.objects.get().state == "running"


def test_the_code_page_names_nobody_and_readers_cannot_show_it(world, desk, stall):
    testing.application(1, world.street, stall=stall.public_id, name="李不露名")
    assert "李不露名" not in desk.get(f"/console/joining/stalls/{stall.public_id}/code/").content.decode()
    reader = staff_client(world.district)
    assert reader.get(f"/console/joining/stalls/{stall.public_id}/").status_code == 200
    assert reader.get(f"/console/joining/stalls/{stall.public_id}/code/").status_code == 403


def test_the_page_asks_for_news_and_gets_an_answer_only_when_there_are_some(world, desk, stall):
    address = f"/console/joining/stalls/{stall.public_id}/"
    page = desk.get(address).content.decode()
    seen = re.search(r"\?seen=([0-9a-f]+)", page)[1]
    asks = {"HX-Request": "true"}
    assert desk.get(f"{address}?seen={seen}", headers=asks).status_code == 204
    testing.application(1, world.street, stall=stall.public_id)
    news = desk.get(f"{address}?seen={seen}", headers=asks)
    assert news.status_code == 200
    assert "<html" not in news.content.decode()
    assert "张试" in news.content.decode()


def test_only_who_came_here_is_approved_from_here(world, desk, stall):
    online = testing.application(2, world.street)[0]
    desk.post(
        f"/console/joining/stalls/{stall.public_id}/approve/", {"ids": [online.public_id], "idempotency_key": "b" * 16}
    )
    assert Application.objects.get().state == "submitted"


def test_the_list_costs_the_same_for_two_and_twenty(world, desk, stander, django_assert_max_num_queries):
    for serial in range(20):
        stall = testing.stall(world.street, stander)
        testing.application(serial + 1, world.street, stall=stall.public_id)
    with django_assert_max_num_queries(22):
        desk.get("/console/joining/stalls/")


def test_the_stalls_page_costs_the_same_for_twenty_as_for_two(world, desk, stall, django_assert_max_num_queries):
    for serial in range(20):
        testing.application(serial + 1, world.street, stall=stall.public_id)
    with django_assert_max_num_queries(26):
        desk.get(f"/console/joining/stalls/{stall.public_id}/")
