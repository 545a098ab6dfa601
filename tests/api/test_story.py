"""The story over the API: sign in, apply, follow, answer, be counted, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pyotp
import pytest
from django.core.management import call_command
from django.test import Client

from niangjia.commons.people.models import Membership
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor
from niangjia.kernel.identifiers import invented_phone
from niangjia.platform.accounts import users
from niangjia.platform.accounts.models import User
from niangjia.services.joining import testing
from niangjia.services.joining.models import Application

pytestmark = pytest.mark.django_db
PASSWORD, SECRET = "a long enough password", pyotp.random_base32()


class Phone:
    """An app: a client that sends JSON and carries its token."""

    def __init__(self) -> None:
        self.client, self.token = Client(), ""

    def send(self, method, path, body=None, **headers):
        answer = self.client.generic(
            method,
            f"/api/v1/{path}",
            json.dumps(body, ensure_ascii=False) if body is not None else "",
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.token}"} | headers if self.token else headers,
        )
        return answer.status_code, answer.json() if answer.content else None


@pytest.fixture
def street(db, clock):
    tree = unions.small_tree()
    user = users.create_staff(name="street", display_name="周试", password=PASSWORD, actor=Actor.system("test"))
    user.totp_secret = SECRET
    user.save(update_fields=["totp_secret"])
    unions.appoint(actor=Actor.system("test"), user_id=user.pk, union_id=tree["EAST-1"].pk, role=Role.UNION_OFFICER)
    return tree["EAST-1"]


@pytest.fixture
def courier(street, settings):
    settings.DEMO = True
    app = Phone()
    phone = invented_phone(41)
    _status, sent = app.send("POST", "sign-in/code", {"phone": phone})
    status, signed_in = app.send("POST", "sign-in/member", {"phone": phone, "code": "246810", "ticket": sent["ticket"]})
    assert status == 200
    app.token = signed_in["token"]
    return app


@pytest.fixture
def officer(street, clock):
    app = Phone()
    status, first = app.send("POST", "sign-in/staff", {"name": "street", "password": PASSWORD})
    assert (status, first["next_step"]) == (200, "second_factor")
    app.token = first["token"]
    code = pyotp.TOTP(SECRET).at(clock.now)
    status, second = app.send("POST", "sign-in/staff/second-factor", {"code": code})
    assert status == 200
    app.token = second["token"]
    return app


def body(union, **changes):
    answers = replace(testing.answers(41, union), **changes)
    return {
        "name": answers.name,
        "id_number": answers.id_number,
        "category": answers.category,
        "street": answers.street,
        "consent_version": answers.consent_version,
    }


def apply(courier, union, key="key-0123456789", **changes):
    return courier.send("POST", "joining/applications", body(union, **changes), **{"Idempotency-Key": key})


def test_a_courier_joins_and_is_counted(courier, officer, street, capsys):
    status, application = apply(courier, street)
    assert (status, application["state"], application["union"]) == (201, "submitted", street.name)
    assert application["id_number"].count("*") == 8
    path = f"joining/applications/{application['id']}"
    assert officer.send("POST", f"{path}/ask-more", {"reason": "请核对职业类别"})[1]["state"] == "supplement"
    assert courier.send("GET", path)[1]["application"]["reason"] == "请核对职业类别"
    supplied = courier.send("POST", f"{path}/supply", body(street, category="truck_driver") | {"note": "开货车"})
    assert supplied[1]["state"] == "submitted"
    assert officer.send("POST", f"{path}/approve")[1]["state"] == "approved"
    titles = [step["title"] for step in courier.send("GET", path)[1]["timeline"]]
    assert titles == ["提交申请", "请申请人补充", "申请人补充", "通过，成为会员"]
    assert Membership.objects.get().union == street
    call_command("report", "--union", "CITY", "--from", "2026-01-01", "--to", "2026-12-31", "--json")
    figures = {figure["code"]: figure["value"] for figure in json.loads(capsys.readouterr().out)["figures"]}
    assert (figures["joined"], figures["joined_new_form"], figures["members"]) == (1, 1, 1)
    assert figures["answered_in_time"] == 100


def test_a_repeated_request_gets_the_same_answer_and_a_changed_one_is_refused(courier, street):
    first, second = apply(courier, street), apply(courier, street)
    assert first == second
    assert Application.objects.count() == 1
    status, refused = apply(courier, street, name="李试")
    assert (status, refused["code"]) == (422, "KEY_REUSED")
    status, refused = courier.send("POST", "joining/applications", body(street))
    assert (status, refused["code"]) == (400, "KEY_MISSING")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"id_number": "110101199001011234"}, "ID_INVALID", "id_number"),
        ({"name": "张3"}, "NAME", "name"),
        ({"category": "wizard"}, "CATEGORY", "category"),
        ({"street": "NOWHERE"}, "STREET", "street"),
    ],
)
def test_a_refusal_has_code_sentence_field_and_trace(courier, street, change, code, field):
    status, refused = apply(courier, street, **change)
    assert (status, refused["code"]) == (422, code)
    assert set(refused) == {"code", "message", "fields", "trace"}
    assert refused["fields"][field]
    assert Application.objects.count() == 0


def test_fields_that_nobody_asked_for_are_refused(courier, street):
    status, _answer = courier.send(
        "POST", "joining/applications", body(street) | {"state": "approved"}, **{"Idempotency-Key": "key-98765432"}
    )
    assert status == 422
    assert Application.objects.count() == 0


def test_a_stranger_gets_404_and_nobody_gets_401(courier, street):
    _status, application = apply(courier, street)
    stranger = Phone()
    assert stranger.send("GET", f"joining/applications/{application['id']}")[0] == 401
    assert courier.send("GET", "joining/applications/nothing")[0] == 404
    assert courier.send("POST", f"joining/applications/{application['id']}/approve")[0] == 403


def test_a_disabled_user_is_out_at_once(courier, street):
    User.objects.filter(sign_in_name=None).update(is_active=False)
    assert apply(courier, street)[0] == 401
