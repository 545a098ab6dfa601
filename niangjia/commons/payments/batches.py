"""A batch for the bank: drawn up, prepared by one, released by another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Count, Sum

from niangjia.commons.payments import (
    accounts,
    bank_file,
    hands,
    hearing,
    late,
    parameters,
    policies,
    requesting,
    rules,
)
from niangjia.commons.payments.hearing import Happened
from niangjia.commons.payments.models import Account, Batch, Payment, PaymentQuerySet
from niangjia.commons.payments.states import BatchEvent, BatchState, PaymentEvent, Side
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, NotAllowed
from niangjia.kernel.policy import Decision
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.lifecycle import lifecycle


@transaction.atomic()
def draw_up(*, account: str, actor: Actor, source_type: str = "", most: int | None = None) -> Batch:
    """Put the waiting payments of a fund in a new batch, the oldest first, up to the parameter's number.

    ``account`` is the fund's public id; ``source_type`` takes only payments of one kind. Raises NotFound, NotAllowed,
    Conflict (NOTHING_TO_PAY, PAID_MEANWHILE). What an earlier attempt may have paid already stays out (:mod:`late`).
    """
    fund = policies.visible_accounts(actor).filter(public_id=account, side=Side.FUND.value).first()
    if fund is None:
        raise policies.not_found()
    decision = policies.may_prepare(actor, fund.union_id).require()
    limit = min(most or 1 << 30, parameters.rows_of_batch(fund.union_id, clock.today()))
    payments = _payable(fund, source_type, limit)
    if not payments:
        raise _nothing(fund, source_type)
    batch = lifecycle.open(Batch(account=fund, union_id=fund.union_id), actor=actor, decision=decision)
    _set(payments, batch=batch)
    lifecycle.apply_many(payments, PaymentEvent.DRAW_UP, actor=actor, decision=decision)
    hearing.tell(Happened.IN_FILE, _sources(payments), actor)
    return batch


@transaction.atomic()
def take_out(*, public_id: str, actor: Actor) -> Payment:
    """Take one payment out of a batch that is not prepared yet. Raises NotFound, NotAllowed, InvalidMove, Conflict
    BATCH_FIXED."""
    seen = policies.visible_payments(actor).filter(public_id=public_id).values_list("batch", flat=True).first()
    batch = Batch.objects.select_for_update().filter(pk=seen).first()  # before its payments, like everybody else
    payment = requesting.locked(actor, public_id)
    decision = policies.may_prepare(actor, payment.union_id).require()
    if payment.batch_id != seen or (batch is not None and batch.state != BatchState.DRAWN_UP):
        raise Conflict("BATCH_FIXED", _("这一批已经提交复核，名单不能再改；请先退回。"))
    put_back([payment], actor, decision)
    return payment


@transaction.atomic()
def prepare(*, public_id: str, actor: Actor) -> Batch:
    """Fix the list and its sum, and hand it to somebody else. Raises NotFound, NotAllowed (also OWN_PAYMENT),
    InvalidMove, Conflict (NOTHING_TO_PAY, PAID_MEANWHILE, FUND_TOO_SMALL)."""
    batch = locked(actor, public_id)
    decision = policies.may_prepare(actor, batch.union_id).require()
    batch.MACHINE.require(batch.state, BatchEvent.PREPARE)
    _require_nobody_near(actor, batch)
    totals = Payment.objects.filter(batch=batch).aggregate(rows=Count("pk"), fen=Sum("fen"))
    if not totals["rows"]:
        raise Conflict("NOTHING_TO_PAY", _("这一批已经没有付款，请作废。"))
    late.require_not_paid_before(batch)
    accounts.require_enough(batch.account, totals["fen"])
    changes = {
        **totals,
        "file_hash": bank_file.hash_of(batch),
        "prepared_by_id": actor.user_id,
        "prepared_for_id": hands.standing_in_for(actor, batch.union_id, Role.FINANCE_PREPARER),
    }
    return _move(batch, BatchEvent.PREPARE, actor, decision, changes)


@transaction.atomic()
def send_back(*, public_id: str, reason: str, actor: Actor) -> Batch:
    """Give it back to the preparer. Raises NotFound, NotAllowed, InvalidMove, RuleBroken REASON_NEEDED."""
    batch = locked(actor, public_id)
    decision = policies.may_release(actor, batch.union_id).require()
    changes = {"file_hash": "", "prepared_by_id": None, "prepared_for_id": None}
    return _move(batch, BatchEvent.SEND_BACK, actor, decision, changes, require_reason(reason))


@transaction.atomic()
def release(*, public_id: str, actor: Actor) -> Batch:
    """Let the money go to the bank. Somebody else than who prepared it, by user, by ID number, and not as deputy.

    Raises NotFound, NotAllowed (also OWN_PAYMENT), InvalidMove, RuleBroken (SAME_HANDS, IDENTITY_UNKNOWN), Conflict
    (FUND_TOO_SMALL, FILE_CHANGED, PAID_MEANWHILE).
    """
    batch = locked(actor, public_id)
    decision = policies.may_release(actor, batch.union_id).require()
    batch.MACHINE.require(batch.state, BatchEvent.RELEASE)
    stands_for = hands.standing_in_for(actor, batch.union_id, Role.FINANCE_RELEASER)
    _require_two_people(actor, batch, stands_for)
    _require_nobody_near(actor, batch)
    if bank_file.hash_of(batch) != batch.file_hash:
        raise Conflict("FILE_CHANGED", _("名单和提交复核时不一样，请退回重新提交。"))
    late.require_not_paid_before(batch)
    accounts.require_enough(batch.account, batch.fen)
    payments = payments_of(batch)
    lifecycle.apply_many(payments, PaymentEvent.RELEASE, actor=actor, decision=decision)
    accounts.move_payments(payments, Side.FUND, Side.WITH_BANK, "released")
    changes = {"released_by_id": actor.user_id, "released_for_id": stands_for, "released_at": clock.now()}
    return _move(batch, BatchEvent.RELEASE, actor, decision, changes)


@transaction.atomic()
def discard(*, public_id: str, reason: str, actor: Actor) -> Batch:
    """Give it up; its payments wait again. Raises NotFound, NotAllowed, InvalidMove, RuleBroken REASON_NEEDED."""
    batch = locked(actor, public_id)
    decision = policies.may_prepare(actor, batch.union_id).require()
    batch.MACHINE.require(batch.state, BatchEvent.DISCARD)
    reason = require_reason(reason)
    put_back(payments_of(batch), actor, decision)
    return _move(batch, BatchEvent.DISCARD, actor, decision, {}, reason)


def locked(actor: Actor, public_id: str) -> Batch:
    """One batch that the actor may see, held until the end. Raises NotFound."""
    rows = policies.visible_batches(actor).select_for_update(of=("self",)).select_related("account")
    batch = rows.filter(public_id=public_id).first()
    if batch is None:
        raise policies.not_found()
    return batch


def payments_of(batch: Batch) -> list[Payment]:
    """The payments of a batch, locked in the order of their ids."""
    return requesting.by_ids(Payment.objects.filter(batch=batch).values_list("pk", flat=True))


def _nothing(fund: Account, source_type: str) -> Conflict:
    if _waiting(fund, source_type).exists():
        return Conflict(
            "PAID_MEANWHILE",
            _("等着付款的申请，银行都说前一笔已经到账，现在不能付。请先到“对不上的回盘结果”核对。"),
        )
    return Conflict("NOTHING_TO_PAY", _("这个账户没有等着付款的申请。"))


def _waiting(fund: Account, source_type: str) -> PaymentQuerySet:
    rows = Payment.objects.payable().filter(account=fund)
    return rows.filter(source_type=source_type) if source_type else rows


def _payable(fund: Account, source_type: str, limit: int) -> list[Payment]:
    rows = _waiting(fund, source_type)
    held = late.paid_before(rows.filter(attempt__gt=1))
    return requesting.by_ids(rows.exclude(pk__in=held).order_by("pk").values_list("pk", flat=True)[:limit])


def hold(batch_id: int) -> None:
    """Lock a batch, before its payments."""
    Batch.objects.select_for_update().get(pk=batch_id)


def put_back(payments: Sequence[Payment], actor: Actor, decision: Decision) -> None:
    """Payments of a batch wait again, in the caller's transaction."""
    lifecycle.apply_many(payments, PaymentEvent.TAKE_OUT, actor=actor, decision=decision)
    _set(payments, batch=None)
    hearing.tell(Happened.TAKEN_OUT, _sources(payments), actor)


