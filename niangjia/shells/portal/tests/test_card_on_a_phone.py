"""The card in a browser: renewed in time, at rest while hidden, honest without network, usable without script."""

from __future__ import annotations

import time
from itertools import pairwise, product
from typing import Any

import pytest

from niangjia.commons.people.cards import actions
from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.testing import SYSTEM, a_member, a_person
from niangjia.commons.unions.testing import small_tree
from niangjia.platform.accounts import cookies, sessions
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import User
from niangjia.platform.testing.browser import overflow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURE = "document.querySelector('[data-picture] path:last-of-type').getAttribute('d')"


@pytest.fixture
def card(transactional_db: None) -> Card:
    user = User.objects.create(display_name="")
    name = "阿依古丽·麦麦提明·吾买尔江·阿卜杜热合曼·艾合买提江·吐尔逊阿依"
    return Card.objects.get(person=a_member(small_tree()["FIRM"], person=a_person(name, user_id=user.pk)).person)


@pytest.fixture
def screen(open_page: Any) -> Any:
    """A phone of 390 × 844."""
    return open_page(390, 844, touch=True, is_mobile=True)


@pytest.fixture
def at(card: Card, live_server: Any) -> Any:
    """Signs a page in as the holder and opens an address."""
    user = User.objects.get(pk=card.person.user_id)
    token = sessions.start(user=user, kind=SessionKind.MEMBER).token
    name = cookies.full_name(cookies.NAMES[SessionKind.MEMBER])

    def go(page: Any, address: str = "/card/", *, large: bool = False) -> Any:
        kept = [{"name": name, "value": token, "url": live_server.url}]
        if large:
            kept.append({"name": "niangjia_type", "value": "large", "url": live_server.url})
        page.context.add_cookies(kept)
        page.goto(live_server.url + address)
        return page

    return go


def changes(page: Any, before: str) -> None:
    """Wait until another code is shown; the page's policy forbids asking inside of it again and again."""
    deadline = time.monotonic() + 10
    while page.evaluate(PICTURE) == before:
        assert time.monotonic() < deadline, "the code stayed the same"
        time.sleep(0.05)


def test_the_code_is_renewed_in_time_and_counts_down(screen: Any, at: Any) -> None:
    screen.clock.install()
    at(screen)
    before = screen.evaluate(PICTURE)
    screen.clock.run_for(10_000)
    assert "秒后更新" in screen.locator("[data-left-shown]").inner_text()
    assert screen.evaluate(PICTURE) == before
    with screen.expect_response("**/card/code/"):
        screen.clock.run_for(21_000)
    changes(screen, before)


def test_without_network_the_code_fades_says_so_and_comes_back_by_itself(screen: Any, at: Any) -> None:
    screen.watch.allow.append("ERR_INTERNET_DISCONNECTED")
    screen.clock.install()
    at(screen)
    before = screen.evaluate(PICTURE)
    screen.context.set_offline(True)
    screen.clock.run_for(31_000)
    says = screen.locator("[data-says]")
    says.filter(has_text="没有连上网").wait_for()
    screen.clock.run_for(31_000)
    assert "is-stale" in (screen.locator("#card-code").get_attribute("class") or "")
    screen.context.set_offline(False)
    screen.clock.run_for(5_000)
    changes(screen, before)
    says.filter(has_text="已更新").wait_for()
    assert "is-stale" not in (screen.locator("#card-code").get_attribute("class") or "")


def test_a_hidden_page_asks_for_nothing_and_renews_when_it_is_seen_again(screen: Any, at: Any) -> None:
    screen.clock.install()
    at(screen)
    asked: list[str] = []
    screen.on("request", lambda request: asked.append(request.url))
    show = "hidden => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});"
    show += " document.dispatchEvent(new Event('visibilitychange')); }"
    screen.evaluate(show, True)
    screen.clock.run_for(300_000)
    assert not [url for url in asked if "/card/" in url]
    with screen.expect_response("**/card/code/"):
        screen.evaluate(show, False)


def test_a_card_that_was_stopped_elsewhere_stops_here(screen: Any, at: Any, card: Card) -> None:
    screen.watch.allow.append("409")
    screen.clock.install()
    at(screen)
    actions.report_lost(public_id=card.public_id, reason="本人来电挂失", actor=SYSTEM)
    with screen.expect_navigation():
        screen.clock.run_for(31_000)
    screen.locator("text=已挂失").first.wait_for()


def test_one_tap_enlarges_and_the_way_back_closes(screen: Any, at: Any) -> None:
    at(screen)
    screen.locator(".card-code-frame").tap()
    assert screen.evaluate("document.querySelector('#card-code').getBoundingClientRect().height === innerHeight")
    assert screen.locator(".card-code-number").is_visible()
    screen.go_back()
    assert not screen.locator(".card-code-number").is_visible()


def test_without_script_the_code_is_there_and_can_be_renewed(open_page: Any, at: Any) -> None:
    page = open_page(360, 740, script=False)
    at(page)
    assert page.locator("[data-picture] svg").is_visible()
    before = page.locator("[data-picture]").inner_html()
    page.locator("[data-refresh]").click()
    assert page.locator("[data-picture]").inner_html() != before


@pytest.mark.parametrize("lost", [False, True])
def test_nothing_overflows_with_a_long_name_and_large_type(open_page: Any, at: Any, card: Card, lost: bool) -> None:
    if lost:
        actions.report_lost(public_id=card.public_id, reason="本人来电挂失", actor=SYSTEM)
    for width, large in product((360, 390, 1440), (False, True)):
        page = at(open_page(width, 740), large=large)
        assert overflow(page) <= 0
        outer, *rows = page.evaluate(
            "[...document.querySelectorAll('.member-card, .member-card > *')].map(e => e.getBoundingClientRect())"
            ".map(b => [b.left, b.top, b.right, b.bottom])"
        )
        assert all(outer[0] < row[0] and outer[1] < row[1] for row in rows)
        assert all(row[2] < outer[2] and row[3] < outer[3] for row in rows)
        assert all(upper[3] <= lower[1] for upper, lower in pairwise(rows))
        assert page.locator(".member-card-name").evaluate("e => e.scrollHeight <= e.clientHeight + 1")
