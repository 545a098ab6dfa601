"""``/api/v1/card``: one's own card, and what verifiers without network keep."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.models import Person
from niangjia.commons.people.testing import a_member, a_person, signed_in
from niangjia.commons.unions.testing import small_tree
from niangjia.kernel import clock as kernel_clock
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.card_code import TrustList
from niangjia.platform.accounts.models import User
from niangjia.platform.testing.clients import member_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder(clock: Any) -> Person:
    user = User.objects.create(display_name="")
    return a_member(small_tree()["EAST-1"], person=a_person("王小丽", user_id=user.pk)).person


@pytest.fixture
def card(holder: Person) -> Card:
    return Card.objects.get(person=holder)


@pytest.fixture
def app(holder: Person) -> Client:
    return member_client(signed_in(holder))


def lost(app: Client, card_id: object, key: str = "key-00000001") -> Any:
    body = json.dumps({"id": card_id})
    return app.post("/api/v1/card/lost", body, content_type="application/json", headers={"Idempotency-Key": key})


def test_a_member_gets_the_card_with_a_code_that_the_public_keys_verify(app: Client, card: Card) -> None:
    answer = app.get("/api/v1/card")
    assert answer["Cache-Control"] == "no-store"
    told = answer.json()
    assert (told["id"], told["number"], told["state"]) == (card.public_id, card.number, "active")
    keys = TrustList.from_json(Client().get("/api/v1/card/keys").json())
    assert keys.verify(told["code"]["text"], now=kernel_clock.now()).number == card.number


def test_who_is_no_member_has_no_card_and_strangers_must_sign_in(db: None) -> None:
    newcomer = member_client(Actor(ActorKind.MEMBER, user_id=User.objects.create(display_name="").pk))
    answer = newcomer.get("/api/v1/card")
    assert (answer.status_code, answer.json()["code"]) == (404, "CARD_NONE")
    assert Client().get("/api/v1/card").status_code == 401


def test_losing_twice_with_one_key_is_one_loss(app: Client, card: Card) -> None:
    first, second = lost(app, card.public_id), lost(app, card.public_id)
    assert first.status_code == second.status_code == 200
    assert (first.json()["state"], first.json()["code"]) == ("blocked", None)
    again = lost(app, card.public_id, key="key-00000002")
    assert (again.status_code, again.json()["code"]) == (409, "MOVE_NOT_ALLOWED")
    assert Client().get("/api/v1/card/keys").json()["revoked"] == [card.number]


def test_another_members_card_is_as_good_as_none(app: Client, card: Card) -> None:
    other = Card.objects.get(person=a_member(card.person.memberships.get().union).person)
    for number, wanted in enumerate((other.public_id, "nosuchthing0000000000000")):
        answer = lost(app, wanted, key=f"key-0000000{number}")
        assert (answer.status_code, answer.json()["code"]) == (404, "CARD_NOT_FOUND")
    other.refresh_from_db()
    assert other.state == "active"


@pytest.mark.parametrize("wanted", [None, 5, "", "x" * 25, "\0", ["a"], {"a": 1}])
def test_what_is_no_id_is_refused(app: Client, card: Card, wanted: object) -> None:
    assert lost(app, wanted).status_code in {400, 404, 422}


def test_a_key_is_needed(app: Client, card: Card) -> None:
    answer = app.post("/api/v1/card/lost", json.dumps({"id": card.public_id}), content_type="application/json")
    assert answer.json()["code"] == "KEY_MISSING"


def test_verifiers_ask_again_cheaply(app: Client, card: Card, clock: Any) -> None:
    first = Client().get("/api/v1/card/keys")
    assert first["Cache-Control"] == "public, max-age=60"
    same = Client().get("/api/v1/card/keys", headers={"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    lost(app, card.public_id)
    changed = Client().get("/api/v1/card/keys", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    clock.forward(minutes=5)
    assert Client().get("/api/v1/card/keys", headers={"If-None-Match": changed["ETag"]}).status_code == 200


def test_the_public_list_names_nobody(app: Client, card: Card, holder: Person) -> None:
    lost(app, card.public_id)
    text = Client().get("/api/v1/card/keys").content.decode()
    assert holder.name not in text
    assert holder.public_id not in text
    assert set(json.loads(text)) == {"keys", "revoked", "as_of"}
