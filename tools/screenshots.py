"""Take the pictures of the READMEs from a fresh demonstration: ``python tools/screenshots.py [http://127.0.0.1:8000]``.

Start ``make demo FRESH=1`` first; the worker 15400000001 must not have applied yet.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import pyotp

from niangjia.kernel.identifiers import invented_resident_id
from niangjia.platform.testing.browser import launch
from niangjia.shells.demo.accounts import CODE, SIGN_INS

PHONE: Any = {"width": 390, "height": 844}
DESK: Any = {"width": 1440, "height": 900}
FOLDER = Path(__file__).resolve().parents[1] / "docs/screenshots"
BY_NAME = {entry.sign_in: entry for entry in SIGN_INS}


def shoot(page: Any, name: str, *, full: bool = False) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}.png", full_page=full)


def portal(page: Any, base: str) -> None:
    page.goto(f"{base}/")
    shoot(page, "portal-home")
    page.goto(f"{base}/joining/")
    page.fill("input[name=phone]", "15400000001")
    page.click("main form button")
    page.fill("input[name=code]", CODE)
    page.click("main form button")
    page.goto(f"{base}/joining/who/")
    page.fill("input[name=name]", "周试行")
    page.fill("input[name=id_number]", invented_resident_id(1, date(1994, 7, 8), "male"))
    page.click("main form button")
    page.check("input[value=courier]")
    page.select_option("select[name=street]", "110114011")
    shoot(page, "portal-join")
    page.click("main form button")
    page.check("input[name=consent]")
    shoot(page, "portal-check")
    page.click("main form button")
    page.wait_for_selector(".receipt")
    shoot(page, "portal-progress")


def back(page: Any, base: str) -> None:
    """A member sees how a reimbursement came about."""
    page.goto(f"{base}/sign-in/")
    page.fill("input[name=phone]", "15400000002")
    page.click("main form button")
    page.fill("input[name=code]", CODE)
    page.click("main form button")
    page.wait_for_load_state()
    page.goto(f"{base}/reimbursement/")
    page.click("main .row >> nth=0")
    shoot(page, "portal-reimbursement")


def sign_in(page: Any, base: str, name: str) -> None:
    entry = BY_NAME[name]
    page.goto(f"{base}/console/")
    page.fill("input[name=name]", entry.sign_in)
    page.fill("input[name=password]", entry.password)
    page.click("main form button")
    page.fill("main form input[inputmode=numeric]", pyotp.TOTP(entry.totp_secret).now())
    page.click("main form button")
    page.wait_for_load_state()


def money(page: Any, base: str) -> None:
    """A batch as the one sees it who releases what another prepared."""
    sign_in(page, base, "releaser")
    page.goto(f"{base}/console/payments/batches/?state=prepared")
    page.click("tbody tr a >> nth=0")
    shoot(page, "console-batch")


def console(page: Any, base: str) -> None:
    sign_in(page, base, "officer")
    shoot(page, "console-desk")
    page.goto(f"{base}/console/joining/")
    page.click("tbody tr:has-text('需核对') a")
    shoot(page, "console-application")
    page.goto(f"{base}/console/people/")
    page.click("tbody tr a")
    shoot(page, "console-person")
    page.goto(f"{base}/console/report/")
    page.wait_for_timeout(500)
    shoot(page, "console-report")


def main() -> None:
    base = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    FOLDER.mkdir(exist_ok=True)
    for browser in launch():
        for take in (portal, back, console, money):
            size = PHONE if take in (portal, back) else DESK
            take(browser.new_context(viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai").new_page(), base)


if __name__ == "__main__":
    main()
