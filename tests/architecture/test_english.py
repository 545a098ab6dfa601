"""In English no page shows Chinese outside what people and unions wrote themselves."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.platform.testing.clients import member_client, staff_client
from niangjia.services.joining import actions, testing

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]  # no other database changes a word
CHINESE = re.compile("[\u4e00-\u9fff]+")
UNSEEN = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1>", re.DOTALL)
OWN_NAME = ("中文",)
"""The switch names the other language in itself."""

PORTAL = (
    "/", "/services/", "/card/", "/mine/", "/mine/progress/", "/mine/looks/", "/mine/notices/", "/mine/devices/",
    "/mine/email/", "/joining/",
)  # fmt: skip
CONSOLE = (
    "/console/", "/console/?tab=below", "/console/?tab=done", "/console/joining/", "/console/joining/?tab=all",
    "/console/people/", "/console/unions/", "/console/notices/", "/console/report/", "/console/search/?q=张试",
)  # fmt: skip


@pytest.fixture
def world(db, clock):
    tree = unions.small_tree()
    officer = unions.an_officer([(tree["EAST-1"], Role.UNION_OFFICER)])
    waiting, newcomer = testing.application(1, tree["EAST-1"], employer_name="百味外卖")
    asked, supplier = testing.application(2, tree["EAST-1"])
    actions.ask_more(public_id=asked.public_id, reason="请补充单位", actor=officer)
    joined, member = testing.application(3, tree["EAST-1"])
    actions.approve(public_id=joined.public_id, actor=officer)
    written = {"张试", "张", "百味外卖", "请补充单位"} | {union.name for union in tree.values()}
    return {
        "officer": officer, "member": member, "newcomer": newcomer, "supplier": supplier, "written": written,
        "waiting": waiting, "asked": asked, "joined": joined,
    }  # fmt: skip


def leftovers(client: Client, address: str, written: set[str]) -> set[str]:
    """Chinese on a page that nobody wrote."""
    client.cookies["niangjia_language"] = "en"
    answer = client.get(address, follow=True)
    assert answer.status_code in (200, 404), address
    text = html.unescape(UNSEEN.sub("", answer.text))
    for known in sorted({*written, *OWN_NAME}, key=len, reverse=True):
        text = text.replace(known, "")
    return set(CHINESE.findall(text))


@pytest.mark.parametrize("address", PORTAL)
@pytest.mark.parametrize("who", ["newcomer", "supplier", "member", "stranger"])
def test_the_portal_speaks_english(world, who, address):
    client = Client() if who == "stranger" else member_client(world[who])
    assert leftovers(client, address, world["written"]) == set()


@pytest.mark.parametrize("page", ["who/", "work/", "{waiting}/", "{waiting}/withdraw/", "{asked}/", "{asked}/supply/"])
def test_joining_speaks_english(world, page):
    who = "supplier" if "asked" in page else "newcomer"
    address = page.format(waiting=world["waiting"].public_id, asked=world["asked"].public_id)
    assert leftovers(member_client(world[who]), f"/joining/{address}", world["written"]) == set()


@pytest.mark.parametrize("address", CONSOLE)
def test_the_console_speaks_english(world, address):
    assert leftovers(staff_client(world["officer"]), address, world["written"]) == set()


@pytest.mark.parametrize("page", ["", "approve/", "refuse/", "ask_more/", "send_on/"])
def test_an_application_and_its_answers_speak_english(world, page):
    address = f"/console/joining/{world['waiting'].public_id}/{page}"
    assert leftovers(staff_client(world["officer"]), address, world["written"]) == set()


def test_a_person_and_a_missing_page_speak_english(world):
    client = staff_client(world["officer"])
    person = world["joined"].__class__.objects.get(pk=world["joined"].pk).person
    assert leftovers(client, f"/console/people/{person.public_id}/", world["written"]) == set()
    assert leftovers(client, "/console/nothing/", world["written"]) == set()


def test_the_crawl_finds_chinese_on_a_chinese_page(world):
    client = member_client(world["member"])
    client.get("/")
    client.cookies["niangjia_language"] = "zh-hans"
    assert CHINESE.search(client.get("/").text)
