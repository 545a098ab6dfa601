"""A dispute over the API: proved by a code, answered, decided by two, and no word of the other side."""

from __future__ import annotations

import json

import pytest

from niangjia.commons.people.corrections.testing import a_known_member, a_photo
from niangjia.commons.people.models import Person
from niangjia.commons.people.testing import signed_in
from niangjia.commons.unions import testing as unions
from niangjia.kernel.identifiers import invented_phone
from niangjia.platform.accounts import policy_settings
from niangjia.platform.testing.clients import member_client, staff_client

pytestmark = pytest.mark.django_db(transaction=True)
API, OLD = "/api/v1/disputes", invented_phone(4702)


@pytest.fixture
def scene(db, clock, settings, tmp_path):
    settings.DEMO = True
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }
    tree = unions.small_tree()
    asker, holder = a_known_member(tree["EAST-1"], 4701, "吴新机"), a_known_member(tree["EAST-2"], 4702, "卫旧机")
    desks = [staff_client(unions.an_officer([(tree["EAST"], "union_officer")], f"east{n}")) for n in (1, 2)]
    return asker, holder, *desks


def say(client, address, said=None):
    return client.post(f"{API}{address}", json.dumps(said or {}), content_type="application/json")


def test_from_the_code_to_the_second_officer(scene):
    asker, holder, one, two = scene
    phone, theirs = member_client(signed_in(asker)), member_client(signed_in(holder))
    assert say(phone, "/phone", {"phone": OLD}).json()["code"] == "PHONE_NOT_PROVEN"
    sent = say(phone, "/code", {"phone": OLD}).json()
    said = {"phone": OLD, "code": policy_settings.DEMO_CODE, "ticket": sent["ticket"]}
    assert say(phone, "/phone", {**said, "king": "x"}).status_code == 422
    made = say(phone, "/phone", said)
    assert (made.status_code, made.json()["state"], made.json()["side"]) == (201, "checking", "asker")
    at = f"/{made.json()['id']}"
    asked = theirs.get(f"{API}{at}").json()
    assert (asked["waits_on_you"], asked["side"], asked["state"]) == (True, "holder", "checking")
    told = theirs.post(f"{API}{at}/answer", {"answer": "mine", "note": "一直在用"})
    assert (told.status_code, told.json()["answer"]) == (200, "mine")
    assert phone.get(f"{API}{at}").json()["answer"] == ""
    decision = {"outcome": "move", "reason": "话费账单核对无误"}
    assert say(one, f"{at}/decide", decision).json()["state"] == "review"
    assert say(one, f"{at}/confirm").json()["code"] == "OWN_PROPOSAL"
    assert say(two, f"{at}/confirm").json()["state"] == "moved"
    assert Person.objects.get(pk=asker.pk).phone == OLD
    assert phone.get(f"{API}{at}").status_code == 401  # who signs in by another phone now signs in anew
    again = member_client(signed_in(Person.objects.get(pk=asker.pk)))
    assert again.get(f"{API}{at}").json()["reason"] == ""
    assert [row["id"] for row in one.get(API).json()["items"]] == [made.json()["id"]]


def test_a_number_with_a_photo_once_for_its_key(scene):
    asker, holder, one, _two = scene
    phone = member_client(signed_in(asker))

    def send():
        said = {"value": str(holder.id_number), "file": a_photo()}
        return phone.post(f"{API}/number", said, headers={"Idempotency-Key": "number-1"})

    first, again = send(), send()
    assert (first.status_code, first.json()["id"]) == (201, again.json()["id"])
    assert str(holder.id_number) not in first.text
    answer = member_client(signed_in(holder)).post(
        f"{API}/{first.json()['id']}/answer", {"answer": "mine", "file": a_photo()}
    )
    assert answer.status_code == 200, answer.text
    refused = say(one, f"/{first.json()['id']}/decide", {"outcome": "refuse", "reason": "照片和登记人一致"})
    assert refused.json()["state"] == "refused"
    assert phone.get(f"{API}/{first.json()['id']}").json()["reason"] == "照片和登记人一致"
