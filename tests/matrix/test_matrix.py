"""Every address × method × actor × object: nothing leaks, nothing changes, nothing is told apart, nothing fails, and
everybody may exactly what the table says."""

from __future__ import annotations

import pytest

from tests.matrix.routes import inventory
from tests.matrix.table import table

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
