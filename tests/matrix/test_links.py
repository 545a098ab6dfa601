"""No page offers what its reader is then refused: whatever link stands on a page opens for who sees it."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from urllib.parse import urljoin, urlsplit

import pytest

from tests.matrix.crawl import undone

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

LINK = re.compile(r'<a\b[^>]*?\bhref="([^"#]+)')
KEY = re.compile(r"/(?=[^/]*\d)[0-9a-z]{16,}(?=/)")
FIGURE = re.compile(r"(/console/report/\*/)[a-z_0-9]+/")
READERS = ("officer", "reviewer", "clerk", "stall", "site_keeper", "preparer", "releaser", "joined@EAST-1")
MOST = 400


def kind_of(address: str) -> str:
    """Addresses of one kind differ only in the key of the object; one of each is enough."""
    path = KEY.sub("/*", urlsplit(address).path)
    return FIGURE.sub(r"\1figure/", path)


def links_of(page: str, at: str) -> list[str]:
    return [urljoin(at, found.replace("&amp;", "&")) for found in LINK.findall(page)]


def refused(who, start: str) -> list[str]:
    """Links on the pages of ``who`` that do not open, each with the page on which it stands."""
    who.client.cookies = SimpleCookie(dict(who.cookies))
    seen, waiting, found = {kind_of(start)}, [(start, "")], []
    while waiting and len(seen) < MOST:
        address, place = waiting.pop(0)
        answer = who.client.get(address)
        if answer.status_code not in (200, 302):
            found.append(f"{answer.status_code} {address} on {place}")
        if answer.streaming or "html" not in answer.headers.get("Content-Type", ""):
            continue
        for link in links_of(answer.content.decode(), address):
            if link.startswith("/") and not link.startswith("//") and kind_of(link) not in seen:
                seen.add(kind_of(link))
                waiting.append((link, address))
    return found


@pytest.mark.parametrize("name", READERS)
def test_every_link_opens_for_who_sees_it(crawler, name):
    who = crawler.world.actors[name]
    with undone():
        assert refused(who, "/console/" if who.kind == "staff" else "/") == []
