import pytest
from django.test import Client

from niangjia.platform.testing.browser import overflow

pytestmark = [pytest.mark.django_db, pytest.mark.urls("niangjia.platform.web.tests.gallery.urls")]
SAMPLES = ["/member/", "/form/", "/console/staff/"]


@pytest.mark.parametrize("address", SAMPLES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_part_draws_in_both_languages(address: str, language: str) -> None:
    client = Client()
    client.cookies["niangjia_language"] = language
    answer = client.get(address)
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.content.decode()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", SAMPLES)
@pytest.mark.parametrize("width", [360, 390, 820, 1440])
@pytest.mark.parametrize("large", [False, True])
def test_nothing_overflows_and_targets_are_large_enough(open_page, live_server, address, width, large) -> None:
    page = open_page(width, 800)
    page.context.add_cookies(
        [{"name": "niangjia_type", "value": "large" if large else "normal", "url": live_server.url}]
    )
    page.goto(live_server.url + address)
    assert overflow(page) <= 0
    if "console" not in address:
        small = page.evaluate(
            "[...document.querySelectorAll('.button, .tool button, .bottom a, .row, .need, .tile')]"
            ".filter(e => e.offsetHeight && e.offsetHeight < 44).map(e => e.className)"
        )
        assert small == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_keyboard_moves_opens_and_explains(desk, live_server) -> None:
    desk.goto(live_server.url + "/console/staff/")
    desk.locator("h1").click()
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    assert desk.locator("[data-line]").nth(1).get_attribute("class") == "is-here"
    desk.keyboard.press("x")
    assert desk.locator("[data-line] input").nth(1).is_checked()
    desk.keyboard.press("k")
    assert desk.locator("[data-line]").nth(0).get_attribute("class") == "is-here"
    desk.keyboard.press("?")
    assert desk.locator("dialog").is_visible()
    desk.keyboard.press("Escape")
    desk.keyboard.press("/")
    assert desk.evaluate("document.activeElement.id") == "bar-q"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_large_type_switches_at_once_and_stays(phone, live_server) -> None:
    phone.goto(live_server.url + "/member/")
    phone.get_by_role("button", name="大字").first.click()
    assert phone.locator("html").get_attribute("data-type") == "large"
    phone.wait_for_function("document.cookie.includes('niangjia_type=large')")
    phone.reload()
    assert phone.locator("html").get_attribute("data-type") == "large"
    assert phone.get_by_role("button", name="标准字").first.is_visible()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_switches_and_menus_work_without_script(open_page, live_server) -> None:
    page = open_page(390, 800, script=False)
    page.goto(live_server.url + "/member/")
    page.get_by_role("button", name="大字").first.click()
    assert page.url.endswith("/member/")
    assert page.locator("html").get_attribute("data-type") == "large"
    page.goto(live_server.url + "/console/staff/")
    page.get_by_label("打开菜单").click()
    assert page.locator(".side").is_visible()
    page.get_by_label("关闭菜单").click()
    assert not page.locator(".side").is_visible()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_chart_is_drawn_under_the_strict_policy(desk, live_server) -> None:
    desk.goto(live_server.url + "/console/staff/")
    desk.locator(".chart canvas").first.wait_for()
