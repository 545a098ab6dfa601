"""The check of this room's books: paid cases are what ledger and payments say, and every sum can be computed again."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Sum

from niangjia.commons.ledger.books import Difference, register
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.payments.books import paid_for
from niangjia.services.reimbursement import paying, records, rules
from niangjia.services.reimbursement.models import Case
from niangjia.services.reimbursement.states import CaseState, Programme

BOOK = "reimbursement"
AT_ONCE = 2_000


def declare() -> None:
    """Called when the room is ready."""
    register(BOOK, check)


def check() -> Iterator[Difference]:
    """The two programmes stand apart in the ledger, together they are what the bank paid, and no sum is a stray one."""
    for programme in Programme:
        yield from _ledger(programme)
    paid = Case.objects.filter(state=CaseState.PAID).aggregate(fen=Sum("fen"))["fen"] or 0
    if paid != (banks := paid_for(paying.SOURCE)):
        yield Difference(BOOK, "fen that payments say arrived", str(paid), str(banks))
    yield from _sums()


def _ledger(programme: Programme) -> Iterator[Difference]:
    cases = Case.objects.filter(state=CaseState.PAID, programme=programme).aggregate(n=Count("pk"), fen=Sum("fen"))
    rows = LedgerRow.objects.live().filter(measure=records.PAID, programme=records.programme_of(programme))
    found = rows.aggregate(n=Count("pk"), fen=Sum("fen"))
    if cases != found:
        yield Difference(BOOK, f"cases paid in {programme}", str(cases), str(found))


def _sums() -> Iterator[Difference]:
    rows = Case.objects.order_by("pk").values_list("public_id", "document", "self_paid_fen", "fen")
    for public_id, document, self_paid, fen in rows.iterator(chunk_size=AT_ONCE):
        if (again := rules.replay(document, self_paid).fen) != fen:
            yield Difference(BOOK, f"sum of case {public_id}", str(again), str(fen))
