"""A member at a phone of 390 px: the countdown runs out, one tap reserves, a second one is refused, the receipt, and
giving it back. The phone's own clock is an hour slow and must not matter."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from niangjia.commons.unions import testing as unions
from niangjia.kernel import clock
from niangjia.platform.testing.browser import overflow
from niangjia.platform.testing.clients import member_signs_in
from niangjia.platform.testing.kept import kept
from niangjia.services.offers import member_queries, testing
from niangjia.services.offers.models import Reservation
from niangjia.services.offers.rush import catalogue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SLOW_CLOCK = "Date.now = ((now) => () => now() - 3600000)(Date.now);"


@pytest.fixture
def tree(transactional_db):
    catalogue.forget()
    member_queries.forget()
    return kept(unions.small_tree)


@pytest.fixture
def member(tree):
    return testing.a_member(tree["EAST-1"], 1)


def an_offer(tree, seconds=0):
    opens = clock.now() + timedelta(seconds=seconds)
    days = [clock.today() + timedelta(days=1)]
    return testing.an_offer(
        tree["EAST"], opens_at=opens, closes_at=opens + timedelta(days=2), days=days, pieces=3, title="新春礼物"
    )


def test_the_rush_at_a_phone(live_server, phone, tree, member):
    phone.watch.allow.append("409")
    phone.add_init_script(SLOW_CLOCK)
    offer = an_offer(tree, seconds=25)
    member_signs_in(phone, live_server.url, member)
    phone.goto(f"{live_server.url}/offers/")
    phone.click("text=新春礼物")
    assert re.search(r"还有 0 分 \d\d 秒开始|即将开始", phone.inner_text(".board-now"))
    phone.click(".kind-link:has-text('鸡蛋')")
    assert phone.is_disabled("button:has-text('到时间就能点')")
    phone.check("input[name=place]")
    phone.wait_for_selector("button:has-text('确认预约'):not([disabled])", timeout=40_000)
    phone.click("button:has-text('确认预约')")
    phone.wait_for_selector(".receipt")
    number = phone.inner_text(".receipt-number strong")
    assert re.fullmatch(r"YL\d{4}-\d{7}-\d", number)
    assert overflow(phone) <= 0

    phone.goto(f"{live_server.url}/offers/{offer.key}/items/{offer.choices[1].item}/")
    assert "您已预约“鸡蛋”" in phone.inner_text("main")
    assert phone.locator("button:has-text('确认预约')").count() == 0

    phone.goto(f"{live_server.url}/offers/mine/")
    phone.click(f"text={number}")
    phone.click("text=取消预约")
    assert "名额马上让给别人" in phone.inner_text("main")
    phone.click("main form button")
    phone.wait_for_selector("text=已取消")
    assert Reservation.objects.get().state == "cancelled"


def test_a_second_tap_in_another_tab_is_refused_and_shows_the_first(live_server, phone, tree, member):
    phone.watch.allow.append("409")
    offer = an_offer(tree)
    member_signs_in(phone, live_server.url, member)
    other = phone.context.new_page()
    for page, choice in ((phone, offer.choices[0]), (other, offer.choices[1])):
        page.goto(f"{live_server.url}/offers/{offer.key}/items/{choice.item}/")
        page.check("input[name=place]")
    phone.click("button:has-text('确认预约')")
    phone.wait_for_selector(".receipt")
    other.click("button:has-text('确认预约')")
    other.wait_for_selector("h1:has-text('每人限一份')")
    assert phone.inner_text(".receipt-number strong") in other.inner_text("main")
    assert Reservation.objects.count() == 1


def test_a_lost_answer_is_asked_for_again_with_the_same_key(live_server, phone, tree, member):
    phone.watch.allow += ["ERR_FAILED", "net::"]
    offer, keys = an_offer(tree), []
    member_signs_in(phone, live_server.url, member)
    phone.goto(f"{live_server.url}/offers/{offer.key}/items/{offer.choice.item}/")

    def lose_the_first_answer(route):
        if route.request.method != "POST":
            route.fallback()
            return
        keys.append(re.search("idempotency_key=([^&]*)", route.request.post_data)[1])
        if len(keys) > 1:
            route.fallback()
            return
        route.fetch(max_redirects=0)  # the server has reserved, the phone never hears of it
        route.abort("failed")

    phone.route("**/items/**", lose_the_first_answer)
    phone.check("input[name=place]")
    phone.click("button:has-text('确认预约')")
    phone.wait_for_selector(".receipt")
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert Reservation.objects.count() == 1


def test_without_script_it_is_a_form_and_a_page(live_server, open_page, tree, member):
    page = open_page(360, 780, script=False)
    offer = an_offer(tree)
    member_signs_in(page, live_server.url, member)
    page.goto(f"{live_server.url}/offers/{offer.key}/")
    assert "更新" in page.inner_text(".board-age")
    page.click(".kind-link:has-text('鸡蛋')")
    page.click("button:has-text('确认预约')")
    page.wait_for_selector(".receipt")
    assert Reservation.objects.count() == 1
