"""What purchases leave in the ledger: the premium that buyers paid for people who are insured."""

from __future__ import annotations

from niangjia.commons.ledger import write
from niangjia.kernel import clock
from niangjia.platform.lifecycle.records import Record
from niangjia.services.protection.purchases.models import Purchase, Receipt
from niangjia.services.protection.purchases.states import ReceiptState
from niangjia.services.protection.records import PREMIUM


def premium(purchase: Purchase, receipt: Receipt, fen: int) -> Record:
    """``fen`` of what came in by ``receipt``, on the day on which it came in."""
    dims = {"plan": purchase.plan.code, "kind": purchase.plan.kind}
    return Record(purchase.plan.programme, PREMIUM, purchase.union_id, fen=fen, day=receipt.received_on, dims=dims)


def take_from_premium(purchase: Purchase, fen: int) -> None:
    """Let ``fen`` of what came in for a purchase be no premium, the last sums first: each is reversed whole and what
    remains of it written anew. In the caller's transaction."""
    left, at = fen, clock.now()
    for receipt in purchase.receipts.filter(state=ReceiptState.CONFIRMED).order_by("-pk"):
        if not left:
            return
        taken = min(left, receipt.fen)
        left -= taken
        write.reverse(receipt.subject_type, receipt.pk, at=at, measures=[PREMIUM])
        if receipt.fen > taken:
            rest = premium(purchase, receipt, receipt.fen - taken)
            write.book([write.Entry(rest, receipt.subject_type, receipt.pk)], at=at)
