"""Reports of the gateway about what became of a message: any number of them, in any order, the same end."""

from __future__ import annotations

import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q

from niangjia.kernel import clock
from niangjia.kernel.errors import Malformed, NotAllowed
from niangjia.kernel.text import _
from niangjia.platform.notices.http_sms import shared_key, signature
from niangjia.platform.notices.kinds import Receipt
from niangjia.platform.notices.models import Outgoing

OLDEST = timedelta(minutes=5)


def take(*, business_id: str, outcome: Receipt, at: datetime) -> bool:
    """Note ``outcome`` as of the gateway's moment ``at``; whether it changed anything.

    The latest moment counts, and at the same moment "delivered" outweighs "undelivered", so repetitions and old news
    change nothing. An unknown business id is ignored.
    """
    newer = Q(receipt_at__isnull=True) | Q(receipt_at__lt=at)
    if outcome is Receipt.DELIVERED:
        newer |= Q(receipt_at=at, receipt=Receipt.UNDELIVERED)
    rows = Outgoing.objects.filter(newer, public_id=business_id)
    return bool(rows.update(receipt=outcome.value, receipt_at=at))


def take_signed(*, body: bytes, timestamp: str, given_signature: str) -> int:
    """Take the reports of one signed call, ``{"receipts": [{"business_id", "status", "at"}]}``; how many were news.

    ``status`` is ``delivered`` or ``undelivered``, ``at`` an ISO moment with its zone. Raises NotAllowed
    SIGNATURE_WRONG, Malformed RECEIPT_MALFORMED.
    """
    _require_signed(body, timestamp, given_signature)
    return sum(take(**report) for report in _reports(body))


def _require_signed(body: bytes, timestamp: str, given: str) -> None:
    key = shared_key()
    genuine = bool(key) and hmac.compare_digest(signature(key, timestamp, body).encode(), given.encode())
    if not genuine or not _is_fresh(timestamp):
        raise NotAllowed("SIGNATURE_WRONG", _("签名不正确或已过期。"))


def _is_fresh(timestamp: str) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
        return False
    return abs(clock.now() - datetime.fromtimestamp(int(timestamp), UTC)) <= OLDEST


def _reports(body: bytes) -> list[dict[str, Any]]:
    try:
        reports = json.loads(body)["receipts"]
        read: list[dict[str, Any]] = [
            {
                "business_id": str(report["business_id"])[:24],
                "outcome": Receipt(report["status"] or "missing"),
                "at": datetime.fromisoformat(report["at"]),
            }
            for report in reports[:1000]
        ]
    except (ValueError, TypeError, KeyError) as error:
        raise Malformed("RECEIPT_MALFORMED", _("回执格式有误。")) from error
    if any(report["at"].tzinfo is None for report in read):
        raise Malformed("RECEIPT_MALFORMED", _("回执的时间必须带时区。"))
    return read
