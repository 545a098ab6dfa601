"""Browser tests in the Chromium of the machine, against a live server or a whole demonstration.

``phone`` and ``desk`` are pages of the two sizes that the design is made for. At the end of a test they fail it when
the page logged an error, broke the content policy or asked any other host for anything.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from niangjia.kernel import clock
from niangjia.kernel.processes import end_group, free_port, tied_to_parent
from niangjia.platform.testing import cities

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

OWN_HOSTS = frozenset({"127.0.0.1", "localhost"})
FLAGS = (
    f"--host-resolver-rules=MAP * ~NOTFOUND{''.join(f', EXCLUDE {host}' for host in sorted(OWN_HOSTS))}",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
)
PHONE = (390, 844)
DESK = (1440, 900)
READY_SECONDS = 180


def chromium_path() -> str:
    """Where this machine's Chromium is; raises RuntimeError with what to install."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise RuntimeError("Chromium is not installed: apt-get install chromium fonts-noto-cjk")


def launch(*extra: str) -> Iterator[Browser]:
    """Start a headless Chromium with an empty profile; ``extra`` are more flags, such as a fake camera's."""
    from playwright.sync_api import sync_playwright

    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*FLAGS, *root, *extra])
        yield browser
        browser.close()


@dataclass
class Watch:
    """What went wrong on a page while a test looked elsewhere. ``allow`` holds parts of messages that are expected."""

    allow: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def on_console(self, message: ConsoleMessage) -> None:
        url = message.location.get("url", "")
        if message.type == "error" and not url.endswith("/favicon.ico"):  # which a browser asks for by itself
            self.complaints.append(f"console: {message.text} ({url})")

    def on_error(self, error: Exception) -> None:
        self.complaints.append(f"script: {error}")

    def on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in OWN_HOSTS:
            self.complaints.append(f"asked another host: {request.url}")

    @property
    def unexpected(self) -> list[str]:
        return [text for text in self.complaints if not any(part in text for part in self.allow)]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for the whole run."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    yield from launch()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


OpenPage = Callable[..., "Page"]


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """Open pages of any size, each in a browser context of its own: ``open_page(width, height, script=True)``.

    ``page.watch.allow.append("404")`` tells the watch what is expected.
    """
    opened: list[tuple[Page, Watch]] = []

    def make(width: int, height: int, *, script: bool = True, touch: bool = False, **context: Any) -> Page:
        size = {"width": width, "height": height}
        options = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "has_touch": touch, **context}
        page = chromium.new_context(viewport=size, java_script_enabled=script, **options).new_page()  # type: ignore[arg-type]
        watch = Watch()
        page.on("console", watch.on_console)
        page.on("pageerror", watch.on_error)
        page.on("request", watch.on_request)
        page.set_default_timeout(15_000)
        page.watch = watch  # type: ignore[attr-defined]
        opened.append((page, watch))
        return page

    yield make
    for page, _watch in opened:
        page.context.close()
    complaints = [complaint for _page, watch in opened for complaint in watch.unexpected]
    assert not complaints, "\n".join(complaints)


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window. A page has no layout before its stylesheet is there, so
    this waits for it."""
    page.wait_for_load_state()
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    """A page of 390 × 844, as on a phone."""
    return open_page(*PHONE, touch=True, is_mobile=True, device_scale_factor=2)


@pytest.fixture
def desk(open_page: OpenPage) -> Page:
    """A page of 1440 × 900, as on a desk."""
    return open_page(*DESK)


@dataclass(frozen=True)
class Demonstration:
    """A running ``niangjia demo``: its address, its folder and its environment for further commands."""

    url: str
    var: Path
    env: dict[str, str]
    process: subprocess.Popen[bytes]

    def run(self, *arguments: str) -> str:
        """Run ``niangjia …`` beside it and return what it prints; raises CalledProcessError."""
        command = [sys.executable, "-m", "niangjia.cli", *arguments]
        return subprocess.run(command, env=self.env, check=True, capture_output=True, text=True).stdout


def demonstration(var: Path, **environment: str) -> Iterator[Demonstration]:
    """Start the whole demonstration city with server and worker in ``var`` and wait until it is ready; an empty folder
    begins with a copy of the city that was filled before by the same code on the same day."""
    port, day, was_empty = free_port(), clock.today(), not any(var.glob("*.sqlite3"))
    is_a_copy = was_empty and cities.lay_city(var, day)
    dropped = {"DATABASE_URL", "NIANGJIA_CLOCK"}
    inherited = {key: value for key, value in os.environ.items() if key not in dropped}
    env = {**inherited, "NIANGJIA_VAR": str(var), "NIANGJIA_DEMO": "1", **environment}
    with (var / "demo.out").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "niangjia.cli", "demo", "--port", str(port)],
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=tied_to_parent(signal.SIGTERM),
        )
    try:
        _wait_until_ready(f"http://127.0.0.1:{port}/readyz", process, var / "demo.out")
        if was_empty and not is_a_copy and day == clock.today():
            cities.keep_city(var, day)
        yield Demonstration(f"http://127.0.0.1:{port}", var, env, process)
    finally:
        end_group(process, grace_seconds=30)


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"the demonstration did not become ready:\n{output.read_text()[-4000:]}")


@pytest.fixture(scope="session")
def demo() -> Iterator[Demonstration]:
    """The demonstration city, running: the same processes as ``make demo``, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="niangjia-demo-", ignore_cleanup_errors=True) as folder:
        yield from demonstration(Path(folder))
