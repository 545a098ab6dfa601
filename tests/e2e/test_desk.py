"""My desk by the keyboard alone: down, tick, all, the table of keys; then many at once."""

from __future__ import annotations

import re

import pytest

from tests.e2e.test_story import to_the_desk

pytestmark = pytest.mark.browser


def test_the_desk_is_worked_by_keys_and_many_are_taken_at_once(demo, desk):
    to_the_desk(desk, demo.url)
    ticked = desk.locator(".desk-line input:checked")
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    desk.keyboard.press("x")
    assert ticked.count() == 1
    assert desk.locator(".desk-line.is-here input").is_checked()
    desk.keyboard.press("a")
    assert ticked.count() == desk.locator(".desk-line").count()
    desk.keyboard.press("a")
    assert ticked.count() == 0
    assert not desk.locator(".bulk").is_visible()
    desk.keyboard.press("?")
    assert desk.locator("dialog.keys >> text=全选、全不选").is_visible()
    desk.keyboard.press("Escape")
    desk.keyboard.press("x")
    desk.click(".bulk button[value=take]")
    desk.wait_for_selector("text=领取了 1 件")
    desk.click("text=只看我领取的")
    assert desk.locator(".desk-line").count() == 1
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    desk.wait_for_url(re.compile("/console/(?!\\?)."))


def test_a_list_is_walked_searched_and_left_by_keys(demo, desk):
    to_the_desk(desk, demo.url)
    desk.goto(f"{demo.url}/console/people/")
    for key in ("j", "j", "k"):
        desk.keyboard.press(key)
    assert desk.locator("tr.is-here").evaluate("row => row.rowIndex") == 1
    name = desk.inner_text("tr.is-here a").strip()
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/console/people/*/")
    assert name in desk.inner_text("h1")
    desk.keyboard.press("/")
    assert desk.evaluate("document.activeElement.id") == "bar-q"
    desk.keyboard.type(f"{name} j?")
    assert desk.input_value("#bar-q").endswith("j?")
    desk.evaluate("document.activeElement.blur()")
    desk.keyboard.press("g")
    desk.keyboard.press("d")
    desk.wait_for_url(f"{demo.url}/console/")
