"""The check of this room's books: ledger, limits and bills are what the claims say."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import F, Q, Sum

from niangjia.commons.ledger.books import Difference, register
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.payments.books import paid_for
from niangjia.services.protection import condoling, judging, paying, records
from niangjia.services.protection.claim_models import AccumulatorEntry, Calculation, Claim, ClaimBill, Condolence
from niangjia.services.protection.models import Enrolment
from niangjia.services.protection.purchases.models import Credit, Receipt
from niangjia.services.protection.purchases.states import PurchaseState, ReceiptState
from niangjia.services.protection.states import ClaimState, CondolenceState, EnrolmentState

BOOK = "protection"
_DEAD = (ClaimState.REFUSED, ClaimState.WITHDRAWN, ClaimState.LAPSED)


def check() -> Iterator[Difference]:
    """Paid is what the ledger says, used is what was approved, and no bill is held for a claim that came to nothing."""
    yield from _ledger()
    yield from _limits()
    held = ClaimBill.objects.filter(held=True, claim__state__in=_DEAD).count()
    if held:
        yield Difference(BOOK, "bills held for claims that came to nothing", "0", str(held))
    for calculation in Calculation.objects.select_related("version", "version__plan").iterator(chunk_size=500):
        if (replayed := judging.replay(calculation).fen) != calculation.fen:
            yield Difference(BOOK, f"calculation {calculation.public_id}", str(calculation.fen), str(replayed))


def declare() -> None:
    """Called when the room is ready."""
    register(BOOK, check)


def _ledger() -> Iterator[Difference]:
    claims = Claim.objects.aggregate(sum=Sum("paid_fen"))["sum"] or 0
    condoled = Condolence.objects.filter(state=CondolenceState.PAID).aggregate(sum=Sum("fen"))["sum"] or 0
    enrolled = Enrolment.objects.exclude(state=EnrolmentState.CANCELLED).count()
    received = Receipt.objects.filter(state=ReceiptState.CONFIRMED).exclude(purchase__state=PurchaseState.CANCELLED)
    left_over = Credit.objects.exclude(purchase__state=PurchaseState.CANCELLED).aggregate(sum=Sum("fen"))["sum"] or 0
    premium = (received.aggregate(sum=Sum("fen"))["sum"] or 0) - left_over
    for what, expected, found in (
        ("fen of group plans received", premium, _sum(records.PREMIUM, "fen")),
        ("fen of claims paid", claims, _sum(records.PAID, "fen")),
        ("fen of condolences paid", condoled, _sum(records.CONDOLED, "fen")),
        ("fen of claims that payments say arrived", claims, paid_for(paying.SOURCE)),
        ("fen of condolences that payments say arrived", condoled, paid_for(condoling.SOURCE)),
        ("enrolments", enrolled, _sum(records.ENROLLED, "qty")),
    ):
        if expected != found:
            yield Difference(BOOK, what, str(expected), str(found))


def _sum(measure: str, column: str) -> int:
    rows = LedgerRow.objects.live().filter(measure=measure)
    return int(rows.aggregate(sum=Sum(column))["sum"] or 0)


def _limits() -> Iterator[Difference]:
    """The cap of a person in a period counts every fen that was approved."""
    whole = AccumulatorEntry.objects.filter(measure="fen", basis="period", cover="", holder__key__startswith="p:")
    used = whole.aggregate(sum=Sum("amount"))["sum"] or 0
    approved = Claim.objects.aggregate(sum=Sum("approved_fen"))["sum"] or 0
    if used != approved:
        yield Difference(BOOK, "fen used of the caps", str(approved), str(used))
    for entry in AccumulatorEntry.objects.filter(Q(used_after__gt=F("ceiling")) | Q(used_after__lt=0)):
        yield Difference(BOOK, f"limit {entry.pk}", str(entry.ceiling), str(entry.used_after))
