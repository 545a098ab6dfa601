"""What becomes of a late word of the bank (:mod:`late`): advice for whoever looks at it, and following it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from niangjia.commons.payments import accounts, batches, hearing, late, policies, records, requesting, strays
from niangjia.commons.payments.hearing import Happened
from niangjia.commons.payments.models import Payment
from niangjia.commons.payments.states import LIVE, BatchState, PaymentEvent, PaymentState, Side
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import Text, _
from niangjia.platform.lifecycle import lifecycle

_PREPARED_ALREADY = _("重新办的那一笔已经提交复核，请先请复核人退回这一批。")


@dataclass(frozen=True)
class Late:
    """A late answer on a page: since when the bank has paid, what followed, what to do, and whether it can be done
    here."""

    payment: Payment
    paid_at: datetime
    following: Payment | None
    what_to_do: Text
    can_settle: bool


def read(payments: Iterable[Payment]) -> list[Late]:
    """What stands behind these, in their order."""
    rows = list(payments)
    held = late.contrary(Payment.objects.filter(pk__in=[one.pk for one in rows]))
    return [_late(one, held[one.pk].at) for one in rows if one.pk in held]


def following(payment: Payment) -> Payment | None:
    """The payment that stands for the same thing today, where there is one."""
    found: Payment | None = _live(payment).select_related("account", "batch").first()
    return found


def _late(payment: Payment, paid_at: datetime) -> Late:
    after = following(payment)
    can_settle, what = _advice(payment, after)
    return Late(payment, paid_at, after, what, can_settle)


def _advice(payment: Payment, following: Payment | None) -> tuple[bool, Text]:
    if payment.state == PaymentState.CANCELLED or following is None:
        return False, _("这件事已经决定不再付款，钱却付出去了。请联系本人退回；银行退回的回盘读入后，这一条自动消失。")
    if following.state in (PaymentState.RELEASED, PaymentState.PAID):
        return False, _("重新办的一笔也交给了银行，可能付了两次。请马上联系银行止付，或者请本人退回一笔，再读入回盘。")
    if following.batch is not None and following.batch.state == BatchState.PREPARED:
        return False, _PREPARED_ALREADY
    return True, _(
        "重新办的一笔还没有交给银行。核对银行流水无误后记为已到账，重新办的一笔就此作废；"
        "银行说错了、钱并没有到账的，提出搁置，另一位同事同意后照常付重新办的一笔。"
    )


@transaction.atomic()
def settle(*, public_id: str, actor: Actor) -> Payment:
    """Follow the bank's late word: this one has arrived, and the one that followed is not paid. The room hears of it.

    Raises NotFound, NotAllowed, InvalidMove, Conflict (NOT_CONTRARY, BATCH_FIXED, GONE_TO_BANK, NOTHING_FOLLOWS).
    """
    first = policies.visible_payments(actor).filter(public_id=public_id).first()
    if first is None:
        raise policies.not_found()
    decision = policies.may_prepare(actor, first.union_id).require()
    first.MACHINE.require(first.state, PaymentEvent.SETTLE)
    payment, following = _both(first)
    held = late.contrary(Payment.objects.filter(pk=payment.pk)).get(payment.pk)
    if held is None:
        raise Conflict("NOT_CONTRARY", _("银行最后的结果不是已付，不能记为到账。"))
    _give_up(following, actor, decision)
    payment.answered_on, payment.cause = clock.day_of(held.at), ""
    changes = {"answered_on": payment.answered_on, "cause": ""}
    _book(payment, changes, actor, decision)
    return payment


def _book(payment: Payment, changes: dict[str, object], actor: Actor, decision: Decision) -> None:
    lifecycle.apply(
        payment, PaymentEvent.SETTLE, actor=actor, decision=decision, changes=changes,
        records=[records.paid(payment)], data={"fen": payment.fen},
    )  # fmt: skip
    accounts.move_payments([payment], Side.FUND, Side.PAID_OUT, "paid")
    source = [(payment.source_type, payment.source_id)]
    hearing.tell(Happened.IN_FILE, source, actor)
    hearing.tell(Happened.PAID, source, actor)
    strays.resolve_stray(payments=[payment.pk], actor=actor, decision=decision)


def _live(payment: Payment) -> QuerySet[Payment]:
    rows = Payment.objects.filter(source_type=payment.source_type, source_id=payment.source_id)
    return rows.filter(state__in=[state.value for state in LIVE])


def _both(first: Payment) -> tuple[Payment, Payment | None]:
    """The late one and what follows it, held: the batch before its payments, those in the order of their ids."""
    after = _live(first).first()
    if after is not None and after.batch_id is not None:
        batches.hold(after.batch_id)
    held = {one.pk: one for one in requesting.by_ids([first.pk, *([after.pk] if after else [])])}
    return held[first.pk], held.get(after.pk) if after else None


def _give_up(following: Payment | None, actor: Actor, decision: Decision) -> None:
    if following is None or following.state not in {state.value for state in LIVE}:
        raise Conflict("NOTHING_FOLLOWS", _("这件事已经决定不再付款，请联系本人退回。"))
    if following.state in (PaymentState.RELEASED, PaymentState.PAID):
        raise Conflict("GONE_TO_BANK", _("重新办的那一笔已经交给银行，请联系银行止付或请本人退回一笔。"))
    if following.state == PaymentState.IN_BATCH:
        if following.batch is None or following.batch.state != BatchState.DRAWN_UP:
            raise Conflict("BATCH_FIXED", _PREPARED_ALREADY)
        batches.put_back([following], actor, decision)
    lifecycle.apply(
        following, PaymentEvent.CANCEL, actor=actor, decision=decision, reason="前一笔银行已经付到，这一笔不再付"
    )
