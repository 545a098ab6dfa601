"""A keeper's phone of 390 px reads the code of a member's card with its camera, hands out, and is told the second time.

Chromium's fake camera films the real code, drawn here frame by frame.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import segno

from niangjia.commons.people.cards import queries as cards
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.platform.testing.browser import FLAGS, PHONE, chromium_path, overflow
from niangjia.platform.testing.clients import staff_signs_in
from niangjia.services.offers import testing
from niangjia.services.offers.models import Reservation
from niangjia.services.offers.rush import catalogue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTH, HEIGHT = 640, 480


def film(texts: list[str], file: Path) -> Path:
    """A second of video, in the raw form that Chromium takes, of QR codes side by side on white paper."""
    light = bytearray([235]) * (WIDTH * HEIGHT)
    share = WIDTH // len(texts)
    for position, text in enumerate(texts):
        rows = [[bool(dark) for dark in row] for row in segno.make(text, error="m").matrix_iter(border=4)]
        size = min(share, HEIGHT) // len(rows)
        left, top = position * share + (share - size * len(rows)) // 2, (HEIGHT - size * len(rows)) // 2
        for number in range(size * len(rows)):
            row = rows[number // size]
            start = (top + number) * WIDTH + left
            light[start : start + size * len(row)] = b"".join(bytes([16 if dark else 235]) * size for dark in row)
    colour = bytes([128]) * (WIDTH * HEIGHT // 2)
    frame = b"FRAME\n" + bytes(light) + colour
    file.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 10)
    return file


@pytest.fixture
def counter(transactional_db):
    catalogue.forget()
    tree = unions.small_tree()
    keeper = unions.an_officer([(tree["EAST-1"], Role.SITE_KEEPER)], "keeper")
    member = testing.a_member(tree["EAST-1"], 1, name="欧阳文静")
    offer = testing.an_offer(tree["EAST"], sites=[testing.a_site(tree["EAST-1"])])
    return keeper, member, testing.reserve(offer, member)


@pytest.fixture
def with_a_camera(chromium, tmp_path):
    """Opens a page in a Chromium of its own whose camera films texts."""
    opened = []

    def open_page(*texts):
        flags = [
            *FLAGS, "--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={film(list(texts), tmp_path / 'film.y4m')}",
        ]  # fmt: skip
        browser = chromium.browser_type.launch(executable_path=chromium_path(), args=flags)
        opened.append(browser)
        width, height = PHONE
        return browser.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", permissions=["camera"]
        ).new_page()

    yield open_page
    for browser in opened:
        browser.close()


def test_a_code_is_scanned_confirmed_and_refused_the_second_time(live_server, counter, with_a_camera):
    keeper, member, made = counter
    page = with_a_camera(cards.fresh_code(cards.card_of(member.person_id)).text)
    staff_signs_in(page, live_server.url, keeper)
    page.goto(f"{live_server.url}/console/offers/counter/")
    page.click("button:has-text('打开摄像头扫码')")
    page.wait_for_selector("text=请核对本人", timeout=20_000)
    assert page.inner_text(".scan-name") == "欧***"
    assert page.inner_text(".scan-item") == "鸡蛋"
    page.click("button:has-text('确认领取')")
    page.wait_for_selector("text=已核销")
    assert Reservation.objects.get(pk=made.pk).state == "collected"
    assert overflow(page) <= 0
    page.reload()
    page.click("button:has-text('打开摄像头扫码')")
    page.wait_for_selector("text=已经领过", timeout=20_000)
    told = page.inner_text(".scan-card")
    assert made.site.name in told
    assert f"{Reservation.objects.get(pk=made.pk).collected_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}" in told
    assert overflow(page) <= 0


def test_two_codes_in_one_picture_are_not_chosen_between_f68(live_server, counter, with_a_camera):
    keeper, member, _made = counter
    card = cards.card_of(member.person_id)
    page = with_a_camera(cards.fresh_code(card).text, cards.fresh_code(card).text)
    staff_signs_in(page, live_server.url, keeper)
    page.goto(f"{live_server.url}/console/offers/counter/")
    page.click("button:has-text('打开摄像头扫码')")
    page.wait_for_selector("text=镜头里有两个二维码", timeout=20_000)
    assert page.get_attribute("#result .scan-card", "data-result") == "none"


def test_without_network_nothing_is_shown_as_done_and_the_same_try_goes_again_f67(live_server, counter, open_page):
    keeper, _member, made = counter
    page = open_page(390, 844)
    page.watch.allow += ["ERR_INTERNET_DISCONNECTED", "htmx:"]
    staff_signs_in(page, live_server.url, keeper)
    page.goto(f"{live_server.url}/console/offers/counter/")
    page.fill("#scan-text", made.number)
    page.click("button:has-text('查找')")
    page.wait_for_selector("[data-result=found]")
    tried = page.get_attribute("[data-confirm] input[name=nonce]", "value")
    page.context.set_offline(True)
    page.click("button:has-text('确认领取')")
    page.wait_for_selector("[data-result=unknown]")
    assert "请不要当作已核销" in page.inner_text("[data-result=unknown]")
    assert not page.query_selector("[data-result=done]")
    assert Reservation.objects.get(pk=made.pk).state == "reserved"
    page.context.set_offline(False)
    page.click("button:has-text('再试一次')")
    page.wait_for_selector("[data-result=done]")
    assert Reservation.objects.get(pk=made.pk).collect_nonce == tried
    page.click("text=下一位")
    page.context.set_offline(True)
    page.fill("#scan-text", made.number)
    page.click("button:has-text('查找')")
    page.wait_for_selector("text=没有核销任何东西")


def test_typing_needs_no_script(live_server, counter, open_page):
    keeper, _member, made = counter
    page = open_page(360, 780, script=False)
    page.watch.allow.append("422")
    staff_signs_in(page, live_server.url, keeper)
    page.goto(f"{live_server.url}/console/offers/counter/")
    page.fill("#scan-text", made.number)
    page.click("button:has-text('查找')")
    assert "带照片的证件" in page.inner_text(".scan-card")
    page.click("button:has-text('确认领取')")
    assert page.inner_text(".scan-card h2") == "已核销"
    page.click("text=日结单")
    page.click("button:has-text('开始日结')")
    page.fill("input[name^=delivered]", "两箱")
    page.click("button:has-text('保存数字')")
    assert "1,000,000" in page.inner_text("main")
    assert page.input_value("input[name^=delivered]") == "两箱"
