"""The story in a real browser: a courier joins on a phone, a street approves at its desk, the report card counts it."""

from __future__ import annotations

import re
from datetime import date

import pyotp
import pytest

from niangjia.kernel.identifiers import invented_phone, invented_resident_id
from niangjia.shells.demo.accounts import CODE, SIGN_INS

pytestmark = pytest.mark.browser
STAFF = {entry.sign_in: entry for entry in SIGN_INS if entry.is_staff}
STREET = "110114011"


def sign_in(page, base, phone, then="/joining/"):
    page.goto(f"{base}{then}")
    page.fill("input[name=phone]", phone)
    page.click("main form button")
    page.fill("input[name=code]", CODE)
    page.click("main form button")
    page.wait_for_url(f"{base}{then}*")


def fill_and_send(page, *, name, serial):
    page.click("text=开始填写")
    page.fill("input[name=name]", name)
    page.fill("input[name=id_number]", invented_resident_id(serial, date(1994, 7, 8), "male"))
    page.click("main form button")
    page.check("input[value=courier]")
    page.select_option("select[name=street]", STREET)
    page.click("main form button")
    page.check("input[name=consent]")
    page.click("main form button >> text=提交申请")
    page.wait_for_selector(".receipt")
    return page.inner_text(".receipt-number strong")


SIGNED_IN: dict[str, list] = {}
"""Cookies by name: an authenticator's code is good for one sign-in only, and a new one comes after 30 seconds."""


def to_the_desk(page, base, name="officer"):
    if name in SIGNED_IN:
        page.context.add_cookies(SIGNED_IN[name])
        page.goto(f"{base}/console/")
        return
    page.goto(f"{base}/console/")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", STAFF[name].password)
    page.click("main form button")
    page.wait_for_url(f"{base}/console/second-factor/*")
    page.fill("main form input[inputmode=numeric]", pyotp.TOTP(STAFF[name].totp_secret).now())
    page.click("main form button")
    page.wait_for_url(re.compile(f"{base}/console/$"))
    SIGNED_IN[name] = page.context.cookies()


def find(desk, base, number):
    desk.goto(f"{base}/console/joining/?tab=all&q={number}")
    desk.click(f"a:has-text('{number}')")


def joined(desk, base):
    """The figure of this year's joins on the street's report card."""
    desk.goto(f"{base}/console/report/")
    return int(desk.inner_text("tr:has-text('发展会员') td >> nth=0").replace(",", ""))


def test_a_courier_joins_and_the_report_card_counts_it(demo, phone, desk):
    to_the_desk(desk, demo.url)
    before = joined(desk, demo.url)

    sign_in(phone, demo.url, invented_phone(91))
    number = fill_and_send(phone, name="赵试骑", serial=91)
    assert re.fullmatch(r"RH\d{4}-\d{7}-\d", number)
    assert "回龙观街道总工会" in phone.inner_text(".receipt")

    find(desk, demo.url, number)
    desk.click("a:has-text('请申请人补充')")
    desk.fill("textarea[name=reason]", "请核对您的职业类别")
    desk.click("main form button")

    phone.reload()
    assert "请核对您的职业类别" in phone.inner_text("main")
    phone.click("text=去补充")
    phone.check("input[value=delivery_rider]")
    phone.fill("textarea[name=note]", "我送外卖")
    phone.click("main form button")
    phone.wait_for_url("**/joining/*/")
    assert "申请人补充" in phone.inner_text("main")

    find(desk, demo.url, number)
    assert "我送外卖" in desk.inner_text("main")
    desk.click("main a.button:has-text('通过') >> nth=0")
    desk.click("main form button")

    phone.goto(f"{demo.url}/card/")
    assert re.search(r"HY\d{4}-\d{7}-\d", phone.inner_text("main"))
    phone.goto(f"{demo.url}/mine/looks/")
    assert "回龙观街道总工会" in phone.inner_text("main")
    assert joined(desk, demo.url) == before + 1


def test_what_is_wrong_is_said_beside_the_field_and_a_second_application_leads_to_the_first(demo, phone):
    phone.watch.allow.append("422")
    sign_in(phone, demo.url, invented_phone(92))
    phone.click("text=开始填写")
    phone.fill("input[name=name]", "钱试")
    phone.fill("input[name=id_number]", "110101199001011234")
    phone.click("main form button")
    assert "证件号码有误" in phone.inner_text("#id_id_number_field")
    assert phone.input_value("input[name=name]") == "钱试"
    phone.goto(f"{demo.url}/joining/")
    number = fill_and_send(phone, name="钱试", serial=92)
    phone.goto(f"{demo.url}/joining/")
    assert number in phone.inner_text("main")


def test_many_are_approved_at_once_and_the_one_in_doubt_is_named(demo, desk):
    to_the_desk(desk, demo.url)
    desk.goto(f"{demo.url}/console/joining/")
    doubtful = desk.locator("tbody tr", has_text="需核对").first
    number = doubtful.locator("a").first.inner_text()
    doubtful.locator("input[type=checkbox]").check()
    desk.locator("tbody tr input[type=checkbox]").first.check()
    desk.click("button:has-text('通过勾选的申请')")
    assert number in desk.inner_text("main")
    assert "登记在别处" in desk.inner_text("main")


def test_the_employers_agent_finds_no_application(demo, desk):
    desk.watch.allow.append("403")
    to_the_desk(desk, demo.url, "employer")
    assert desk.goto(f"{demo.url}/console/joining/?tab=all").status in (200, 403, 404)
    assert not re.search(r"RH\d{4}-\d{7}", desk.inner_text("body"))


def test_staff_find_people_by_name_phone_and_number(demo, desk):
    to_the_desk(desk, demo.url)
    desk.goto(f"{demo.url}/console/people/")
    name = desk.inner_text("tbody tr a >> nth=0").strip()
    desk.fill("#bar-q", name)
    desk.press("#bar-q", "Enter")
    desk.wait_for_load_state()
    assert name in desk.inner_text("main")
    desk.click(f"main a:has-text('{name}') >> nth=0")
    assert "********" in desk.inner_text("main") or "****" in desk.inner_text("main")


def test_the_interface_switches_to_english_and_back(demo, phone, desk):
    phone.goto(demo.url)
    phone.click("text=English")
    assert phone.get_attribute("html", "lang") == "en"
    assert "Join" in phone.inner_text("main")
    phone.click("text=中文")
    assert "加入工会" in phone.inner_text("main")


def test_the_story_works_without_script(demo, open_page):
    page = open_page(390, 844, script=False)
    sign_in(page, demo.url, invented_phone(93))
    number = fill_and_send(page, name="孙试", serial=93)
    assert number.startswith("RH")
