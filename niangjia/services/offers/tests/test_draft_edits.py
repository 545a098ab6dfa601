"""Editing a draft: one audit entry for each edit, and few statements however large the stock is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from niangjia.kernel import clock
from niangjia.kernel.errors import DomainError
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.testing.clients import staff_client
from niangjia.services.offers import actions, testing
from niangjia.services.offers.campaign.campaigns import NewItem, Stock
from niangjia.services.offers.models import Cell

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(world):
    return testing.a_draft(world.district, sites=[testing.a_site(world.street)], actor=world.officer)


def edits(draft):
    rows = AuditEntry.objects.filter(subject_id=draft.public_id).order_by("id").values_list("action", "data")
    return [(action, data) for action, data in rows if not action.endswith("draw_up")]


def test_each_edit_of_a_draft_leaves_one_entry_without_its_texts(world, draft):
    plan = testing.a_plan(title="冬日暖心礼", opens_at=draft.opens_at, closes_at=draft.closes_at)
    actions.revise(public_id=draft.public_id, plan=plan, actor=world.officer)
    assert edits(draft) == [
        ("offers.items.set", {"codes": ["k01", "k02"]}),
        ("offers.stock.set", {"cells": 2, "pieces": 4}),
        ("offers.campaign.revised", {"changed": ["title"]}),
    ]
    page = staff_client(world.officer).get(f"/console/offers/{draft.public_id}/").text
    assert all(words in page for words in ("填写品类", "填写名额", "修改草稿"))


def test_an_edit_that_is_refused_leaves_none(world, draft):
    before = edits(draft)
    with pytest.raises(DomainError, match="STOCK"):
        actions.set_items(public_id=draft.public_id, items=[], actor=world.officer)
    with pytest.raises(DomainError, match="CAMPAIGN_NOT_FOUND"):
        actions.set_stock(public_id=draft.public_id, stocks=[], actor=world.other_officer)
    assert edits(draft) == before


def statements(world, draft, *, sites, days):
    places = [testing.a_site(world.street, f"{sites} 个之第 {number} 个") for number in range(sites)]
    wanted = [
        Stock(code, place.pk, draft.pickup_from + timedelta(days=day), 3)
        for code in ("k01", "k02")
        for place in places
        for day in range(days)
    ]
    with CaptureQueriesContext(
        connection,
    ) as seen:
        actions.set_stock(public_id=draft.public_id, stocks=wanted, actor=world.officer)
    return len(seen)


def test_a_large_stock_costs_as_many_statements_as_a_small_one(world, draft):
    few = statements(world, draft, sites=1, days=1)
    assert statements(world, draft, sites=10, days=7) == few


def test_stock_is_replaced_and_what_names_a_place_twice_adds_up(world, draft):
    [first, second] = Cell.objects.filter(campaign=draft).order_by("item")
    place = {"item": "k01", "site_id": first.site_id, "day": clock.today()}
    stocks = [Stock(**place, quantity=5), Stock(**place, quantity=2)]
    actions.set_stock(public_id=draft.public_id, stocks=stocks, actor=world.officer)
    assert list(Cell.objects.order_by("item").values_list("pk", "size")) == [(first.pk, 7), (second.pk, 0)]


def test_a_kind_that_goes_takes_its_stock_along(world, draft):
    actions.set_items(public_id=draft.public_id, items=[NewItem("k02", "蜂蜜")], actor=world.officer)
    assert list(Cell.objects.values_list("item__code", flat=True)) == ["k02"]
