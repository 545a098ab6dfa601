"""Two phones at a stall in a real browser: a worker scans, applies and has a card; an officer shows, looks, approves.

Counted are screens, not seconds: how fast somebody types is not the program's. The two together see few enough of them
that a minute is enough.
"""

from __future__ import annotations

import re
import time
from datetime import date

import pytest

from niangjia.kernel.identifiers import invented_phone, invented_resident_id
from niangjia.platform.testing.browser import overflow
from niangjia.shells.demo.accounts import CODE
from tests.e2e.test_story import to_the_desk

pytestmark = pytest.mark.browser
SCREENS_OF_THE_WORKER, SCREENS_OF_THE_OFFICER = 7, 3


def screens(page):
    """Every page that this browser shows from now on; an address that only leads on is none."""
    seen = []
    page.on("domcontentloaded", lambda shown: seen.append(shown.url))
    return seen


def opened(officer, base, place):
    officer.goto(f"{base}/console/joining/stalls/new/")
    officer.fill("input[name=place]", place)
    officer.click("main form button.button-primary")
    officer.wait_for_url("**/stalls/*/")
    return officer.url


def shown_address(officer, base, stall):
    """What the picture says: the address with the code that stands under it."""
    officer.goto(f"{stall}code/")
    assert officer.locator(".stall-picture svg").is_visible()
    assert overflow(officer) <= 0
    return f"{base}/joining/s/{officer.inner_text('.stall-text').replace('-', '')}/"


def apply(phone, address, serial, name):
    phone.goto(address)
    phone.fill("input[name=phone]", invented_phone(serial))
    phone.click("main form button")
    phone.fill("input[name=code]", CODE)
    phone.click("main form button")
    phone.wait_for_url("**/joining/who/")
    phone.fill("input[name=name]", name)
    phone.fill("input[name=id_number]", invented_resident_id(serial, date(1994, 7, 8), "male"))
    phone.click("main form button")
    phone.check("input[value=courier]")
    phone.click("main form button")
    phone.check("input[name=consent]")
    phone.click("main form button >> text=提交申请")
    phone.wait_for_selector(".receipt")
    assert overflow(phone) <= 0


def test_two_phones_from_the_code_to_the_card_in_few_screens(demo, open_page):
    worker, officer = open_page(390, 844, touch=True, is_mobile=True), open_page(390, 844)
    to_the_desk(officer, demo.url, "stall")
    stall = opened(officer, demo.url, "试验路口东")
    seen_by_officer, seen_by_worker = screens(officer), screens(worker)
    address = shown_address(officer, demo.url, stall)
    began = time.monotonic()
    apply(worker, address, 9501, "吴现场")
    officer.goto(stall)
    assert overflow(officer) <= 0
    officer.click("button:has-text('全部通过')")
    officer.wait_for_selector("text=1 人入会成功")
    worker.wait_for_url("**/card/")
    worker.wait_for_selector(".member-card")
    assert "回龙观街道总工会" in worker.inner_text("main")
    assert time.monotonic() - began < 60
    assert len(seen_by_worker) <= SCREENS_OF_THE_WORKER, seen_by_worker
    assert len(seen_by_officer) <= SCREENS_OF_THE_OFFICER, seen_by_officer


def test_who_comes_appears_by_itself_and_ticks_are_kept_until_they_are_used(demo, open_page):
    officer = open_page(390, 844)
    to_the_desk(officer, demo.url, "stall")
    stall = opened(officer, demo.url, "试验路口西")
    address = shown_address(officer, demo.url, stall)
    officer.goto(stall)
    apply(open_page(390, 844), address, 9502, "郑先到")
    officer.wait_for_selector("text=郑先到")
    officer.check(".arrival input")
    apply(open_page(390, 844), address, 9503, "王后到")
    officer.wait_for_selector("text=王后到")
    assert officer.locator(".arrival input:checked").count() == 1
    officer.click("button:has-text('通过勾选的人')")
    officer.wait_for_selector("text=1 人入会成功")
    assert "已通过" in officer.inner_text(".arrival:has-text('郑先到')")
    assert "审核中" in officer.inner_text(".arrival:has-text('王后到')")


def test_without_script_the_code_is_typed_and_pages_are_reloaded(demo, open_page):
    worker, officer = open_page(360, 740, script=False), open_page(360, 740, script=False)
    to_the_desk(officer, demo.url, "stall")
    stall = opened(officer, demo.url, "试验路口南")
    shown_address(officer, demo.url, stall)
    text = officer.inner_text(".stall-text")
    worker.goto(f"{demo.url}/joining/s/")
    worker.fill("input[name=code]", text)
    worker.click("main form button")
    apply(worker, worker.url, 9504, "冯无脚本")
    officer.goto(stall)
    officer.check(".arrival input")
    officer.click("button:has-text('通过勾选的人')")
    worker.goto(f"{demo.url}/card/")
    assert re.search(r"HY\d{4}-\d{7}-\d", worker.inner_text("main"))
    officer.goto(f"{stall}end_stall/")
    officer.fill("input[name=attended]", "9")
    officer.click("main form button.button-primary")
    worker.watch.allow.append("410")
    worker.goto(f"{demo.url}/joining/s/{text.replace('-', '')}/")
    assert "已经结束" in worker.inner_text("main")
