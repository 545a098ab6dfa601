"""What is left over of the money for a purchase: refunded by the bank, or counted for another purchase of the buyer.

A buyer pays for those on the list. Where fewer of them can be insured when protection begins, or the purchase is
cancelled, the rest is no premium: it leaves the figures at once, and the money when it is paid back.
"""

from __future__ import annotations

from django.db import transaction

from niangjia.commons.payments import actions as payments
from niangjia.commons.payments import rules as payment_rules
from niangjia.commons.payments.actions import Payee
from niangjia.commons.payments.models import Payment
from niangjia.commons.payments.states import PaymentState
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound, RuleBroken
from niangjia.kernel.money import yuan
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import Text, _
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices.kinds import Notice
from niangjia.services.protection import notices
from niangjia.services.protection.purchases import policies, records
from niangjia.services.protection.purchases.models import Credit, CreditSerial, Purchase, Receipt
from niangjia.services.protection.purchases.states import OWING, CreditEvent, PurchaseState, ReceiptState

SOURCE = "protection.purchase"
"""Under which payments know what is given back to a buyer; the source's id is the credit's."""

PREFIX = "YK"
"""Numbers of credits begin with it (余款)."""

_AGAIN = "换一个账户重新退款"


def not_found() -> NotFound:
    """The one answer for a credit that does not exist and for one out of sight."""
    return NotFound("CREDIT_NOT_FOUND", _("没有找到这笔余款。"))


@transaction.atomic()
def open_credit(*, purchase: Purchase, fen: int, persons: int = 0, actor: Actor, decision: Decision) -> Credit:
    """Write down ``fen`` left over from a purchase that is held; they count as premium no longer."""
    credit = Credit(number=CreditSerial.next_number(PREFIX), purchase=purchase, fen=fen, persons=persons)
    records.take_from_premium(purchase, fen)
    opened: Credit = lifecycle.open(
        credit, actor=actor, decision=decision, data={"fen": fen, "persons": persons}, notices=_told(credit)
    )
    return opened


@transaction.atomic()
def refund_credit(*, public_id: str, refund_account: str, actor: Actor) -> Credit:
    """Have it paid back to the buyer's account; one that the bank could not pay is tried again to another account.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken (ACCOUNT_NUMBER, FUND_MISSING).
    """
    seen = policies.visible_credits(actor).filter(public_id=public_id).first()
    if seen is None:
        raise not_found()
    decision = policies.may_cancel(actor, seen.purchase).require()
    seen.MACHINE.require(seen.state, CreditEvent.REFUND)
    account = _account(refund_account)
    _give_up_failed(seen)  # a payment is held before the credit, as where the bank's answers are read
    credit = _locked(actor, public_id)
    credit.MACHINE.require(credit.state, CreditEvent.REFUND)
    purchase = credit.purchase
    payments.request(
        source_type=SOURCE, source_id=credit.public_id, union=purchase.plan.union, fund=purchase.plan.fund,
        payee=Payee(name=purchase.title, bank_account=account), fen=credit.fen, actor=actor,
    )  # fmt: skip
    return lifecycle.apply(credit, CreditEvent.REFUND, actor=actor, decision=decision, data={"fen": credit.fen})


@transaction.atomic()
def offset_credit(*, public_id: str, purchase_number: str, actor: Actor) -> Credit:
    """Count it for another purchase of the same buyer from the same fund: a preparer records it like any sum that came
    in, and it counts when a releaser confirms it. No money moves.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken (OFFSET_UNKNOWN, OFFSET_ELSEWHERE, OFFSET_NOT_OWING,
    OFFSET_TOO_MUCH).
    """
    target = _target(actor, purchase_number)
    credit = _locked(actor, public_id)
    decision = policies.may_invoice(actor, credit.purchase).require()
    credit.MACHINE.require(credit.state, CreditEvent.OFFSET)
    _require_fitting(credit, target)
    receipt = Receipt(
        purchase=target, fen=credit.fen, bank_reference=credit.number, received_on=clock.today(), credit=credit,
        recorded_by_id=actor.user_id,
    )  # fmt: skip
    lifecycle.open(receipt, actor=actor, decision=decision, data={"fen": credit.fen, "credit": credit.number})
    data = {"fen": credit.fen, "purchase": target.number}
    return lifecycle.apply(credit, CreditEvent.OFFSET, actor=actor, decision=decision, data=data)


