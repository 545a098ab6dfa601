"""The pages that browser tests get notice what goes wrong on them."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from niangjia.platform.testing.browser import Watch

pytestmark = pytest.mark.browser

PAGES = {
    "/": "<!doctype html><meta name=viewport content=width=device-width><title>好</title>"
    "<h1>你好</h1><script src='/good.js'></script><noscript>没有脚本</noscript>",
    "/good.js": "document.querySelector('h1').textContent = '脚本'",
    "/broken": "<!doctype html><title>x</title><script>undefinedFunction()</script>",
    "/foreign": "<!doctype html><title>x</title><img src='http://203.0.113.5/pixel.png' alt=''>",
    "/missing": "<!doctype html><title>x</title><link rel='stylesheet' href='/no.css'>",
}


@pytest.fixture
def site():
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            body = PAGES.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header(
                "Content-Type", "text/javascript" if self.path.endswith(".js") else "text/html; charset=utf-8"
            )
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *about):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_phone_and_a_desk_have_their_sizes(phone, desk, site):
    phone.goto(f"{site}/")
    desk.goto(f"{site}/")
    assert phone.evaluate("[innerWidth, devicePixelRatio, navigator.maxTouchPoints > 0]") == [390, 2, True]
    assert desk.evaluate("[innerWidth, innerHeight]") == [1440, 900]
    assert phone.evaluate("navigator.language") == "zh-CN"
    assert desk.inner_text("h1") == "脚本"


def test_a_page_without_script_is_one(open_page, site):
    page = open_page(390, 844, script=False)
    page.goto(f"{site}/")
    assert page.inner_text("h1") == "你好"
    assert page.inner_text("noscript") == "没有脚本"


@pytest.mark.parametrize(
    ("path", "word"), [("/broken", "undefinedFunction"), ("/foreign", "asked another host"), ("/missing", "404")]
)
def test_what_goes_wrong_on_a_page_is_noticed(open_page, site, path, word):
    page = open_page(390, 844)
    page.goto(f"{site}{path}", wait_until="networkidle")
    assert any(word in text for text in page.watch.unexpected)
    page.watch.complaints.clear()


def test_what_is_expected_is_no_complaint():
    watch = Watch(allow=["404"], complaints=["console: 404 (Not Found)", "script: broken"])
    assert watch.unexpected == ["script: broken"]


def test_chinese_is_drawn_with_chinese_letters(desk, site):
    """Boxes instead of letters would all be equally wide and high, and so give the same picture."""
    desk.goto(f"{site}/")
    pictures = set()
    for letter in "工会娘家":
        desk.evaluate(f"document.querySelector('h1').textContent = '{letter}'")
        pictures.add(desk.locator("h1").screenshot())
    assert len(pictures) == 4
