"""What members read and do over the API besides reserving."""

from __future__ import annotations

import pytest

from niangjia.services.offers import actions, member_queries, testing
from niangjia.services.offers.tests.test_api import Caller, told


@pytest.fixture(autouse=True)
def no_figures_remembered():
    member_queries.forget()


@pytest.fixture
def caller(world, offer):
    return Caller(offer, world.member)


def test_what_is_on_and_how_one_stands(world, offer, caller):
    found = caller.get("campaigns").json()
    assert found["server_time"] == "2026-03-04T02:00:00Z"
    assert [(one["id"], one["phase"], one["left"], one["is_for_me"]) for one in found["items"]] == [
        (offer.key, "open", 4, True)
    ]
    detail = caller.get(f"campaigns/{offer.key}").json()
    assert [item["name"] for item in detail["items"]] == ["鸡蛋", "蜂蜜"]
    assert detail["items"][0]["sites"][0]["days"] == [{"day": "2026-03-04", "left": 2}]
    assert all(condition["met"] for condition in detail["conditions"])
    other = Caller(offer, world.stranger).get(f"campaigns/{offer.key}").json()
    assert [condition["met"] for condition in other["conditions"]] == [True, False]
    assert "EAST" in other["conditions"][1]["refusal"]


def test_my_reservations_are_mine_and_come_in_pages(world, offer, caller):
    made = [testing.reserve(testing.an_offer(world.district), world.member).public_id for _number in range(3)]
    caller.reserve()
    first = caller.get("reservations?size=2").json()
    assert (len(first["items"]), first["next"]) == (2, 2)
    assert caller.get("reservations?size=2&page=2").json()["items"][1]["id"] == made[0]
    assert caller.get(f"reservations/{made[0]}").json()["site_address"] == "甲路 1 号"
    other = Caller(offer, world.second)
    assert other.get("reservations").json() == {"items": [], "next": None}
    assert told(other.get(f"reservations/{made[0]}")) == (404, "RESERVATION_NOT_FOUND")


def test_a_member_cancels_over_the_api(world, offer, caller):
    made = testing.reserve(offer, world.member)
    assert caller.post(f"reservations/{made.public_id}/cancel").json()["state"] == "cancelled"
    assert actions.cancel(public_id=made.public_id, actor=world.member).state == "cancelled"
