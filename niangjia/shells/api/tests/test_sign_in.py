"""Signing in over the API, as an app does it."""

import json

import pyotp
import pytest

from niangjia.kernel.actor import Actor
from niangjia.platform.accounts import senders, users

pytestmark = pytest.mark.django_db

PHONE = "15400000077"


@pytest.fixture
def call(client):
    def send(method, path, body=None, token=""):
        headers = {"authorization": f"Bearer {token}"} if token else {}
        data = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return getattr(client, method)(f"/api/v1/sign-in{path}", headers=headers, **data)

    return send


@pytest.fixture
def sent(monkeypatch):
    """The codes that were sent: (phone, code)."""
    box = []
    monkeypatch.setattr(senders, "_senders", [])
    senders.register_sender(lambda phone, code, purpose: box.append((phone, code)))
    return box


def test_a_member_signs_in_by_code_and_out_again(call, sent):
    ticket = call("post", "/code", {"phone": PHONE}).json()
    assert ticket["expires_in"] == 300
    phone, code = sent[0]
    assert phone == PHONE
    answer = call("post", "/member", {"phone": PHONE, "code": code, "ticket": ticket["ticket"]})
    assert answer.status_code == 200
    token = answer.json()["token"]
    assert call("get", "/me", token=token).json()["kind"] == "member"
    assert call("delete", "", token=token).status_code == 204
    assert call("get", "/me", token=token).status_code == 401


def test_a_code_does_not_serve_without_the_ticket_of_the_app_that_asked(call, sent):
    call("post", "/code", {"phone": PHONE})
    answer = call("post", "/member", {"phone": PHONE, "code": sent[0][1], "ticket": "another"})
    assert answer.status_code in {410, 422}
    assert set(answer.json()) == {"code", "message", "fields", "trace"}


def test_staff_sign_in_by_password_and_authenticator(call):
    secret = pyotp.random_base32()
    user = users.create_staff(
        name="clerk", display_name="唐静", password="four unlikely words here", actor=Actor.system("test")
    )
    user.totp_secret = secret
    user.save(update_fields=["totp_secret"])
    first = call("post", "/staff", {"name": "clerk", "password": "four unlikely words here"}).json()
    assert first["next_step"] == "second_factor"
    assert call("get", "/me", token=first["token"]).json()["code"] == "MFA_REQUIRED"
    second = call("post", "/staff/second-factor", {"code": pyotp.TOTP(secret).now()}, token=first["token"]).json()
    assert second["next_step"] == "none"
    assert call("get", "/me", token=second["token"]).json() == {"kind": "staff", "name": "唐静", "roles": []}
    assert call("get", "/me", token=first["token"]).status_code == 401, "the pending token is worthless now"


def test_a_wrong_password_is_refused_in_the_common_shape(call):
    answer = call("post", "/staff", {"name": "nobody", "password": "x" * 20})
    assert answer.status_code == 401
    assert answer.json()["code"] == "WRONG_CREDENTIALS"


def test_too_many_requests_say_when_to_come_back(call, sent):
    call("post", "/code", {"phone": PHONE})
    answer = call("post", "/code", {"phone": PHONE})
    assert answer.status_code == 429
    assert answer.json()["code"] == "TOO_MANY"
    assert int(answer["Retry-After"]) > 0
