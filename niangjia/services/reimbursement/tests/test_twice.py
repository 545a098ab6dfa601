"""A second click, and a request sent again: each move of this room is made once and answered the same both times."""

from __future__ import annotations

import json

import pytest

from niangjia.commons.people.testing import an_id_number
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.testing.clients import staff_client
from niangjia.services.reimbursement import actions, testing
from niangjia.services.reimbursement.models import Case, Lost

WHY = {"reason": "票据还要核实"}
CONSOLE, API = "/console/reimbursement", "/api/v1/reimbursement"


def feed(world):
    return testing.checked([world.row(1, "A0001")], world.east, world.clerk)


def round_(world):
    return testing.applied([world.row(1, "A0001")], world.east, world.clerk)


def case(world):
    round_(world)
    return Case.objects.get()


def large(world):
    testing.applied([world.row(1, "A0001", "40000.00")], world.east, world.clerk)
    return Case.objects.get()


def withheld(world):
    return actions.withhold(public_id=case(world).public_id, actor=world.reviewer, **WHY)


def lost(world):
    wrong = testing.a_row("赵一", an_id_number(77), "A0009")
    testing.applied([world.row(1, "A0001"), wrong], world.east, world.clerk)
    return Lost.objects.get()


WHOSE = {"id_number": an_id_number(1)}
MOVES = [
    # what it begins with, place, event, who, what is said; the last has no address over the API
    (feed, "feeds", "apply_roster", "clerk", {}),
    (feed, "feeds", "recheck_roster", "clerk", {}),
    (feed, "feeds", "discard_roster", "clerk", {}),
    (round_, "rounds", "approve_round", "reviewer", {}),
    (round_, "rounds", "call_off_round", "reviewer", WHY),
    (large, "cases", "clear", "reviewer", {}),
    (case, "cases", "withhold", "reviewer", WHY),
    (case, "cases", "drop", "reviewer", WHY),
    (lost, "lost", "match", "clerk", WHOSE),
    (lost, "lost", "give_up_on", "clerk", WHY),
    (withheld, "cases", "take_up", "reviewer", WHY),
]
OVER_API = {"give_up_on": "give-up", "call_off_round": "call-off"}


def times(event):
    return AuditEntry.objects.filter(action__endswith=f".{event}").count()


@pytest.mark.parametrize(("begin", "place", "event", "who", "body"), MOVES)
def test_a_second_click_is_answered_like_the_first(world, begin, place, event, who, body):
    thing, desk = begin(world), staff_client(getattr(world, who))
    address = f"{CONSOLE}/{place}/{thing.public_id}/" + ("" if event == "match" else f"{event}/")
    form, before = {**body, "idempotency_key": "key-of-the-form"}, times(event)
    first, moved = desk.post(address, form), times(event)
    second = desk.post(address, form)
    assert (first.status_code, second.status_code, second["Location"]) == (302, 302, first["Location"])
    assert before < moved == times(event)


@pytest.mark.parametrize(("begin", "place", "event", "who", "body"), MOVES[:-1])
def test_a_request_sent_again_is_answered_like_the_first(world, begin, place, event, who, body):
    thing, client = begin(world), staff_client(getattr(world, who))
    address = f"{API}/{place}/{thing.public_id}/{OVER_API.get(event, event.split('_')[0])}"
    before, text = times(event), json.dumps(body) if body else ""

    def sent(key):
        return client.post(address, text, content_type="application/json", headers={"Idempotency-Key": key})

    first, moved = sent("key-of-the-request"), times(event)
    second = sent("key-of-the-request")
    assert (first.status_code, second.status_code) in ((200, 200), (201, 201))
    assert first.json() == second.json()
    assert before < moved == times(event)
    assert sent("").json()["code"] == "KEY_MISSING"
