"""What payments leave in the ledger: money that arrived, by fund and by what it was for, on the bank's day."""

from __future__ import annotations

from niangjia.commons.payments.models import Payment
from niangjia.platform.lifecycle.records import Record

PROGRAMME = "payments"
PAID = "payments.paid"
SOURCE_TYPE = "payments.payment"


def paid(payment: Payment) -> Record:
    """One payment that arrived."""
    return Record(
        programme=PROGRAMME,
        measure=PAID,
        node_id=payment.union_id,
        fen=payment.fen,
        person_id=payment.person_id,
        day=payment.answered_on,
        dims={"fund": payment.account.fund, "for": payment.source_type},
    )
