"""Sign-in over JSON with everything that cannot be: the catalogue's section A as bodies (docs/bad-inputs.md)."""

from __future__ import annotations

import json

import pytest

from niangjia.kernel.actor import Actor
from niangjia.platform.accounts import senders, users
from niangjia.platform.accounts.models import Code, Session

pytestmark = pytest.mark.django_db

PHONE = "13812345678"
PASSWORD = "four unlikely words here"

SPELT = {
    "A01": "",
    "A02": "   ",
    "A03": "1381234567",
    "A04": "138123456789",
    "A05": "23812345678",
    "A06": "12345678901",
    "A07": "1381234567a",
    "A08": "010-62345678",
    "A09": "12351",
    "A10": "١٣٨١٢٣٤٥٦٧٨",
    "A11": "1.38e10",
    "A12": "-13812345678",
    "A13": "13812\u200d345678",
    "A14": "\u200f13812345678",
    "A18 in one text": "13812345678,13912345678",
    "A19 as text": '{"$ne":null}',
}
"""Texts that are no phone."""

NO_TEXT = {
    "A17": "1" * 5000,
    "A18": ["13812345678", "13912345678"],
    "A19": {"$ne": None},
    "A20": None,
    "a number": 13812345678,
    "true": True,
}
"""Values that the description of the API already rules out."""

NO_JSON = {"A15": '"13812345678\\u0000"', "A16": '"1381234567\\ud800"', "a number with a zero in front": "013812345678"}
GOOD = {"A21": "+8613812345678", "A22": "0086 138 1234 5678", "A23": "138-1234-5678", "A24": "１３８１２３４５６７８"}

BAD_CODES = {
    "A27": "",
    "A28": "12345",
    "A29": "1234567",
    "A30": "abcdef",
    "Arabic digits": "١٢٣٤٥٦",
    "blanks": "      ",
}
NO_CODES = {"A31": None, "A32": 12345, "A32 with six digits": 123456, "A33": ["123456"], "an object": {"$gt": ""}}

AUDITED = frozenset({"audit_auditentry"})
"""A refused sign-in is told to the audit and changes nothing else."""


@pytest.fixture
def sent(monkeypatch):
    """The codes that were sent: (phone, code)."""
    box = []
    monkeypatch.setattr(senders, "_senders", [])
    senders.register_sender(lambda phone, code, purpose: box.append((phone, code)))
    return box


@pytest.fixture
def call(client, sent):
    def post(path, body, token="", **headers):
        raw = body if isinstance(body, str) else json.dumps(body)
        if token:
            headers["authorization"] = f"Bearer {token}"
        return client.post(f"/api/v1/sign-in{path}", raw, content_type="application/json", headers=headers)

    return post


def table(*tables):
    rows = [(name, value) for one in tables for name, value in one.items()]
    return pytest.mark.parametrize("value", [value for _name, value in rows], ids=[name for name, _value in rows])


def refused(answer, status, code, field=""):
    """In the shape that every refusal has, beside the field, and without what was sent."""
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), body
    assert set(body) == {"code", "message", "fields", "trace"}
    assert list(body["fields"]) == ([field] if field else [])
    return body


def typed(**changes):
    return {"phone": PHONE, "code": "123456", "ticket": "t" * 20} | changes


@table(SPELT)
def test_a_text_that_is_no_phone_gets_no_code_and_no_guess(value, call, sent, unchanged):
    with unchanged(ignore=AUDITED):
        refused(call("/code", {"phone": value}), 422, "PHONE_FORMAT", "phone")
        refused(call("/member", typed(phone=value)), 422, "PHONE_FORMAT", "phone")
    assert sent == []


@table(NO_TEXT)
def test_a_value_that_is_no_text_is_refused_before_anything_is_asked(value, call, sent, unchanged):
    with unchanged():
        refused(call("/code", {"phone": value}), 422, "FIELD_INVALID", "phone")
        refused(call("/member", typed(phone=value)), 422, "FIELD_INVALID", "phone")
    assert sent == []


@table(NO_JSON)
def test_a_phone_that_no_text_can_hold_makes_the_body_no_json(value, call, sent, unchanged):
    with unchanged():
        refused(call("/code", f'{{"phone":{value}}}'), 400, "JSON_MALFORMED")
    assert sent == []


@table(GOOD)
def test_every_spelling_of_a_phone_reaches_the_one_phone(value, call, sent):
    ticket = call("/code", {"phone": value}).json()["ticket"]
    assert [phone for phone, _code in sent] == [PHONE]
    assert call("/member", typed(phone=value, code=sent[0][1], ticket=ticket)).status_code == 200
    assert users.member_with_phone(PHONE) is not None


@table({"A25": "\ufeff13812345678", "A26": "17012345678"})
def test_a_leading_mark_and_a_virtual_operator_are_no_hindrance(value, call, sent):
    assert call("/code", {"phone": value}).status_code == 200
    assert [phone for phone, _code in sent] == [value.lstrip("\ufeff")]


