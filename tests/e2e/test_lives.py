"""What befalls members, in a real browser: a transfer nobody answers in time and an ordinary one back; two entries of
one human being, which become one and two again."""

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
        self.file, self.moment = folder / "clock", datetime.now(SHANGHAI)
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


def _found_as_a_double(officer, city):
    """The officer calls the first likely double the same human being; the name that the queue shows, masked."""
    officer.goto(f"{city.url}/console/joining/likenesses/?verdict=open")
    name = officer.inner_text("main tbody tr >> nth=0 >> a")
    officer.click("main tbody tr >> nth=0 >> a")
    assert "出生日期相同、姓名相同、性别相同" in officer.inner_text("main")
    officer.check("input[value=same]")
    officer.fill("[name=reason]", "本人到场，两张证件当面核对")
    officer.click("main form button >> text=记下判断")
    officer.wait_for_url("**/console/joining/likenesses/")
    return name


def _proposed(officer, city, name):
    """The address of the merge that the officer proposes after having read its plan."""
    officer.goto(f"{city.url}/console/merges/")
    officer.click(f"main .link-list a:has-text('{name}') >> nth=0")
    officer.wait_for_url("**/console/merges/new/**")
    plan = officer.inner_text("main")
    assert "合并时会做什么" in plan
    assert "作为重复会籍停用，会员数减一" in plan
    officer.fill("[name=reason]", "本人到场，两张证件当面核对")
    officer.click("main form button >> text=提出，请同事复核")
    officer.wait_for_url(re.compile(r"/console/merges/(?!new)\w+/$"))
    return officer.url


def test_two_entries_become_one_by_two_hands_and_two_again_by_the_page_of_undoing(city, open_page):
    officer, chair = at_the_desk(open_page, city, "officer"), at_the_desk(open_page, city, "chair")
    merge = _proposed(officer, city, _found_as_a_double(officer, city))
    officer.click("main a:has-text('打开并入的登记')")
    officer.wait_for_url("**/console/people/*/")
    other, number = officer.url, re.search(r"HY[\d-]+", officer.inner_text("main tbody tr >> nth=0")).group()
    chair.goto(merge)
    chair.click("main a.button:has-text('同意，马上合并')")
    assert "合并时会做什么" in chair.inner_text("main"), "the plan is read once more by whoever approves"
    chair.click("main form button")
    chair.wait_for_url(merge)
    assert overflow(chair) <= 0

    officer.goto(other)
    assert officer.url != other, "the entry that went leads to the one that stays"
    assert re.search(f"{number}.*重复会籍，已合并", officer.inner_text("main"), re.DOTALL)
    chair.watch.allow.append("422")
    chair.click("main a.button:has-text('撤销合并')")
    chair.click("main form button")
    assert chair.locator("main .error-summary").is_visible(), "the reason is missing"
    chair.fill("[name=reason]", "误并，不是同一个人")
    chair.click("main form button")
    chair.wait_for_url(merge)
    assert "合并已撤销" in chair.inner_text("main")
    officer.goto(other)
    assert officer.url == other
    assert "在籍" in officer.inner_text("main tbody tr >> nth=0")


def test_a_silent_union_is_answered_for_by_the_one_above_and_the_way_back_is_ordinary(city, open_page):
    city.move(minutes=2)
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