def _set(payments: Sequence[Payment], batch: Batch | None) -> None:
    for start in range(0, len(payments), requesting.ROWS):
        keys = [one.pk for one in payments[start : start + requesting.ROWS]]
        Payment.objects.filter(pk__in=keys).update(batch=batch)


def _require_two_people(actor: Actor, batch: Batch, stands_for: int | None) -> None:
    """The system (a replay, the demonstration) has no hands of its own."""
    if not actor.is_system:
        rules.require_two_people(hands.of_preparer(batch), hands.of(actor.user_id, stands_for))


def _require_nobody_near(actor: Actor, batch: Batch) -> None:
    if actor.is_system:
        return
    if Payment.objects.filter(batch=batch, person__in=policies.near(actor).values("pk")).exists():
        raise NotAllowed("OWN_PAYMENT", _("这一批里有付给您本人或亲属的款项，请移出或交给同事办理。"))


def _sources(payments: Sequence[Payment]) -> list[tuple[str, str]]:
    return [(one.source_type, one.source_id) for one in payments]


def _move(
    batch: Batch, event: str, actor: Actor, decision: Decision, changes: Mapping[str, object], reason: str = ""
) -> Batch:
    data = {"rows": batch.rows, "fen": batch.fen, "hash": batch.file_hash[:16]}
    return lifecycle.apply(batch, event, actor=actor, decision=decision, reason=reason, changes=changes, data=data)
