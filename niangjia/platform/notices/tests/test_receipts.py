"""R9: reports of the gateway, repeated, late, shuffled and forged."""

from __future__ import annotations

import json
import random
from datetime import timedelta

import pytest

from niangjia.kernel.errors import Malformed, NotAllowed
from niangjia.platform.notices import outbox, receipts
from niangjia.platform.notices.http_sms import signature
from niangjia.platform.notices.kinds import Receipt
from niangjia.platform.notices.models import Outgoing

pytestmark = pytest.mark.django_db


def test_any_order_of_any_number_of_reports_ends_the_same(clock):
    rows = {name: outbox.send_code("13800138000", "123456", "x") for name in ("a", "b", "c")}
    reports = [
        ("a", Receipt.UNDELIVERED, 1),
        ("a", Receipt.DELIVERED, 2),
        ("b", Receipt.DELIVERED, 1),
        ("b", Receipt.UNDELIVERED, 2),
        ("c", Receipt.UNDELIVERED, 1),
        ("c", Receipt.DELIVERED, 1),
    ] * 3
    for seed in range(100):
        Outgoing.objects.update(receipt="", receipt_at=None)
        random.Random(seed).shuffle(reports)
        for name, outcome, minute in reports:
            receipts.take(business_id=rows[name].public_id, outcome=outcome, at=clock.now + timedelta(minutes=minute))
        ends = {name: Outgoing.objects.get(pk=row.pk).receipt for name, row in rows.items()}
        assert ends == {"a": "delivered", "b": "undelivered", "c": "delivered"}, f"seed {seed}"


def test_an_unknown_business_id_changes_nothing(clock):
    assert receipts.take(business_id="nobody", outcome=Receipt.DELIVERED, at=clock.now) is False


def test_signed_reports_are_taken_and_others_are_not(clock, settings):
    settings.SMS_KEY = "k"
    row = outbox.send_code("13800138000", "123456", "x")
    report = {"business_id": row.public_id, "status": "delivered", "at": clock.now.isoformat()}
    body, stamp = json.dumps({"receipts": [report, report]}).encode(), str(int(clock.now.timestamp()))
    good = signature("k", stamp, body)
    for wrong in (
        {"body": body + b" "},
        {"timestamp": str(int(stamp) + 1)},
        {"given_signature": "0" * 64},
        {"given_signature": "é"},
    ):
        with pytest.raises(NotAllowed):
            receipts.take_signed(**{"body": body, "timestamp": stamp, "given_signature": good} | wrong)
    assert receipts.take_signed(body=body, timestamp=stamp, given_signature=good) == 1
    clock.forward(minutes=6)
    with pytest.raises(NotAllowed):
        receipts.take_signed(body=body, timestamp=stamp, given_signature=good)
    settings.SMS_KEY = ""
    with pytest.raises(NotAllowed):
        receipts.take_signed(body=body, timestamp=stamp, given_signature=signature("", stamp, body))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"receipts": 1}',
        b'{"receipts": [1]}',
        b'{"receipts": [{"business_id": "x", "status": "", "at": "2026-03-04T00:00:00+08:00"}]}',
        b'{"receipts": [{"business_id": "x", "status": "lost", "at": "2026-03-04T00:00:00+08:00"}]}',
        b'{"receipts": [{"business_id": "x", "status": "delivered", "at": "2026-03-04T00:00:00"}]}',
        b'{"receipts": [{"business_id": "x", "status": "delivered", "at": 5}]}',
    ],
)
def test_reports_that_cannot_be_read_are_refused(clock, settings, body):
    settings.SMS_KEY = "k"
    stamp = str(int(clock.now.timestamp()))
    with pytest.raises(Malformed):
        receipts.take_signed(body=body, timestamp=stamp, given_signature=signature("k", stamp, body))