@transaction.atomic()
def settle_offset(*, public_id: str, actor: Actor) -> Credit:
    """Finance has confirmed it as money of the other purchase. Raises NotFound, NotAllowed, InvalidMove."""
    return _by_system(public_id, CreditEvent.SETTLE_OFFSET, actor)


@transaction.atomic()
def undo_offset(*, public_id: str, actor: Actor) -> Credit:
    """Finance has not; the buyer chooses again. Raises NotFound, NotAllowed, InvalidMove."""
    return _by_system(public_id, CreditEvent.UNDO_OFFSET, actor)


@transaction.atomic()
def pay_credit(*, public_id: str, actor: Actor) -> Credit:
    """The refund has arrived. Raises NotFound, NotAllowed, InvalidMove."""
    return _by_system(public_id, CreditEvent.PAY, actor)


@transaction.atomic()
def fail_credit(*, public_id: str, actor: Actor) -> Credit:
    """The bank could not pay it, or it came back; the buyer names another account. Raises NotFound, NotAllowed,
    InvalidMove."""
    return _by_system(public_id, CreditEvent.FAIL, actor)


@transaction.atomic()
def recall_credit(*, public_id: str, actor: Actor) -> Credit:
    """Finance does not pay it that way; the buyer chooses again. Raises NotFound, NotAllowed, InvalidMove."""
    return _by_system(public_id, CreditEvent.RECALL, actor)


def _by_system(public_id: str, event: str, actor: Actor) -> Credit:
    credit = _locked(actor, public_id)
    return lifecycle.apply(credit, event, actor=actor, decision=policies.may_run(actor).require())


def _locked(actor: Actor, public_id: str) -> Credit:
    found = policies.visible_credits(actor).select_for_update(of=("self",)).filter(public_id=public_id).first()
    if found is None:
        raise not_found()
    return found


def _target(actor: Actor, number: str) -> Purchase:
    """The other purchase under its lock, taken before the credit's as everywhere."""
    rows = policies.visible_purchases(actor).select_for_update(of=("self",))
    found = rows.filter(number=number.strip().upper()).first()
    if found is None:
        raise _refused("OFFSET_UNKNOWN", _("没有找到这个编号的购买，请核对。"))
    return found


def _require_fitting(credit: Credit, target: Purchase) -> None:
    own = credit.purchase
    same = (own.tax_number, own.plan.union_id, own.plan.fund)
    if target.pk == own.pk or (target.tax_number, target.plan.union_id, target.plan.fund) != same:
        raise _refused("OFFSET_ELSEWHERE", _("只能抵扣同一个单位、同一个资金来源的另一次购买。"))
    if target.state not in (*OWING, PurchaseState.IN_FORCE) or target.owed_fen <= 0:
        raise _refused("OFFSET_NOT_OWING", _("这次购买现在没有待收的款项；开票以后才能抵扣。"))
    waiting = sum(target.receipts.filter(state=ReceiptState.RECORDED).values_list("fen", flat=True))
    if credit.fen > target.owed_fen - waiting:
        owed = yuan(target.owed_fen - waiting)
        raise _refused("OFFSET_TOO_MUCH", _("这次购买还欠 {owed}，比余款少，不能抵扣，请退款。", owed=owed))


def _give_up_failed(credit: Credit) -> None:
    """What the bank could not pay is over; the room hears of it and the credit is open again."""
    failed = Payment.objects.filter(
        source_type=SOURCE, source_id=credit.public_id, state=PaymentState.FAILED.value
    ).first()
    if failed is not None:
        payments.cancel(public_id=failed.public_id, reason=_AGAIN, actor=Actor.system("团体购买退款"))


def _account(value: str) -> str:
    try:
        return payment_rules.account_number(value)
    except RuleBroken as error:
        raise RuleBroken(error.code, error.message, fields={"refund_account": [error.message]}) from error


def _told(credit: Credit) -> list[Notice]:
    purchase = credit.purchase
    if purchase.drafted_by_id is None:
        return []
    values = {"number": purchase.number, "sum": yuan(credit.fen)}
    link = f"/console/protection/purchases/{purchase.public_id}/"
    return [Notice(notices.PURCHASE_CREDIT, purchase.drafted_by_id, values, link=link)]


def _refused(code: str, sentence: Text) -> RuleBroken:
    return RuleBroken(code, sentence, fields={"purchase_number": [sentence]})
