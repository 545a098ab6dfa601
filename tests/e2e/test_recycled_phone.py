"""A courier's phone number went to another human being: who has the phone now gets an account of their own, who had it
before finds theirs again from another phone, and the union decides about both at its desk."""

from __future__ import annotations

import re

import pytest

from niangjia.commons.people.corrections.testing import a_photo
from niangjia.kernel.identifiers import invented_phone
from niangjia.platform.testing.browser import overflow
from niangjia.shells.demo.accounts import CODE
from tests.e2e.test_lives import MEMBER, at_the_desk, city, on_the_phone
from tests.e2e.test_story import fill_and_send

__all__ = ["city"]

pytestmark = pytest.mark.browser
PAPER = a_photo()
PHOTO = {"name": PAPER.name, "mimeType": PAPER.content_type, "buffer": PAPER.read()}
HER_NEW_PHONE = invented_phone(97)
WHY = "双方材料看过，号码是运营商重新放出的"


def a_phone(open_page):
    return open_page(390, 844, touch=True, is_mobile=True)


def typed(phone, city, number):
    """Sign in by ``number``, wherever that leads."""
    phone.goto(f"{city.url}/sign-in/")
    phone.fill("input[name=phone]", number)
    phone.click("main form button")
    phone.fill("input[name=code]", CODE)
    phone.click("main form button")
    phone.wait_for_load_state()


def her(phone, city):
    """What the owner's pages say of her: name, ID number, number of membership."""
    on_the_phone(phone, city, "/mine/data/")
    phone.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    said = phone.inner_text("main")
    found = [
        re.search(pattern, said).group(1) for pattern in (r"姓名\s+(\S+)", r"证件号码\s+(\d{17}[\dX])", r"(HY[\d-]+)")
    ]
    assert overflow(phone) <= 0
    return found


def decided(desk, city, number, outcome):
    """The officer opens the dispute from the list and proposes what to do; its address."""
    desk.goto(f"{city.url}/console/disputes/")
    desk.click(f"main tbody a:has-text('{number}')")
    address = desk.url
    desk.click("main a.button:has-text('作出决定')")
    desk.check(f"label:has-text('{outcome}') input")
    desk.fill("[name=reason]", WHY)
    desk.click("main form button.button-primary")
    desk.wait_for_url(address)
    assert overflow(desk) <= 0
    return address


def agreed(desk, address):
    desk.goto(address)
    desk.click("main a.button:has-text('同意：')")
    desk.click("main form button")
    desk.wait_for_url(address)


def test_a_phone_with_a_new_holder_and_its_earlier_owner_who_comes_back(city, open_page):
    name, id_number, membership = her(a_phone(open_page), city)
    city.move(days=91)

    phone = a_phone(open_page)
    phone.watch.allow.append("422")
    typed(phone, city, MEMBER.sign_in)
    assert "账户是您的吗" in phone.inner_text("h1")
    for page in ("/", "/mine/", "/mine/data/", "/card/", "/joining/", "/sign-in/owner/"):
        phone.goto(city.url + page)
        assert page == "/" or phone.url.startswith(f"{city.url}/sign-in/owner/")
        assert not any(one in phone.content() for one in (name, id_number, id_number[-4:], membership, MEMBER.sign_in))
    assert overflow(phone) <= 0
    phone.fill("input[name=said]", "0000")
    phone.click("main form button >> text=是我的")
    assert phone.locator(".has-error input[name=said]").is_visible()

    phone.click("text=这不是我的账户")
    assert "给您开一个新账户" in phone.inner_text("main")
    assert overflow(phone) <= 0
    phone.click("main form button")
    assert phone.locator(".has-error input[name=name]").is_visible(), "a name is needed"
    phone.fill("input[name=name]", "吴新机")
    phone.fill("textarea[name=note]", "上个月在营业厅办的号")
    phone.click("main form button")
    phone.wait_for_url("**/mine/data/disputes/*/")
    assert "核实中" in phone.inner_text("main")
    about_phone = re.search(r"SS[\d-]+", phone.inner_text("main")).group()
    assert overflow(phone) <= 0
    phone.click("text=去首页看服务")
    assert "这个手机号还没有会籍" in phone.inner_text("main")
    phone.goto(f"{city.url}/mine/data/")
    assert not any(one in phone.content() for one in (name, id_number, membership))
    phone.goto(f"{city.url}/joining/")
    assert re.fullmatch(r"RH\d{4}-\d{7}-\d", fill_and_send(phone, name="吴新机", serial=96))

    back = a_phone(open_page)
    typed(back, city, HER_NEW_PHONE)
    back.goto(f"{city.url}/mine/data/")
    back.click("text=号码被占用")
    back.click("main nav a:has-text('证件号码')")
    back.fill("input[name=name]", name)
    back.fill("input[name=value]", id_number)
    back.set_input_files("input[type=file]", PHOTO)
    back.click("main form button")
    back.wait_for_url("**/mine/data/disputes/*/*")
    about_number = re.search(r"SS[\d-]+", back.inner_text("main")).group()
    assert overflow(back) <= 0

    officer, chair = at_the_desk(open_page, city, "officer"), at_the_desk(open_page, city, "chair")
    moved = decided(officer, city, about_phone, "手机号转给申请人")
    assert "用这个手机号登录后说不是自己的账户" in officer.inner_text("main")
    joined = decided(officer, city, about_number, "是同一个人")
    for address in (moved, joined):
        agreed(chair, address)

    phone.goto(f"{city.url}/mine/data/disputes/")
    phone.click(f"main a:has-text('{about_phone}')")
    assert "手机号已归您使用" in phone.inner_text("main")
    back.context.clear_cookies()
    city.move(minutes=2)
    typed(back, city, HER_NEW_PHONE)
    back.goto(f"{city.url}/card/")
    assert membership in back.inner_text("main"), "she is back in her own account, with her card"
