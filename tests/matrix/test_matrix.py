"""Every address × method × actor × object: nothing leaks, nothing changes, nothing is told apart, nothing fails, and
everybody may exactly what the table says."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie

import pytest

from niangjia.platform.testing.sql_counts import statements
from tests.matrix import growing, growing_rooms
from tests.matrix.crawl import undone
from tests.matrix.routes import inventory
from tests.matrix.table import table
from tests.matrix.written import CHINESE, leftovers, written

pytestmark = pytest.mark.django_db
TABLE = table()


def test_every_address_has_a_row_and_every_row_an_address():
    found = inventory()
    assert sorted(found.keys() - TABLE.keys()) == [], "addresses without a row"
    assert sorted(TABLE.keys() - found.keys()) == [], "rows without an address"
    unknown = {path: row.keys() - found[path] for path, row in TABLE.items() if row.keys() - found[path]}
    assert not unknown, "methods that the address does not have"


@pytest.mark.parametrize("path", sorted(TABLE))
def test_everybody_meets_only_what_they_may(crawler, callers, path):
    findings = list(crawler.row(path, TABLE[path], inventory()[path], callers))
    assert not findings, "\n" + "\n".join(str(finding) for finding in findings)


IN_CHINESE = "/console/report/<str:public_id>/press/"
"""The press paragraph is a text for Chinese newspapers, whatever language its reader works in."""
PAGES = sorted(path for path, row in TABLE.items() if "GET" in row and "/api/" not in path and path != IN_CHINESE)


@pytest.fixture(scope="module")
def known(crawler):
    return written()


def asked_for(case):
    """What the caller looks for stands in the page again."""
    return CHINESE.findall("".join(case.queries))


@pytest.mark.sqlite  # no other database changes a word
@pytest.mark.parametrize("path", PAGES)
def test_every_page_speaks_english(crawler, callers, known, path):
    found = {
        f"{who}: {text}"
        for case in TABLE[path]["GET"]
        for who, page in crawler.pages(path, case, callers, "en")
        for text in leftovers(page, [*known, *asked_for(case)])
    }
    assert found == set()


def test_the_english_crawl_finds_chinese_on_a_chinese_page(crawler, callers, known):
    _who, page = next(crawler.pages("/mine/", TABLE["/mine/"]["GET"][0], callers, "zh-hans"))
    assert leftovers(page, known)


LONGEST, LONGEST_DESK = 50, 200
"""No page shows more lines than that, however long the list is."""
LINE = r"<(?:tr|li)\b"
LISTS = {**growing.LISTS, **growing_rooms.LISTS}
DESKS = {name: (lambda _world: "/console/", *rest) for name, rest in growing_rooms.DESKS.items()}


@pytest.mark.postgresql  # the statements that a city asks are PostgreSQL's; ten thousand rows cost a while
@pytest.mark.parametrize("name", sorted(LISTS))
def test_a_list_of_ten_thousand_asks_the_database_no_more_than_one_of_ten(crawler, callers, sql_counts, name):
    assert grown(crawler.world, callers, sql_counts, name, *LISTS[name]) <= LONGEST


@pytest.mark.parametrize("name", sorted(growing_rooms.LISTS))
def test_what_makes_a_list_longer_shows_in_it(crawler, callers, name):
    address, who, grow = growing_rooms.LISTS[name]
    with undone():
        before = len(re.findall(LINE, answered(callers[who], address(crawler.world))))
        grow(crawler.world, 3)
        assert len(re.findall(LINE, answered(callers[who], address(crawler.world)))) > before


@pytest.mark.postgresql
@pytest.mark.parametrize("name", sorted(DESKS))
def test_a_desk_of_ten_thousand_asks_the_database_no_more_than_one_of_ten(crawler, callers, sql_counts, name):
    assert grown(crawler.world, callers, sql_counts, name, *DESKS[name]) == LONGEST_DESK


def grown(world, callers, sql_counts, name, address, who, grow):
    """How many lines a list of ten thousand shows; it asks no more than one of ten, and what is written down."""
    with undone():
        read(callers[who], address(world))  # what is kept after the first time is not of the list
        grow(world, 10)
        with statements() as few:
            read(callers[who], address(world))
        grow(world, 10_000)
        with statements() as many, sql_counts.expect(name):
            lines = read(callers[who], address(world))
    assert len(many) <= len(few), "\n".join(many)
    return lines


def read(who, address):
    """How many lines the page shows."""
    return len(
        re.findall(r'<tr data-line|<tr><td class="is-tight"|class="(?:desk-line|row)[ "]', answered(who, address))
    )


def answered(who, address):
    who.client.cookies = SimpleCookie(dict(who.cookies))
    who.client.raise_request_exception = True
    answer = who.client.get(address)
    assert answer.status_code == 200, f"{answer.status_code} {address}"
    return answer.text
