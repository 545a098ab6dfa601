"""Guardianships over the API: the text for the ward's age, asked for once for its key, answered, ended."""

from __future__ import annotations

import json

import pytest

from niangjia.commons.people.corrections.testing import a_known_member, a_photo
from niangjia.commons.people.guardians.models import Guardianship
from niangjia.commons.people.guardians.testing import a_childs_number
from niangjia.commons.people.testing import signed_in
from niangjia.commons.unions import testing as unions
from niangjia.platform.testing.clients import member_client, staff_client

pytestmark = pytest.mark.django_db(transaction=True)
API = "/api/v1/guardianships"


@pytest.fixture
def scene(db, clock, settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }
    tree = unions.small_tree()
    parent, other = (a_known_member(tree["EAST-1"], 5300 + n, "甄监护") for n in (0, 1))
    desk = staff_client(unions.an_officer([(tree["EAST-1"], "union_officer")], "street"))
    return member_client(signed_in(parent)), member_client(signed_in(other)), desk


def say(client, address, said=None):
    return client.post(f"{API}{address}", json.dumps(said or {}), content_type="application/json")


def asked(phone, key="guardian-1", **more):
    texts = {text["stage"]: text for text in phone.get(f"{API}/texts").json()}
    said = {
        "kind": "parent", "name": "孩子甲", "id_number": a_childs_number(5302),
        "consent_version": texts["child"]["version"], "file": a_photo(), **more,
    }  # fmt: skip
    return phone.post(API, said, headers={"Idempotency-Key": key})


def test_from_the_text_to_the_end(scene):
    phone, other, desk = scene
    first, again = asked(phone), asked(phone)
    assert (first.status_code, first.json()) == (201, again.json())
    assert (first.json()["state"], first.json()["ward"], first.json()["ward_name"]) == ("applied", "", "孩子甲")
    at = f"/{first.json()['id']}"
    assert other.get(f"{API}{at}").status_code == 404
    assert desk.get(f"{API}{at}").json()["ward_name"] == "孩**"
    assert say(phone, f"{at}/approve").json()["code"] == "STAFF_SESSION_REQUIRED"
    assert say(desk, f"{at}/refuse", {"reason": ""}).status_code == 422
    assert say(desk, f"{at}/approve").json()["state"] == "in_force"
    entered = phone.get(f"{API}{at}").json()
    assert entered["ward"]
    assert (entered["since"], entered["until"]) == ("2026-03-04", "2033-03-05")
    assert say(other, f"{at}/end", {"reason": "不是我的"}).status_code == 404
    assert say(phone, f"{at}/end", {"reason": "由另一方监护"}).json()["state"] == "ended"
    assert say(desk, f"{at}/approve").json()["code"] == "MOVE_NOT_ALLOWED"
    assert [row["state"] for row in phone.get(f"{API}?state=ended").json()["items"]] == ["ended"]
    assert desk.get(API).json()["items"][0]["id"] == first.json()["id"]


def test_what_is_wrong_stands_beside_its_field_and_changes_nothing(scene):
    phone, _other, _desk = scene
    wrong = asked(phone, id_number="123")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["id_number"])
    assert asked(phone, "guardian-2", consent_version="2026-adult-1").json()["code"] == "WARD_AGE_TEXT"
    assert asked(phone, "guardian-3", kind="king").json()["code"] == "GUARDIAN_KIND"
    assert not Guardianship.objects.exists()
    made = asked(phone, "guardian-4").json()
    assert say(phone, f"/{made['id']}/withdraw").json()["state"] == "withdrawn"
    assert say(phone, f"/{made['id']}/withdraw").json()["code"] == "MOVE_NOT_ALLOWED"
