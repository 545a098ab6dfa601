"""The check of the books of money: balances follow from transfers, transfers from payments, the ledger from both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django.db.models import Count, Sum

from niangjia.commons.ledger.books import Difference, register
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.payments import records
from niangjia.commons.payments.models import Account, Payment, Transfer
from niangjia.commons.payments.states import PaymentState, Side

BOOK = "payments"


def declare() -> None:
    """Called when Django starts."""
    register(BOOK, check)


def check() -> Iterator[Difference]:
    """Every balance is the sum of its transfers, and what is with the bank or has arrived is what payments say."""
    yield from _balances()
    yield from _states()
    yield from _ledger()


def paid_for(source_type: str) -> int:
    """The fen that arrived for sources of one kind, for the check of their room's books."""
    rows = Payment.objects.filter(source_type=source_type, state=PaymentState.PAID.value)
    return int(rows.aggregate(fen=Sum("fen"))["fen"] or 0)


def _balances() -> Iterator[Difference]:
    sums: Counter[int] = Counter()
    for account, fen in Transfer.objects.order_by().values_list("taker").annotate(Sum("fen")):
        sums[account] += fen
    for account, fen in Transfer.objects.order_by().values_list("giver").annotate(Sum("fen")):
        sums[account] -= fen
    for pk, balance in Account.objects.order_by("pk").values_list("pk", "balance"):
        if sums[pk] != balance:
            yield Difference(BOOK, f"balance of account {pk}", str(sums[pk]), str(balance))


def _states() -> Iterator[Difference]:
    for side, state in ((Side.WITH_BANK, PaymentState.RELEASED), (Side.PAID_OUT, PaymentState.PAID)):
        rows = Payment.objects.filter(state=state.value).order_by().values_list("account__union", "account__fund")
        expected = {(union, fund): fen for union, fund, fen in rows.annotate(Sum("fen"))}
        kept = Account.objects.filter(side=side.value).order_by("pk").values_list("union", "fund", "balance")
        for union, fund, balance in kept:
            if expected.get((union, fund), 0) != balance:
                what = f"{side.value} of {fund} of union {union}"
                yield Difference(BOOK, what, str(expected.get((union, fund), 0)), str(balance))


def _ledger() -> Iterator[Difference]:
    paid = Payment.objects.filter(state=PaymentState.PAID.value).aggregate(n=Count("pk"), fen=Sum("fen"))
    rows = LedgerRow.objects.live().filter(measure=records.PAID, source_type=records.SOURCE_TYPE)
    found = rows.aggregate(n=Count("pk"), fen=Sum("fen"))
    if paid != found:
        yield Difference(BOOK, "payments in the ledger", str(paid), str(found))
