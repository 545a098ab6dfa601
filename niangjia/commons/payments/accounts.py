"""Accounts and transfers: money never appears or goes away, it goes from one account to another.

Within one act each account is updated once, in the order of their ids, so that two batches wait for each other
and never deadlock. A CHECK decides whether there is enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F

from niangjia.commons.payments import policies, rules
from niangjia.commons.payments.models import Account, Payment, Transfer
from niangjia.commons.payments.states import Side
from niangjia.commons.unions import tree
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, RuleBroken
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.money import yuan
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform import rows
from niangjia.platform.audit import entries

ROWS = 5_000
SUBJECT = "payments.account"
TRANSFER_COLUMNS = ("public_id", "giver_id", "taker_id", "fen", "at", "kind", "payment_id", "reason")


@dataclass(frozen=True)
class Movement:
    """``fen`` from one account to another, for a payment or, without one, into a fund."""

    giver: int
    taker: int
    fen: int
    kind: str
    payment: int | None = None
    reason: str = ""


@transaction.atomic()
def open_fund(*, union_id: int, fund: str, actor: Actor) -> Account:
    """The four accounts of a fund of a union; gives the fund itself, also when it is there already.

    Raises NotAllowed, RuleBroken FUND_CODE.
    """
    decision = policies.may_keep_accounts(actor, union_id).require()
    code = rules.fund_code(fund)
    known = Account.objects.filter(union=union_id, fund=code, side=Side.FUND.value).first()
    if known is not None:
        return known
    four = [Account(union_id=union_id, fund=code, side=side.value) for side in Side]
    Account.objects.bulk_create(four, ignore_conflicts=True)
    account = Account.objects.get(union=union_id, fund=code, side=Side.FUND.value)
    entries.record(
        actor,
        "payments.account.opened",
        subject_type=SUBJECT,
        subject_id=account.public_id,
        node_id=union_id,
        ground=decision.ground,
        data={"fund": code},
    )
    return account


@transaction.atomic()
def take_in(*, public_id: str, fen: int, reason: str, actor: Actor) -> Transfer:
    """Money that came into a fund, with the words of where from. Raises NotFound, NotAllowed, RuleBroken AMOUNT,
    REASON_NEEDED."""
    account = policies.visible_accounts(actor).filter(public_id=public_id, side=Side.FUND.value).first()
    if account is None:
        raise policies.not_found()
    decision = policies.may_keep_accounts(actor, account.union_id).require()
    source = sides(account)[Side.SOURCE]
    movement = Movement(source.pk, account.pk, rules.sum_of(fen), "taken_in", reason=require_reason(reason))
    made = move([movement])[0]
    entries.record(
        actor,
        "payments.account.taken_in",
        subject_type=SUBJECT,
        subject_id=account.public_id,
        node_id=account.union_id,
        ground=decision.ground,
        data={"fen": fen, "transfer": made.public_id},
    )
    return made


def fund_of(union_id: int, fund: str) -> Account:
    """The fund of this code of the union or of the nearest one above. Raises RuleBroken FUND_MISSING."""
    line = tree.line_ids(union_id)
    found = {
        account.union_id: account for account in Account.objects.filter(union__in=line, fund=fund, side=Side.FUND.value)
    }
    nearest = next((found[one] for one in line if one in found), None)
    if nearest is None:
        raise RuleBroken("FUND_MISSING", _("还没有开立“{fund}”的资金账户，请先联系资金复核开立。", fund=fund))
    return nearest


def sides(fund: Account) -> dict[Side, Account]:
    """The four accounts that belong together."""
    four = Account.objects.filter(union=fund.union_id, fund=fund.fund)
    return {Side(account.side): account for account in four}


def require_enough(fund: Account, fen: int) -> None:
    """Raises Conflict FUND_TOO_SMALL with both figures."""
    balance = Account.objects.values_list("balance", flat=True).get(pk=fund.pk)
    if balance < fen:
        raise too_small(balance, fen)


def too_small(balance: int, fen: int) -> Conflict:
    return Conflict(
        "FUND_TOO_SMALL",
        _("资金余额 {balance}，不够付 {fen}，请先补充资金或减少这一批的笔数。", balance=yuan(balance), fen=yuan(fen)),
    )


def move(movements: Sequence[Movement]) -> list[Transfer]:
    """Write the transfers and bring the balances up to date, in the caller's transaction.

    Raises Conflict FUND_TOO_SMALL when an account that may not would go below zero: then nothing has happened.
    """
    at = clock.now()
    _balance(movements)
    made = [
        Transfer(
            giver_id=one.giver, taker_id=one.taker, fen=one.fen, at=at, kind=one.kind, payment_id=one.payment,
            reason=one.reason,
        )
        for one in movements
    ]  # fmt: skip
    return Transfer.objects.bulk_create(made, batch_size=ROWS)


def move_payments(payments: Sequence[Payment], giver: Side, taker: Side, kind: str) -> None:
    """One transfer for each payment, between the sides of its own fund; few statements, however many. Raises as
    :func:`move`."""
    known: dict[int, dict[Side, Account]] = {}
    for payment in payments:
        if payment.account_id not in known:
            known[payment.account_id] = sides(payment.account)
    movements = [
        Movement(known[one.account_id][giver].pk, known[one.account_id][taker].pk, one.fen, kind, one.pk)
        for one in payments
    ]
    if len(movements) < rows.WORTH_IT:
        move(movements)
        return
    at = clock.now()
    _balance(movements)
    values = [(new_public_id(), one.giver, one.taker, one.fen, at, one.kind, one.payment, "") for one in movements]
    rows.write(Transfer, TRANSFER_COLUMNS, values)


def _balance(movements: Sequence[Movement]) -> None:
    changes: Counter[int] = Counter()
    for one in movements:
        changes[one.giver] -= one.fen
        changes[one.taker] += one.fen
    try:
        with transaction.atomic():
            for account_id in sorted(changes):
                Account.objects.filter(pk=account_id).update(balance=F("balance") + changes[account_id])
    except IntegrityError as error:
        raise Conflict("FUND_TOO_SMALL", _("资金余额不够，请先补充资金或减少这一批的笔数。")) from error
