"""My desk by the keyboard alone: down, tick, all, the table of keys; then many at once."""

from __future__ import annotations

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
