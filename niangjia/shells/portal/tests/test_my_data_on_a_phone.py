"""我的信息 in a browser: every page fits a narrow phone and works without script."""

from __future__ import annotations

import pytest

from niangjia.commons.people.corrections import actions
from niangjia.commons.people.corrections.testing import a_known_member
from niangjia.commons.people.testing import SYSTEM, signed_in
from niangjia.commons.unions.testing import small_tree
from niangjia.platform.personal_data import consents
from niangjia.platform.testing.browser import overflow
from niangjia.platform.testing.clients import member_signs_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = (
    "/mine/data/", "/mine/data/correct/", "/mine/data/correct/name/", "/mine/data/correct/phone/", "/mine/data/copies/",
    "/mine/data/consents/", "/mine/data/close/", "/mine/prove/?next=/mine/data/close/",
)  # fmt: skip


@pytest.fixture
def zhang(transactional_db):
    person = a_known_member(small_tree()["EAST-1"], 4100)
    consents.publish("health", "2026-1", {"zh-hans": "体检结果只给您本人看。"})
    consents.give("health", "2026-1", subject_key=person.public_id, actor=signed_in(person))
    return person


def test_every_page_fits_360_pixels_with_everything_opened(zhang, open_page, live_server):
    made = actions.request(kind="employer", wished="东城速运配送站", actor=signed_in(zhang))
    actions.ask_more(public_id=made.public_id, reason="请写单位全称", actor=SYSTEM)
    own = f"/mine/data/corrections/{made.public_id}/"
    page = open_page(360, 780, touch=True, is_mobile=True)
    member_signs_in(page, live_server.url, zhang)
    for address in (*PAGES, own, f"{own}supply/"):
        page.goto(live_server.url + address)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert overflow(page) <= 0, address


def test_without_script_a_category_is_asked_for(zhang, open_page, live_server):
    page = open_page(390, 844, script=False)
    member_signs_in(page, live_server.url, zhang)
    page.goto(f"{live_server.url}/mine/data/")
    page.click("text=更正信息")
    page.click("text=职业类别")
    page.select_option("select[name=wished]", "truck_driver")
    page.click("main button.button-primary")
    assert "我们会核对" in page.content()
