"""The same request again, over HTTP: one effect, one answer, whoever sends it and however often."""

from __future__ import annotations

import json

import pytest

from niangjia.commons.unions import testing as unions
from niangjia.platform.requests import idempotency
from niangjia.platform.requests.models import Answer
from niangjia.platform.testing.clients import member_client
from niangjia.platform.testing.kept import kept
from niangjia.platform.testing.races import two_connections
from niangjia.services.joining import actions, testing
from niangjia.services.joining.models import Application

pytestmark = pytest.mark.django_db
KEY = "key-0123456789"
ADDRESS = "/api/v1/joining/applications"


class Worker:
    """An invented worker's phone, sending one application again and again."""

    def __init__(self, serial, street):
        given = testing.answers(serial, street)
        self.actor = testing.applicant(serial)
        self.client = member_client(self.actor)
        self.client.get("/joining/")
        names = ("name", "id_number", "category", "street", "consent_version")
        self.body = {name: getattr(given, name) for name in names}

    def send(self, key=KEY, **changes):
        headers = {"X-CSRFToken": self.client.cookies["niangjia_csrf"].value}
        headers |= {} if key is None else {"Idempotency-Key": key}
        return self.client.post(ADDRESS, self.body | changes, content_type="application/json", headers=headers)


@pytest.fixture
def street(clock):
    return kept(unions.small_tree)["EAST-1"]


@pytest.fixture
def worker(street):
    return Worker(1, street)


@pytest.mark.parametrize(
    "key", [None, "", " ", "k" * 256, "钥匙", "a b"], ids=["none", "", "blank", "256", "字", "a b"]
)
def test_a_request_without_a_usable_key_is_refused(key, worker):
    answer = worker.send(key)
    assert (answer.status_code, answer.json()["code"]) == (400, "KEY_MISSING")
    assert not Application.objects.exists()


def test_the_longest_key_and_a_short_one_are_keys(worker, street):
    assert worker.send("k" * 255).status_code == 201
    assert Worker(2, street).send("k").status_code == 201


def test_the_second_time_the_first_answer_comes_again(worker):
    first, second = worker.send(), worker.send()
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Application.objects.count() == 1


def test_the_same_key_for_something_else_is_refused_beside_nothing(worker):
    worker.send()
    answer = worker.send(category="truck_driver")
    assert (answer.status_code, answer.json()["code"], answer.json()["fields"]) == (422, "KEY_REUSED", {})
    assert Application.objects.get().category == "courier"


def test_a_key_of_somebody_else_is_another_key(worker, street):
    first, other = worker.send(), Worker(2, street).send()
    assert (first.status_code, other.status_code) == (201, 201)
    assert first.json()["number"] != other.json()["number"]
    assert Application.objects.count() == 2


def test_a_refusal_does_not_use_the_key_up(worker):
    assert worker.send(name="张3").status_code == 422
    assert worker.send().status_code == 201


def test_a_late_repeat_tells_what_has_become_of_it(worker):
    first = worker.send().json()
    actions.withdraw(public_id=first["id"], actor=worker.actor)
    again = worker.send()
    assert (again.status_code, again.json()["id"], again.json()["state"]) == (201, first["id"], "withdrawn")


def test_what_is_kept_of_an_answer_is_a_public_id_and_nothing_personal(worker):
    sent = worker.send().json()
    kept = Answer.objects.get()
    assert json.loads(kept.answer) == {"id": sent["id"]}
    assert worker.body["id_number"] not in str(vars(kept))


# At once


def both(worker):
    outcomes = two_connections(lambda: worker.send(), lambda: worker.send())
    assert [outcome.error for outcome in outcomes] == [None, None]
    return sorted(outcome.value.status_code for outcome in outcomes), [outcome.value.json() for outcome in outcomes]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_without_keys_a_second_tap_at_the_same_moment_is_a_conflict(worker, monkeypatch):
    monkeypatch.setattr(idempotency, "once", lambda *, act, **_rest: (act(), False))
    statuses, _answers = both(worker)
    assert statuses == [201, 409]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_taps_at_once_get_one_receipt(worker):
    statuses, answers = both(worker)
    assert statuses == [201, 201]
    assert answers[0] == answers[1]
    assert Application.objects.count() == 1
