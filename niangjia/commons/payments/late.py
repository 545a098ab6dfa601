"""Answers that come too late: the bank says "paid" of a payment that was given up because it had said "failed".

No money moves by such an answer; it waits here until somebody has looked. As long as it does, the payment that followed
goes to no bank, or it would be paid twice. What came back by a later answer leaves by itself; a word that two people
have found to be wrong (:mod:`placing`) holds no longer, a later one of the bank does again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef

from niangjia.commons.payments import policies, requesting, rules
from niangjia.commons.payments.models import BankAnswer, Batch, Payment, PaymentQuerySet, StrayLine
from niangjia.commons.payments.states import GIVEN_UP
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict
from niangjia.kernel.text import _


def contrary(rows: PaymentQuerySet) -> dict[int, rules.Answer]:
    """Those of ``rows`` that were given up and that the bank, by the last word that was not set aside by two, has paid:
    with that word."""
    said_paid = BankAnswer.objects.filter(payment=OuterRef("pk"), failed=False)
    given_up = rows.filter(Exists(said_paid), state__in=[state.value for state in GIVEN_UP]).order_by()
    answers: dict[int, list[rules.Answer]] = defaultdict(list)
    wrong = _found_wrong(given_up)
    for one in BankAnswer.objects.filter(payment__in=given_up.values("pk")):
        if one.failed or (one.payment_id, one.at, one.serial) not in wrong:
            answers[one.payment_id].append(rules.Answer(one.at, one.serial, one.failed, one.cause))
    holding = {key: rules.holding(some) for key, some in answers.items()}
    return {key: held for key, held in holding.items() if not held.failed}


def _found_wrong(rows: PaymentQuerySet) -> set[tuple[int | None, datetime, str]]:
    """The words "paid" about these that two people have set aside, by payment, moment and the bank's number."""
    lines = StrayLine.objects.filter(about__in=rows.values("pk"), found_wrong=True)
    return set(lines.values_list("about", "at", "serial"))


def waiting(actor: Actor) -> PaymentQuerySet:
    """What the actor may see of them."""
    rows = policies.visible_payments(actor)
    return rows.filter(pk__in=contrary(rows))


def paid_before(payments: Iterable[Payment]) -> set[int]:
    """The ids of those whose earlier attempt the bank says to have paid: to send them would pay twice."""
    again = [one for one in payments if one.attempt > 1]
    found: set[int] = set()
    for start in range(0, len(again), requesting.ROWS):
        some = again[start : start + requesting.ROWS]
        rows = Payment.objects.filter(source_id__in=[one.source_id for one in some], source_type__in=_types(some))
        settled = Payment.objects.filter(pk__in=contrary(rows)).values_list("source_type", "source_id")
        sources = set(settled)
        found |= {one.pk for one in some if (one.source_type, one.source_id) in sources}
    return found


def require_not_paid_before(batch: Batch) -> None:
    """Raises Conflict PAID_MEANWHILE with the references."""
    rows = list(Payment.objects.filter(batch=batch, attempt__gt=1))
    held = paid_before(rows)
    if held:
        which = "、".join(one.number for one in rows if one.pk in held)
        raise Conflict(
            "PAID_MEANWHILE",
            _("银行说这些付款的前一笔已经到账，请移出后在“对不上的回盘结果”核对：{which}", which=which),
        )


def _types(payments: Iterable[Payment]) -> list[str]:
    return sorted({one.source_type for one in payments})
