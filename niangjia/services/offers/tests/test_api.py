"""Reserving over HTTP: everything that can come and must not do harm. The numbers are section E of the catalogue."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client

from niangjia.commons.people import actions as people
from niangjia.commons.people.cards import actions as cards
from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.models import Membership
from niangjia.kernel.policy import allow
from niangjia.platform.accounts import sessions
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import User
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.testing.clients import member_client
from niangjia.services.offers import member_queries, testing
from niangjia.services.offers.campaign.campaigns import touch
from niangjia.services.offers.models import Bar, Cell, Reservation
from niangjia.services.offers.states import ReservationEvent

pytestmark = pytest.mark.django_db
SURROGATE = b"\xed\xa0\x80"


@pytest.fixture(autouse=True)
def no_figures_remembered():
    member_queries.forget()


def token_of(actor, kind=SessionKind.MEMBER):
    return sessions.start(user=User.objects.get(pk=actor.user_id), kind=kind).token


def body_of(offer, choice=None, **changes):
    chosen = choice or offer.choice
    return {"item": chosen.item, "site": chosen.site, "day": chosen.day.isoformat(), "quantity": 1, **changes}


class Caller:
    """A program with a token, at one campaign."""

    def __init__(self, offer, actor, kind=SessionKind.MEMBER):
        self.offer, self.client, self.token = offer, Client(), token_of(actor, kind)

    def send(self, raw, *, key=None, campaign="", method="POST", media="application/json", **headers):
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        if key != "":
            sent["Idempotency-Key"] = key or uuid4().hex
        path = f"/api/v1/offers/campaigns/{campaign or self.offer.key}/reservations"
        return self.client.generic(method, path, raw, content_type=media, headers=sent)

    def reserve(self, choice=None, *, key=None, campaign="", **changes):
        return self.send(json.dumps(body_of(self.offer, choice, **changes)), key=key, campaign=campaign)

    def get(self, path):
        return self.client.get(f"/api/v1/offers/{path}", headers={"Authorization": f"Bearer {self.token}"})

    def post(self, path, body=None, **headers):
        sent = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": uuid4().hex, **headers}
        content = json.dumps(body) if body is not None else ""
        return self.client.post(f"/api/v1/offers/{path}", content, content_type="application/json", headers=sent)


@pytest.fixture
def caller(world, offer):
    return Caller(offer, world.member)


def told(answer):
    return answer.status_code, answer.json()["code"]


def nothing_reserved():
    return not Reservation.objects.exists() and not any(Cell.objects.values_list("taken", flat=True))


def test_a_reservation_is_a_receipt(world, offer, caller):
    answer = caller.reserve()
    assert answer.status_code == 201
    made = Reservation.objects.get()
    assert answer.json() == {
        "id": made.public_id,
        "number": made.number,
        "state": "reserved",
        "state_label": "待领取",
        "campaign": offer.key,
        "item": offer.choice.item,
        "item_name": "鸡蛋",
        "site": offer.choice.site,
        "site_name": "职工之家",
        "day": "2026-03-04",
    }
    assert (made.person_id, offer.cell().taken) == (world.member.person_id, 1)


def test_a_reservation_costs_so_many_statements(world, caller, sql_counts):
    caller.reserve()  # fills what a process remembers
    second = Caller(caller.offer, world.second)
    with sql_counts.expect(f"reserve over the API, {connection.vendor}"):
        assert second.reserve().status_code == 201


# Who


def test_without_login_e01(offer):
    path = f"/api/v1/offers/campaigns/{offer.key}/reservations"
    for headers in (
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic x"},
        {"Authorization": "Bearer " + "x" * 43},
    ):
        answer = Client().post(
            path,
            json.dumps(body_of(offer)),
            content_type="application/json",
            headers={**headers, "Idempotency-Key": "k"},
        )
        assert told(answer) == (401, "NOT_SIGNED_IN")
    assert nothing_reserved()


def test_a_session_that_was_ended_is_nobody(world, caller):
    sessions.end_all(User.objects.get(pk=world.member.user_id))
    assert told(caller.reserve()) == (401, "NOT_SIGNED_IN")


def test_a_staff_session_e02(world, offer):
    assert told(Caller(offer, world.officer, SessionKind.STAFF).reserve()) == (403, "MEMBER_SESSION_REQUIRED")
    assert nothing_reserved()


def test_a_member_of_another_district_e03(world, offer):
    answer = Caller(offer, world.stranger).reserve()
    assert told(answer) == (403, "NOT_ELIGIBLE")
    assert "EAST" in answer.json()["message"]


def test_who_has_left_the_union_e04(world, offer, caller):
    membership = Membership.objects.get(person=world.member.person_id)
    people.end_membership(
        membership,
        actor=testing.SYSTEM,
        decision=allow("system"),
        day=world.clock.today,
        cause="leave",
        reason="转到外地工作",
    )
    assert told(caller.reserve()) == (403, "NOT_ELIGIBLE")


def test_whose_card_is_blocked_e05(world):
    offer = testing.an_offer(world.district, rule=[{"is": "card", "any_of": ["active"]}])
    caller = Caller(offer, world.member)
    card = Card.objects.get(person=world.member.person_id)
    cards.report_lost(public_id=card.public_id, actor=world.member)
    answer = caller.reserve()
    assert told(answer) == (403, "NOT_ELIGIBLE")
    assert "挂失" in answer.json()["message"]


def test_who_did_not_come_too_often_e06(world, offer, caller):
    past = testing.reserve(testing.an_offer(world.district), world.member)
    Bar.objects.create(person_id=past.person_id, reservation=past, starts_on=world.clock.today, until=world.clock.today)
    answer = caller.reserve()
    assert told(answer) == (403, "BANNED_UNTIL")
    assert "2026-03-04" in answer.json()["message"]


@pytest.mark.parametrize(
    "headers",
    [pytest.param({}, id="E07 no token"), pytest.param({"Origin": "https://evil.example"}, id="E08 foreign origin")],
)
def test_a_cookie_counts_only_from_our_pages(world, offer, headers):
    browser = member_client(world.member)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    if headers:
        strict.cookies["niangjia_csrf"] = "a" * 32
        headers["X-CSRFToken"] = "a" * 32
    path = f"/api/v1/offers/campaigns/{offer.key}/reservations"
    sent = {**headers, "Idempotency-Key": "k"}
    answer = strict.post(path, json.dumps(body_of(offer)), content_type="application/json", headers=sent)
    assert told(answer) == (403, "CSRF_FAILED")
    assert nothing_reserved()


def test_a_cookie_with_our_token_is_taken(world, offer):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = member_client(world.member).cookies
    strict.cookies["niangjia_csrf"] = "a" * 32
    path = f"/api/v1/offers/campaigns/{offer.key}/reservations"
    sent = {"X-CSRFToken": "a" * 32, "Idempotency-Key": "k"}
    answer = strict.post(path, json.dumps(body_of(offer)), content_type="application/json", headers=sent)
    assert answer.status_code == 201


# When


@pytest.mark.parametrize(
    ("early", "headers"),
    [
        pytest.param(timedelta(days=1), {}, id="E09 a day early"),
        pytest.param(timedelta(milliseconds=1), {}, id="E10 a millisecond early"),
        pytest.param(
            timedelta(minutes=1),
            {"Date": "Thu, 05 Mar 2026 10:00:00 GMT", "X-Client-Time": "2026-03-05T10:00:00Z"},
            id="E11 the client's clock says that it is open",
        ),
    ],
)
def test_before_the_opening(world, early, headers):
    opens = world.clock.now + timedelta(days=2)
    offer = testing.an_offer(world.district, opens_at=opens, closes_at=opens + timedelta(days=1))
    world.clock.set(opens - early)
    caller = Caller(offer, world.member)
    answer = caller.send(json.dumps(body_of(offer)), **headers)
    assert told(answer) == (403, "NOT_OPEN")
    assert "3月6日 10:00" in answer.json()["message"]
    assert nothing_reserved()
    world.clock.set(opens)
    assert caller.reserve(day="2026-03-06").json().get("code") != "NOT_OPEN"


def test_after_the_end_e12(world, offer, caller):
    world.clock.set(offer.campaign.closes_at)
    assert told(Caller(offer, world.member).reserve(day="2026-03-10")) == (410, "CLOSED")


@pytest.mark.parametrize(
    "day", [pytest.param("2026-03-03", id="E13 a day that is over"), pytest.param("2026-03-20", id="E14 outside")]
)
def test_a_day_that_cannot_be(caller, day):
    assert told(caller.reserve(day=day)) == (410, "CLOSED")
    assert nothing_reserved()


# The request key


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("", id="E15 none"),
        pytest.param(" ", id="E16 empty"),
        pytest.param("k" * 256, id="E17 256 characters"),
    ],
)
def test_a_key_that_is_none(caller, key):
    assert told(caller.reserve(key=key)) == (400, "KEY_MISSING")
    assert nothing_reserved()


def test_the_same_key_and_body_get_the_same_answer_e18(offer, caller):
    first, second = caller.reserve(key="k1"), caller.reserve(key="k1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert offer.cell().taken == 1


def test_the_same_key_for_another_item_e19(offer, caller):
    caller.reserve(key="k1")
    assert told(caller.reserve(offer.choices[1], key="k1")) == (422, "KEY_REUSED")


def test_the_key_of_another_member_is_another_key_e21(world, offer, caller):
    first, second = caller.reserve(key="k1"), Caller(offer, world.second).reserve(key="k1")
    assert first.json()["id"] != second.json()["id"]
    assert offer.cell().taken == 2


def test_the_winners_key_after_the_stock_is_gone_e22(world):
    offer = testing.an_offer(world.district, pieces=1)
    winner, late = Caller(offer, world.member), Caller(offer, world.second)
    first = winner.reserve(key="k1")
    assert told(late.reserve()) == (409, "SOLD_OUT")
    assert winner.reserve(key="k1").json() == first.json()


def test_the_key_after_cancelling_e23(offer, caller):
    first = caller.reserve(key="k1").json()
    caller.post(f"reservations/{first['id']}/cancel")
    assert caller.reserve(key="k1").json() == {**first, "state": "cancelled", "state_label": "已取消"}
    assert offer.cell().taken == 0


# How many


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("0", id="E24 none"),
        pytest.param("-1", id="E25 minus one"),
        pytest.param("2", id="E26 two"),
        pytest.param("1.5", id="E27 one and a half"),
        pytest.param('"1"', id="E28 a text"),
        pytest.param("true", id="E29 true"),
        pytest.param("null", id="E30 null"),
        pytest.param("1" + "0" * 30, id="E31 ten to the thirtieth"),
        pytest.param("[1]", id="E32 a list"),
        pytest.param("", id="E33 missing"),
        pytest.param("1.0", id="E27 one with a point"),
    ],
)
def test_anything_but_one_piece(offer, caller, written):
    raw = json.dumps({**body_of(offer), "quantity": "@"}).replace('"@"', written)
    if not written:
        raw = json.dumps({name: value for name, value in body_of(offer).items() if name != "quantity"})
    answer = caller.send(raw)
    assert told(answer) == (422, "QUANTITY")
    assert answer.json()["fields"] == {"quantity": ["每人限 1 份。"]}
    assert nothing_reserved()


# What


@pytest.mark.parametrize(
    "item",
    [
        pytest.param("nosuchthing0000000000000", id="E34 unknown"),
        pytest.param(0, id="E35 nought"),
        pytest.param(-1, id="E36 minus one"),
        pytest.param(2**63, id="E37 two to the sixty-third"),
        pytest.param("abc", id="E38 letters"),
        pytest.param("1 OR 1=1", id="E39 SQL"),
        pytest.param("0", id="E35 as text"),
        pytest.param(str(2**63), id="E37 as text"),
    ],
)
def test_an_item_that_is_not_there(caller, item):
    assert told(caller.reserve(item=item)) == (404, "ITEM_NOT_FOUND")
    assert nothing_reserved()


def test_a_draft_e40(world, caller):
    draft = testing.a_draft(world.district)
    assert told(caller.reserve(campaign=draft.public_id)) == (404, "CAMPAIGN_NOT_FOUND")
    assert told(caller.reserve(campaign="nosuchthing0000000000000")) == (404, "CAMPAIGN_NOT_FOUND")


def test_an_item_of_another_districts_campaign_e41(world, caller):
    other = testing.an_offer(world.other)
    assert told(caller.reserve(other.choice)) == (404, "ITEM_NOT_FOUND")


def test_a_withdrawn_item_e42(world, offer, caller):
    offer.campaign.items.filter(public_id=offer.choice.item).update(withdrawn_at=world.clock.now)
    touch(offer.campaign.pk)
    assert told(caller.reserve()) == (404, "ITEM_NOT_FOUND")


def test_sold_out_e43(world):
    offer = testing.an_offer(world.district, pieces=1)
    Caller(offer, world.second).reserve()
    answer = Caller(offer, world.member).reserve()
    assert told(answer) == (409, "SOLD_OUT")
    assert "已约满" in answer.json()["message"]


@pytest.mark.parametrize(
    "other", [pytest.param(1, id="E44 another item of the campaign"), pytest.param(0, id="E45 the same item again")]
)
def test_a_second_one(offer, caller, other):
    first = caller.reserve().json()
    answer = caller.reserve(offer.choices[other])
    assert told(answer) == (409, "ONE_PER_CARD")
    assert first["number"] in answer.json()["message"]
    assert sum(Cell.objects.values_list("taken", flat=True)) == 1


def test_cancelling_what_was_collected_e47(world, offer, caller):
    made = caller.reserve().json()
    with transaction.atomic():
        lifecycle.apply(
            Reservation.objects.get(),
            ReservationEvent.COLLECT,
            actor=testing.SYSTEM,
            decision=allow("system"),
            changes={"collected_at": world.clock.now},
        )
    assert caller.post(f"reservations/{made['id']}/cancel").status_code == 409
    assert offer.cell().taken == 1


def test_cancelling_twice_e48(offer, caller):
    made = caller.reserve().json()
    first, second = (caller.post(f"reservations/{made['id']}/cancel") for _time in range(2))
    assert (first.status_code, second.status_code, first.json()["state"]) == (200, 200, "cancelled")
    assert first.json() == second.json()
    assert offer.cell().taken == 0


def test_a_place_of_another_item_e49(world):
    near, far = testing.a_site(world.street, "甲点"), testing.a_site(world.street, "乙点")
    offer = testing.an_offer(world.district, sites=[near, far])
    Cell.objects.filter(item__name="鸡蛋", site=far).delete()
    touch(offer.campaign.pk)
    answer = Caller(offer, world.member).reserve(site=far.public_id)
    assert told(answer) == (422, "NOT_AT_THIS_PLACE")
    assert "site" in answer.json()["fields"]


def test_cancelling_somebody_elses_e50(world, offer, caller):
    made = caller.reserve().json()
    other = Caller(offer, world.second)
    missing = other.post("reservations/nosuchthing0000000000000/cancel")
    answer = other.post(f"reservations/{made['id']}/cancel")
    assert told(answer) == told(missing) == (404, "RESERVATION_NOT_FOUND")
    assert Reservation.objects.get().state == "reserved"


# How it is sent

GOOD = "@good@"
SENT = [
    pytest.param({"method": "GET"}, GOOD, (405, "METHOD_NOT_ALLOWED"), id="E51 GET"),
    pytest.param({"method": "PUT"}, GOOD, (405, "METHOD_NOT_ALLOWED"), id="E52 PUT"),
    pytest.param({"media": "text/plain"}, GOOD, (415, "MEDIA_TYPE"), id="E53 text/plain"),
    pytest.param({}, "", (400, "JSON_MALFORMED"), id="E54 empty"),
    pytest.param({}, "{", (400, "JSON_MALFORMED"), id="E55 a brace"),
    pytest.param({}, "[]", (422, "FIELD_INVALID"), id="E56 a list"),
    pytest.param({}, '{"item": "' + "x" * 2_700_000 + '"}', (413, "BODY_TOO_LARGE"), id="E57 2.7 MB"),
    pytest.param({}, '{"item": "a",}', (400, "JSON_MALFORMED"), id="E58 a comma at the end"),
    pytest.param({}, '{"item": "a", "item": "b"}', (400, "JSON_MALFORMED"), id="E59 a key twice"),
    pytest.param({}, "more", (422, "FIELD_UNKNOWN"), id="E60 an unknown field"),
    pytest.param({}, "price", (422, "FIELD_UNKNOWN"), id="E61 a price"),
    pytest.param({"Transfer-Encoding": "chunked"}, GOOD, (400, "JSON_MALFORMED"), id="E62 its length said twice"),
    pytest.param({}, b'{"item": "' + SURROGATE + b'"}', (400, "JSON_MALFORMED"), id="E63 half a surrogate"),
    pytest.param({}, '{"item": "\\ud800"}', (400, "JSON_MALFORMED"), id="E63 half a surrogate, escaped"),
]


@pytest.mark.parametrize(("how", "raw", "expected"), SENT)
def test_what_is_sent_otherwise(offer, caller, how, raw, expected):
    extra = {"more": {"note": "x"}, "price": {"price": 1}}
    if raw in (GOOD, *extra):
        raw = json.dumps({**body_of(offer), **extra.get(raw, {})})
    assert told(caller.send(raw, **how)) == expected
    assert nothing_reserved()
