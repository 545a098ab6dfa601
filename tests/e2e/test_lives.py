"""What befalls a membership, in a real browser: a transfer nobody answers in time, and an ordinary one back."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pyotp
import pytest

from niangjia.kernel.clock import SHANGHAI
from niangjia.platform.testing.browser import demonstration, overflow
from niangjia.shells.demo.accounts import CODE, SIGN_INS
from tests.e2e.test_story import STAFF

pytestmark = pytest.mark.browser
MEMBER = next(entry for entry in SIGN_INS if entry.role == "member")
STREET = "回龙观街道总工会"
LET_PASS = "from niangjia.services.joining.transfers import jobs; print(jobs.let_pass(None))"


class City:
    """A demonstration of its own, whose clock stands still until it is moved."""

    def __init__(self, folder):
        self.file, self.moment = folder / "clock", datetime.now(SHANGHAI).replace(hour=10, minute=0)
        self.move()
        self.demo = None

    def move(self, **by):
        self.moment += timedelta(**by)
        self.file.write_text(self.moment.isoformat())

    @property
    def url(self):
        return self.demo.url


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lives")
    found = City(folder)
    for demo in demonstration(folder, NIANGJIA_CLOCK=f"file:{found.file}"):
        found.demo = demo
        yield found


def on_the_phone(phone, city, page):
    phone.goto(f"{city.url}{page}")
    if phone.locator("input[name=phone]").count():
        phone.fill("input[name=phone]", MEMBER.sign_in)
        phone.click("main form button")
        phone.fill("input[name=code]", CODE)
        phone.click("main form button")
        phone.wait_for_url(f"{city.url}{page}*")


def at_the_desk(open_page, city, name):
    desk = open_page(1440, 900)
    desk.goto(f"{city.url}/console/")
    desk.fill("input[name=name]", name)
    desk.fill("input[name=password]", STAFF[name].password)
    desk.click("main form button")
    desk.wait_for_url("**/console/second-factor/*")
    desk.fill("main form input[inputmode=numeric]", pyotp.TOTP(STAFF[name].totp_secret).at(city.moment))
    desk.click("main form button")
    desk.wait_for_url(re.compile(f"{city.url}/console/$"))
    return desk


def ask_for(phone, city, words, union):
    on_the_phone(phone, city, "/joining/transfers/")
    phone.click("text=换了单位，转会籍")
    phone.fill("#q", words)
    phone.click("main form[role=search] button")
    phone.check(f"label:has-text('{union}') input")
    phone.click("text=申请接转")
    phone.wait_for_url("**/joining/transfers/*/")
    assert overflow(phone) <= 0
    return phone.url.removeprefix(city.url)


def does(desk, city, page, label):
    desk.goto(f"{city.url}/console{page}")
    desk.click(f"main a.button:has-text('{label}')")
    desk.click("main form button")
    desk.wait_for_url(f"**{page}")


def test_a_silent_union_is_answered_for_by_the_one_above_and_the_way_back_is_ordinary(city, open_page):
    phone = open_page(390, 844, touch=True, is_mobile=True)
    page = ask_for(phone, city, "回龙观", STREET)
    assert "待原工会转出" in phone.inner_text("main")
    city.move(days=21)
    assert "'raised': " in city.demo.run("manage", "shell", "-c", LET_PASS)
    on_the_phone(phone, city, page)
    assert "待上级工会转出" in phone.inner_text("main")
    assert "转上级工会办理" in phone.inner_text("main")
    street = at_the_desk(open_page, city, "officer")
    does(street, city, page, "同意转出")
    does(street, city, page, "接收")
    on_the_phone(phone, city, page)
    assert "转好了" in phone.inner_text("main")
    assert STREET in phone.inner_text("main")

    back = ask_for(phone, city, "芒种田餐饮", "芒种田餐饮管理有限公司工会")
    does(street, city, back, "同意转出")
    does(at_the_desk(open_page, city, "grassroots"), city, back, "接收")
    on_the_phone(phone, city, "/joining/transfers/")
    assert "芒种田餐饮管理有限公司工会" in phone.inner_text("main .card >> nth=0")
    assert phone.locator("main .card >> nth=0 >> li").count() >= 3, "every stay is told"
    assert overflow(phone) <= 0
