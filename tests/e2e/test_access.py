"""Every page that members and staff of the demonstration reach by links, read by axe-core: nothing breaks WCAG 2.1 A or
AA (nor its best practices), on a phone and at a desk, in ordinary and in large type.

Each address is read once, by whoever comes there first; a page that differs by what is done there is read for each.
The first look at a page asks every rule, the others only those that the layout can break.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.urls import Resolver404, resolve

from niangjia.shells.demo.accounts import SIGN_INS
from tests.e2e.test_story import sign_in, to_the_desk

pytestmark = pytest.mark.browser

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LAID_OUT = ["target-size", "scrollable-region-focusable"]
"""The rules that a wider window or larger type can break; the others read the same document. Colours are read where
other parts of a page are shown, and larger type only makes them easier."""
FRAME = [[".side"], [".bar"], ["dialog.keys"]]
"""What stands around every page of the console, read once."""
RUN = """async ([rules, without]) => {
  const found = await axe.run({exclude: without}, {runOnly: rules, resultTypes: ["violations"], preload: false});
  return found.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 160)}`));
}"""
LINKS = "[...document.querySelectorAll('a[href]')].map(link => link.href)"
APART = """[...document.querySelectorAll(".unbroken")].map(day => day.parentElement).filter(
  row => /flex|grid/.test(getComputedStyle(row).display)
    && [...row.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())
).map(row => row.outerHTML.slice(0, 160))"""
"""Rows in which a day stands apart from the words around it, as if it were a part of its own."""
FILES = re.compile(r"export=|\.\w+(?:\?|$)|/(?:returned|template|papers|file)/|sign-out")
DIFFERS_BY = {"event", "kind"}
"""Parts of an address that make another page of it; other parts only name another object."""
STAFF = ("officer", "district", "preparer", "security")
"""Those whose rooms differ; who else works in the console sees pages that one of them sees."""
LEAST, LEAST_OF_STAFF = 35, 110
"""So many pages at least: a walk that ends early has read nothing."""


def page_of(url: str) -> str:
    """The address without the objects it names; empty for what is no page of ours."""
    path = re.sub(r"^\w+://[^/]+|[?#].*", "", url)
    try:
        found = resolve(path)
    except Resolver404:
        return ""
    return " ".join([found.route, *(value for name, value in found.kwargs.items() if name in DIFFERS_BY)])


@dataclass(frozen=True)
class Look:
    """A size of the window and of the type, and the rules that are asked there."""

    size: dict[str, int]
    large: bool = False
    rules: Sequence[str] = tuple(STANDARD)


class Walk:
    """Pages read so far and what was found on them."""

    def __init__(self, base: str) -> None:
        self.base, self.read, self.found = base, set(), []

    def follow(self, page, starts, looks) -> None:
        """Read every page that links lead to from ``starts``, in each of ``looks``."""
        waiting, tried = [self.base + start for start in starts], set()
        while waiting:
            url = waiting.pop(0)
            name = page_of(url)
            if not name or name in tried or (name in self.read and url not in map(self.base.__add__, starts)):
                continue
            tried.add(name)
            if page.goto(url).status == 200:
                waiting += [link for link in page.evaluate(LINKS) if self._is_page(link)]
                self._look(page, looks)

    def _is_page(self, link: str) -> bool:
        return link.startswith(self.base) and not FILES.search(link.split("#")[0])

    def _look(self, page, looks) -> None:
        name = page_of(page.url)
        if name in self.read:
            return
        without = FRAME if self.read else []
        self.read.add(name)
        page.evaluate(AXE_SCRIPT)
        for look in looks:
            self._set(page, look)
            self.found += [f"{page.url} {look.size['width']} {line}" for line in self._wrong(page, look, without)]

    @staticmethod
    def _set(page, look) -> None:
        page.set_viewport_size(look.size)
        page.evaluate("type => document.documentElement.setAttribute('data-type', type)", "large" if look.large else "")
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    @staticmethod
    def _wrong(page, look, without) -> Iterator[str]:
        yield from page.evaluate(RUN, [look.rules, without])
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            yield "wider than the screen"
        yield from (f"a day apart from its words: {row}" for row in page.evaluate(APART))


LOOKS = (Look(PHONE), Look(PHONE, large=True, rules=LAID_OUT), Look(DESK, rules=(*LAID_OUT, "color-contrast")))


@pytest.fixture
def fresh(chromium):
    """A page in a browser of its own that keeps styles and scripts, as people's browsers do."""
    contexts = []

    def make(size):
        contexts.append(chromium.new_context(viewport=size, locale="zh-CN"))
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)
        return page

    yield make
    for context in contexts:
        context.close()


def test_no_page_of_the_portal_keeps_anybody_out(demo, fresh):
    walk = Walk(demo.url)
    for phone in (entry.sign_in for entry in reversed(SIGN_INS) if entry.code):
        page = fresh(PHONE)
        sign_in(page, demo.url, phone, "/mine/")
        walk.follow(page, ["/", "/services/", "/mine/"], LOOKS)
    walk.follow(fresh(PHONE), ["/", "/sign-in/", "/console/sign-in/"], LOOKS)
    assert not walk.found, "\n".join(walk.found)
    assert len(walk.read) >= LEAST, sorted(walk.read)


def test_no_page_of_the_console_keeps_anybody_out(demo, fresh):
    walk, page = Walk(demo.url), fresh(DESK)
    for name in STAFF:
        page.context.clear_cookies()
        to_the_desk(page, demo.url, name)
        walk.follow(page, ["/console/"], LOOKS)
    assert not walk.found, "\n".join(walk.found)
    assert len(walk.read) >= LEAST_OF_STAFF, sorted(walk.read)


def test_the_reader_finds_what_it_is_there_for(open_page):
    page = open_page(390, 844)
    page.set_content("<main><h1>页</h1><button></button><p style='color:#bbb'>浅得看不清</p><img src='data:,'></main>")
    page.evaluate(AXE_SCRIPT)
    rules = {line.partition(":")[0] for line in page.evaluate(RUN, [STANDARD, []])}
    assert {"button-name", "color-contrast", "image-alt", "html-has-lang"} <= rules
