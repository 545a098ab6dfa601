"""What is asked in the process where the sample room is installed; ``test_sample_room.py`` starts it."""

from __future__ import annotations

import pytest

from niangjia.commons.unions import testing as unions
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.platform.testing.clients import member_client, staff_client
from niangjia.platform.testing.contract import breaches, navigation_statements, site_of
from niangjia.platform.web.rooms import rooms

pytestmark = pytest.mark.django_db
SENTENCE = "职工之家照常开放"


@pytest.fixture
def officer():
    return unions.an_officer([(unions.small_tree()["EAST-1"], "union_officer")], "street")


@pytest.fixture
def member():
    return Actor(ActorKind.MEMBER, user_id=unions.a_user("member").pk)


def test_it_is_a_room_like_the_others():
    assert [room.code for room in rooms()].count("bulletin") == 1
    assert "joining" in {room.code for room in rooms()}


def test_it_keeps_the_contract():
    room = next(room for room in rooms() if room.code == "bulletin")
    assert site_of(room).package == "bulletin"
    assert [str(breach) for breach in breaches(room)] == []


def test_its_page_answers_members_and_nobody_else(client, member):
    assert SENTENCE in member_client(member).get("/bulletin/").text
    assert "sign-in" in client.get("/bulletin/").headers["Location"]


def test_its_tile_stands_among_the_services(client):
    assert 'href="/bulletin/"' in client.get("/services/").text


def test_its_menu_appears_and_leads_to_its_page(officer):
    desk = staff_client(officer)
    assert 'href="/console/bulletin/"' in desk.get("/console/").text
    assert SENTENCE in desk.get("/console/bulletin/").text


def test_the_menu_still_costs_one_query(officer):
    assert len(navigation_statements(officer)) == 1
