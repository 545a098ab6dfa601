"""An officer writes the terms of a draft in a browser, row by row, on a desk and on a phone."""

from __future__ import annotations

import os
from datetime import date

import pytest

from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.platform.testing.browser import overflow
from niangjia.platform.testing.clients import staff_signs_in
from niangjia.services.protection import actions, six, termbooks, testing
from niangjia.services.protection.models import PlanVersion

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def city(tree):
    return tree["CITY"]


@pytest.fixture
def officer(city):
    return unions.an_officer([(city, Role.REVIEWER)], "office")


@pytest.fixture
def draft(city, officer):
    plan, _first, _second = testing.six_gifts(city)
    return actions.draw_up(plan_id=plan.pk, terms=six.six_gifts(6), valid_from=date(2027, 1, 1), actor=officer)


def shot(page, name):
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_cover_is_written_row_by_row_beside_its_leaflet(live_server, desk, officer, draft):
    desk.watch.allow.append("422")
    staff_signs_in(desk, live_server.url, officer)
    desk.goto(f"{live_server.url}/console/protection/versions/{draft.public_id}/")
    shot(desk, "hub")
    desk.click("main >> text=意外伤害")
    desk.wait_for_selector("[name=grades-0-grade]")
    desk.wait_for_selector("[name=fen_per_day]", state="hidden")
    shot(desk, "cover")
    desk.click(".rows-more >> nth=0")
    desk.fill("[name=grades-12-grade]", "10")
    desk.fill("[name=grades-12-fen]", "1e5")
    desk.click("text=预览")
    desk.wait_for_selector("#id_grades-12-fen_field >> text=金额格式如")
    assert overflow(desk) <= 0
    shot(desk, "wrong")
    desk.fill("[name=grades-12-grade]", "11")
    desk.fill("[name=grades-12-fen]", "1000")
    desk.click("text=预览")
    desk.wait_for_selector("#preview >> text=11 级 ¥\N{NO-BREAK SPACE}1,000.00")
    shot(desk, "preview")
    desk.click("text=保存到草稿")
    desk.wait_for_selector("text=已保存")
    desk.goto(f"{live_server.url}/console/protection/versions/{draft.public_id}/limits/")
    shot(desk, "limits")
    desk.goto(f"{live_server.url}/console/protection/versions/{draft.public_id}/draw-up/")
    shot(desk, "frame")
    cover = termbooks.terms_of(PlanVersion.objects.get(pk=draft.pk)).cover("accident")
    assert cover.data["grades"]["11"] == 1_000_00


@pytest.mark.parametrize("width", [360, 390])
def test_the_forms_of_a_draft_fit_a_phone_without_script(live_server, open_page, officer, draft, width):
    page = open_page(width, 844, script=False)
    staff_signs_in(page, live_server.url, officer)
    for tail in ("", "covers/accident/", "covers/critical_illness/", "covers/new/", "limits/", "draw-up/", "dry-run/"):
        page.goto(f"{live_server.url}/console/protection/versions/{draft.public_id}/{tail}")
        assert page.is_visible("h1")
        shot(page, f"phone-{width}-{tail.replace('/', '-')}")
    page.goto(f"{live_server.url}/console/protection/plans/new/")
    shot(page, f"phone-{width}-new")
