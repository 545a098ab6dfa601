"""Money of the replay: funds with enough in them, and batches that the bank answers in the same month."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, time

from niangjia.commons.payments import actions as payments
from niangjia.commons.payments.actions import AnswerLine
from niangjia.commons.payments.models import Account, Batch, Payment
from niangjia.commons.payments.states import PaymentState, Side
from niangjia.kernel import clock
from niangjia.shells.replay.cast import SYSTEM, Cast

ENOUGH = 1_000_000_000_00
"""Fen that a fund is given."""


def open_funds(cast: Cast) -> None:
    """The funds of the city and of the district, filled."""
    for union, fund in (
        (cast.city, "city_union"),
        (cast.city, "reimbursement"),
        (cast.district, "mutual_aid"),
        (cast.district, "reimbursement"),
    ):
        account = payments.open_fund(union_id=union.pk, fund=fund, actor=SYSTEM)
        payments.take_in(public_id=account.public_id, fen=ENOUGH, reason="年度预算", actor=SYSTEM)


def pay_all(cast: Cast, day: date, funds: Collection[str]) -> int:
    """Pay on ``day`` everything that waits for these funds and knows where to; how many payments."""
    with clock.travelling(clock.moment(day, time(10))):
        waiting = Payment.objects.filter(state=PaymentState.REQUESTED, has_account=True)
        accounts = Account.objects.filter(side=Side.FUND, fund__in=funds, pk__in=waiting.values("account"))
        return sum(_pay(cast, account, day) for account in accounts.order_by("pk"))


def _pay(cast: Cast, fund: Account, day: date) -> int:
    paid = 0
    while Payment.objects.filter(state=PaymentState.REQUESTED, has_account=True, account=fund).exists():
        batch = payments.draw_up(account=fund.public_id, actor=cast.preparer)
        payments.prepare(public_id=batch.public_id, actor=cast.preparer)
        payments.release(public_id=batch.public_id, actor=cast.releaser)
        paid += _answered(cast, batch, day)
    return paid


def _answered(cast: Cast, batch: Batch, day: date) -> int:
    at = clock.moment(day, time(15))
    with clock.travelling(clock.moment(day, time(16))):
        lines = [
            AnswerLine(number, payment.number, False, at, f"R{payment.pk}", "", payment.fen)
            for number, payment in enumerate(Payment.objects.filter(batch=batch).order_by("pk"), 2)
        ]
        payments.answer(public_id=batch.public_id, lines=lines, actor=cast.preparer)
    return len(lines)
