"""The bench of the report card compares what it says it compares, on few records."""

import json

import pytest

from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.unions.kinds import UnionKind
from niangjia.reports.models import ReportCell
from niangjia.reports.tests.builders import declared
from niangjia.shells.bench import report
from niangjia.shells.bench.registry import registered

RECORDS = 3_000
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    levels = ((UnionKind.CITY, 1), (UnionKind.DISTRICT, 2), (UnionKind.STREET, 2), (UnionKind.PRIMARY, 5))
    monkeypatch.setattr(report, "LEVELS", levels)
    monkeypatch.setattr(report, "PROGRAMMES", 3)
    monkeypatch.setattr(report, "READS", 1)


def test_the_card_says_what_the_plain_count_finds_and_the_summary_tells():
    with declared(*report.programmes()):
        found = report.measure(RECORDS)
    wrong = RECORDS // report.REVERSED_EACH
    assert LedgerRow.objects.filter(reverses__isnull=False).count() == wrong
    assert LedgerRow.objects.count() == RECORDS + wrong + 1
    assert ReportCell.objects.filter(counted="persons").exists()
    told = json.loads(json.dumps(report.summary(found)))
    assert told["equal"] is True
    assert {"base_ms", "card_ms", "ratio", "refresh_s", "records"} <= set(told)
    assert report.Found(**json.loads(report.as_json(found))) == found


def test_a_card_that_differs_is_not_called_equal(monkeypatch):
    plain = report.plain
    monkeypatch.setattr(report, "plain", lambda node, firsts: plain(node, firsts) | {"bench_0_flow_qty": -1})
    with declared(*report.programmes()):
        assert report.measure(RECORDS).equal is False


def test_it_is_found_by_name():
    assert "report" in registered()
