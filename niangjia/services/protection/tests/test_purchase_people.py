"""Choosing members for a purchase: searched, page by page, ticks kept; whose names were looked at is written down."""

from __future__ import annotations

import pytest

from niangjia.platform.personal_data.models import Look
from niangjia.platform.testing.clients import staff_client
from niangjia.services.protection import testing_lists as lists
from niangjia.services.protection.enrolment.models import Roster
from niangjia.services.protection.purchases import picking
from niangjia.services.protection.purchases import testing as buying


@pytest.fixture
def shop(world, monkeypatch):
    """Five members, two on a page."""
    monkeypatch.setattr(picking, "SHOWN", 2)
    world.people = lists.members(world.firm, 5)
    world.purchase = buying.drafted(buying.a_group_plan(world.city), world.firm, world.unit)
    world.desk = staff_client(world.unit)
    world.address = f"/console/protection/purchases/{world.purchase.public_id}/people/"
    return world


def send(shop, **body):
    return shop.desk.post(shop.address, {"way": "picked", "idempotency_key": "a-key-of-the-page", **body})


def test_ticks_are_kept_from_page_to_page_until_all_are_sent(shop):
    first = shop.desk.get(shop.address)
    assert "1 / 3" in first.content.decode()
    ticked = first.context["form"].fields["people"].choices[0][0]
    second = send(shop, people=[ticked], turn="2")
    assert second.status_code == 200
    form = second.context["form"]
    assert form["picked"].value() == ticked
    other = form.fields["people"].choices[1][0]
    assert send(shop, people=[other], picked=ticked, page="2").status_code == 302
    assert Roster.objects.get().rule["people"] == sorted([int(ticked), int(other)])


def test_members_are_searched_by_name_and_the_look_is_written_down(shop):
    person = shop.people[3]
    page = send(shop, q=person.name, turn="1")
    assert str(person.pk) in [key for key, _name in page.context["form"].fields["people"].choices]
    assert Look.objects.filter(subject_key=person.public_id).exists()


@pytest.mark.parametrize("picked", ["987654321", "x", "1e3", "-1", "１", "9" * 30])
def test_somebody_else_or_nobody_cannot_be_chosen(shop, picked, unchanged):
    with unchanged(ignore={"personal_data_look"}):
        answer = send(shop, picked=picked)
    assert (answer.status_code, 'id="id_people_error"' in answer.content.decode()) == (422, True)


def test_nobody_ticked_is_said_beside_the_members(shop):
    answer = send(shop)
    assert (answer.status_code, "请至少勾选一名会员" in answer.content.decode()) == (422, True)
