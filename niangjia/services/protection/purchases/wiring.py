"""What the house is told of purchases when Django starts: how they read on a desk, and the colours of their states."""

from __future__ import annotations

from niangjia.commons.desk import subjects
from niangjia.platform.web import tones
from niangjia.services.protection.purchases import queries
from niangjia.services.protection.purchases.states import CREDIT, PURCHASE, RECEIPT


def declare() -> None:
    """Called when Django starts."""
    for machine, lines in (
        (PURCHASE, queries.desk_lines),
        (RECEIPT, queries.receipt_lines),
        (CREDIT, queries.credit_lines),
    ):
        subjects.register(subjects.Subject(machine.name, machine.subject, lines))
    tones.register(
        PURCHASE, {"paid": "good", "unbilled": "good", "in_force": "good", "overdue": "bad", "cancelled": "off"}
    )
    tones.register(RECEIPT, {"confirmed": "good", "rejected": "off"})
    tones.register(CREDIT, {"refunded": "good", "offset": "good", "refund_failed": "bad"})
