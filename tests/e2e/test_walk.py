"""Small things that one only sees by looking: what stands in line, what is large enough, what stays where it is."""

from __future__ import annotations

import pytest

from niangjia.shells.demo.accounts import SIGN_INS
from tests.e2e.test_story import sign_in, to_the_desk

pytestmark = pytest.mark.browser
MEMBER = next(entry.sign_in for entry in SIGN_INS if entry.role == "member")


KEPT: list = []
"""The cookies of the first sign-in: the next code would come after a minute only."""


def as_member(page, base, then):
    if KEPT:
        page.context.add_cookies(KEPT)
        page.goto(f"{base}{then}")
    else:
        sign_in(page, base, MEMBER, then)
        KEPT.extend(page.context.cookies())


def box(page, what):
    return page.locator(what).first.bounding_box()


def test_a_file_is_chosen_by_a_button_for_a_thumb_and_stays_in_place_when_it_is_missing(demo, phone):
    phone.watch.allow.append("422")
    as_member(phone, demo.url, "/mine/data/correct/name/")
    before = box(phone, "input[type=file]")
    assert before["height"] >= 44
    phone.click("main form button")
    assert phone.locator(".has-error input[type=file]").count() == 1
    after = box(phone, "input[type=file]")
    assert (after["x"], after["width"]) == (before["x"], before["width"])
    assert after["height"] == before["height"]


def test_what_is_folded_away_is_opened_by_a_thumb_and_has_the_same_room_above_and_below(demo, phone):
    as_member(phone, demo.url, "/mine/data/consents/")
    assert box(phone, "main details:not(.card) > summary")["height"] >= 44
    phone.goto(f"{demo.url}/mine/data/")
    card, summary = box(phone, "details.card"), box(phone, "details.card > summary")
    above, below = summary["y"] - card["y"], card["y"] + card["height"] - summary["y"] - summary["height"]
    assert summary["height"] >= 44
    assert abs(above - below) <= 1


def test_tiles_in_a_wide_window_are_of_one_size(demo, desk):
    as_member(desk, demo.url, "/services/")
    sizes = desk.eval_on_selector_all(
        ".tiles .tile", "all => all.map(e => Math.round(e.getBoundingClientRect().width))"
    )
    assert len(sizes) >= 5
    assert len(set(sizes)) == 1


def test_the_buttons_beside_filters_stand_in_line(demo, desk):
    to_the_desk(desk, demo.url)
    desk.goto(f"{demo.url}/console/people/")
    tops = desk.eval_on_selector_all(
        ".filter-end > .button, .filter-end summary", "all => all.map(e => e.getBoundingClientRect().top)"
    )
    assert len(tops) == 2
    assert tops[0] == tops[1]


def test_a_desk_on_paper_has_room_for_its_words(demo, desk):
    to_the_desk(desk, demo.url)
    desk.set_viewport_size({"width": 700, "height": 900})
    desk.emulate_media(media="print")
    line, words = box(desk, ".desk-line"), box(desk, ".desk-what")
    assert words["width"] > line["width"] / 3
    assert not desk.locator(".tabs").is_visible()


def test_a_sum_never_loses_its_mark_at_the_end_of_a_line(demo, phone):
    as_member(phone, demo.url, "/protection/")
    for width in range(320, 440, 6):
        phone.set_viewport_size({"width": width, "height": 800})
        broken = phone.evaluate(
            """() => { const found = []; const walk = document.createTreeWalker(document.querySelector('main'), 4);
              while (walk.nextNode()) { const at = walk.currentNode.data.indexOf('¥'); if (at < 0) continue;
                const range = document.createRange(); range.setStart(walk.currentNode, at);
                range.setEnd(walk.currentNode, at + 3);
                if (new Set([...range.getClientRects()].map(r => Math.round(r.top))).size > 1)
                  found.push(walk.currentNode.data); }
              return found; }"""
        )
        assert broken == []