@table(BAD_CODES)
def test_a_text_that_is_not_six_digits_is_no_guess(value, call):
    ticket = call("/code", {"phone": PHONE}).json()["ticket"]
    refused(call("/member", typed(code=value, ticket=ticket)), 422, "OTP_FORMAT", "code")
    assert Code.objects.get().guesses == 0


@table(NO_CODES)
def test_a_code_that_is_no_text_is_no_guess(value, call):
    ticket = call("/code", {"phone": PHONE}).json()["ticket"]
    refused(call("/member", typed(code=value, ticket=ticket)), 422, "FIELD_INVALID", "code")
    assert Code.objects.get().guesses == 0


def test_a_code_written_as_a_number_with_a_zero_in_front_is_no_json_a32(call):
    body = '{"phone":"13812345678","code":012345,"ticket":"t"}'
    refused(call("/member", body), 400, "JSON_MALFORMED")


def test_wrong_guesses_lead_to_a_lock_that_the_right_code_does_not_open_a34_a42_a43(call, sent):
    ticket = call("/code", {"phone": PHONE}).json()["ticket"]
    wrong = f"{(int(sent[0][1]) + 1) % 1_000_000:06d}"
    for left in (4, 3, 2, 1, 0):
        body = refused(call("/member", typed(code=wrong, ticket=ticket)), 422, "OTP_WRONG", "code")
        assert f"还可尝试{left}次" in body["message"]
    answer = call("/member", typed(code=sent[0][1], ticket=ticket))
    refused(answer, 429, "TOO_MANY", "code" if answer.json()["fields"] else "")
    assert int(answer["Retry-After"]) > 0


def test_a_code_serves_once_and_dies_of_age_a39_a40(call, sent, clock):
    ticket = call("/code", {"phone": PHONE}).json()["ticket"]
    assert call("/member", typed(code=sent[0][1], ticket=ticket)).status_code == 200
    refused(call("/member", typed(code=sent[0][1], ticket=ticket)), 410, "OTP_EXPIRED", "code")
    clock.forward(seconds=61)
    ticket = call("/code", {"phone": PHONE}).json()["ticket"]
    clock.forward(seconds=301)
    refused(call("/member", typed(code=sent[1][1], ticket=ticket)), 410, "OTP_EXPIRED", "code")


@pytest.mark.parametrize(
    ("name", "password"),
    [
        pytest.param("admin", "admin", id="A63"),
        pytest.param("' or 1=1--", "' or 1=1--", id="A64"),
        pytest.param("lin", PASSWORD.upper(), id="A65"),
        pytest.param("nobody", PASSWORD, id="unknown"),
        pytest.param("", "", id="empty"),
    ],
)
def test_wrong_credentials_read_the_same(name, password, call):
    users.create_staff(name="lin", display_name="林静", password=PASSWORD, actor=Actor.system("test"))
    refused(call("/staff", {"name": name, "password": password}), 401, "WRONG_CREDENTIALS", "password")
    assert not Session.objects.exists()


def test_a_password_beyond_its_length_is_refused_beside_it_a71(call):
    refused(call("/staff", {"name": "lin", "password": "p" * 4097}), 422, "PASSWORD_LENGTH", "password")
    refused(call("/staff", {"name": "lin", "password": "p" * 9000}), 422, "FIELD_INVALID", "password")


def test_the_sixth_wrong_password_is_not_judged_a50(call):
    for _try in range(5):
        refused(call("/staff", {"name": "lin", "password": "wrong"}), 401, "WRONG_CREDENTIALS", "password")
    answer = call("/staff", {"name": "lin", "password": "wrong"})
    assert (answer.status_code, answer.json()["code"]) == (429, "TOO_MANY")
    assert int(answer["Retry-After"]) > 0


def test_the_header_that_names_another_address_moves_no_limit_a49(call, settings):
    settings.CODE_GUESSES_PER_ADDRESS = 3
    statuses = [
        call("/member", typed(phone=f"1391234567{n}"), **{"X-Forwarded-For": f"198.51.100.{n}"}).status_code
        for n in range(4)
    ]
    assert statuses == [422, 422, 422, 429]


def test_a_token_of_the_first_step_opens_nothing_but_the_second_a58(call, client):
    users.create_staff(name="lin", display_name="林静", password=PASSWORD, actor=Actor.system("test"))
    token = call("/staff", {"name": "lin", "password": PASSWORD}).json()["token"]
    answer = client.get("/api/v1/sign-in/me", headers={"authorization": f"Bearer {token}"})
    refused(answer, 403, "MFA_REQUIRED")


def test_reading_the_address_of_a_write_is_401_for_strangers_and_405_for_members_a66(call, client, sent):
    ticket = call("/code", {"phone": PHONE}).json()["ticket"]
    token = call("/member", typed(code=sent[0][1], ticket=ticket)).json()["token"]
    for path in ("/code", "/member", "/staff"):
        assert client.get(f"/api/v1/sign-in{path}").status_code == 401
        answer = client.get(f"/api/v1/sign-in{path}", headers={"authorization": f"Bearer {token}"})
        refused(answer, 405, "METHOD_NOT_ALLOWED")
