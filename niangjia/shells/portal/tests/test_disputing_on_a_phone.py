"""Disputes and guardianships in a browser: every page fits a narrow phone and a desk, with long names and errors."""

from __future__ import annotations

import pytest

from niangjia.commons.people.corrections.testing import a_known_member
from niangjia.commons.people.disputes import actions
from niangjia.commons.people.disputes.testing import about_number, about_phone
from niangjia.commons.people.guardians.testing import an_application, in_force
from niangjia.commons.people.testing import signed_in
from niangjia.commons.unions import testing as unions
from niangjia.kernel.identifiers import invented_phone
from niangjia.platform.testing.browser import overflow
from niangjia.platform.testing.clients import member_signs_in, staff_signs_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = "阿卜杜热西提·麦麦提吐尔逊江·努尔买买提"


@pytest.fixture
def scene(transactional_db, settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }
    tree = unions.small_tree()
    officer = unions.an_officer([(tree["EAST"], "union_officer")], "district")
    return a_known_member(tree["EAST-1"], 5201, LONG), a_known_member(tree["EAST-2"], 5202, LONG), officer


def fits(page, live_server, address):
    page.goto(live_server.url + address)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert overflow(page) <= 0, address


def test_every_page_fits_both_sides_on_360_pixels(scene, open_page, live_server):
    asker, holder, officer = scene
    phone = about_phone(asker, invented_phone(5202), note="换号三年了")
    number = about_number(asker, str(holder.id_number))
    actions.answer(public_id=phone.public_id, answer="mine", note="一直在用", actor=signed_in(holder))
    guarded, asked = in_force(asker, officer, 5203, name=LONG), an_application(asker, 5204, name=LONG)
    for person, addresses in (
        (asker, ("", "new/phone/", "new/number/", f"{phone.public_id}/", f"{phone.public_id}/withdraw/")),
        (holder, ("", f"{number.public_id}/", f"{number.public_id}/answer/", f"{phone.public_id}/")),
    ):
        page = open_page(360, 780, touch=True, is_mobile=True)
        member_signs_in(page, live_server.url, person)
        for address in addresses:
            fits(page, live_server, f"/mine/data/disputes/{address}")
    page = open_page(360, 780, touch=True, is_mobile=True)
    member_signs_in(page, live_server.url, asker)
    for address in ("", "new/", f"{asked.public_id}/", f"{guarded.public_id}/", f"{guarded.public_id}/end/"):
        fits(page, live_server, f"/mine/data/guardians/{address}")
    fits(page, live_server, f"/mine/data/child/{guarded.ward.public_id}/")
    for kind in ("phone", "number"):
        fits(page, live_server, f"/mine/data/disputes/new/{kind}/?ward={guarded.ward.public_id}")
    page.watch.allow.append("422")
    page.goto(f"{live_server.url}/mine/data/guardians/new/")
    page.locator("main nav a").first.click()
    page.locator("form[data-once] button").click()
    assert page.locator(".error-summary li").count() >= 4
    assert overflow(page) <= 0


@pytest.mark.parametrize("width", [390, 1440])
def test_the_desk_sees_both_sides(scene, open_page, live_server, width):
    asker, holder, officer = scene
    made = about_number(asker, str(holder.id_number), note="这是我的证件号码，名单里登记错了人")
    actions.answer(public_id=made.public_id, answer="same", actor=signed_in(holder))
    asked = an_application(asker, 5204, name=LONG)
    page = open_page(width, 900)
    staff_signs_in(page, live_server.url, officer)
    for address in (
        "disputes/", f"disputes/{made.public_id}/", f"disputes/{made.public_id}/decide/", "guardians/",
        f"guardians/{asked.public_id}/",
    ):  # fmt: skip
        fits(page, live_server, f"/console/{address}")
