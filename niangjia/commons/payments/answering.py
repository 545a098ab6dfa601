"""What the bank answers: read in any order, any number of times, with the same end.

The answers are kept; the one that holds is the latest by the bank's own clock (:func:`rules.holding`). An answer that
changes nothing moves nothing, so a file read twice, late, or before an older one does no harm. Lines that cannot be
counted, or not plainly, wait for somebody (:mod:`strays`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db import transaction

from niangjia.commons.ledger import write as ledger
from niangjia.commons.payments import (
    accounts,
    batches,
    hearing,
    late,
    notices,
    policies,
    records,
    requesting,
    rules,
    strays,
)
from niangjia.commons.payments.hearing import Happened
from niangjia.commons.payments.models import BankAnswer, Batch, Payment, ReturnFile, StrayLine
from niangjia.commons.payments.states import BatchEvent, BatchState, PaymentEvent, PaymentState, Side
from niangjia.commons.payments.strays import AnswerLine
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, RuleBroken
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import _
from niangjia.platform import rows
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.lifecycle.lifecycle import Effects

ANSWER_COLUMNS = ("payment_id", "at", "serial", "failed", "cause", "read_at")


@dataclass(frozen=True)
class Outcome:
    """What reading a file did; ``contrary`` are answers for payments that are over, ``strays`` how many lines (those
    among them) wait since then for somebody to look at."""

    paid: int
    failed: int
    unchanged: int
    contrary: tuple[str, ...] = ()
    read_before: bool = False
    strays: int = 0


@transaction.atomic()
def answer(*, public_id: str, lines: Sequence[AnswerLine], file_hash: str = "", actor: Actor) -> Outcome:
    """Read what the bank answered about a batch: what cannot be placed waits for somebody, the rest is counted.

    Raises NotFound, NotAllowed, Conflict NOT_RELEASED, RuleBroken RETURN_FILE when no line speaks of this batch.
    """
    batch = batches.locked(actor, public_id)
    decision = policies.may_prepare(actor, batch.union_id).require()
    if batch.state not in (BatchState.RELEASED, BatchState.ANSWERED, BatchState.CLOSED):
        raise Conflict("NOT_RELEASED", _("这一批还没有放行，不能读入回盘。"))
    payments = {payment.pk: payment for payment in batches.payments_of(batch)}
    told = strays.told(lines, payments)
    if not told.is_of_this_batch:
        first = [_("文件里没有这一批的付款结果。") if lines else _("文件里没有回盘结果。")]
        raise RuleBroken("RETURN_FILE", _("回盘文件有误，没有读入，请核对是不是这一批的文件。"), fields={"file": first})
    before = _keep(batch, told.counted, file_hash, len(lines), actor)
    outcome, after = _settle([payments[key] for key in sorted(told.counted)], actor, decision, before)
    strange = [*strays.named(told.strange, actor), *after]
    new = strays.report_stray(batch=batch, strange=strange, file_hash=file_hash, actor=actor, decision=decision)
    strays.resolve_stray(payments=sorted(told.counted), actor=actor, decision=decision)
    _move_on(batch, actor, decision)
    return replace(outcome, strays=len(new))


def place(*, line: StrayLine, payment: Payment, actor: Actor, decision: Decision) -> Outcome:
    """Count a line of the bank's file for this payment, whose batch is held, in the caller's transaction."""
    batch = payment.batch
    if batch is None:
        raise Conflict("NOT_RELEASED", _("这一批还没有放行，不能读入回盘。"))
    said = AnswerLine(line.line, payment.number, line.failed, line.at, line.serial, line.cause, line.fen)
    _keep(batch, {payment.pk: [said]}, "", 1, actor)
    outcome, after = _settle([payment], actor, decision, False)
    new = strays.report_stray(batch=batch, strange=after, file_hash=line.file_hash, actor=actor, decision=decision)
    strays.resolve_stray(payments=[payment.pk], actor=actor, decision=decision)
    _move_on(batch, actor, decision)
    return replace(outcome, strays=len(new))


@transaction.atomic()
def close(*, public_id: str, actor: Actor) -> Batch:
    """Close a batch by hand when every payment is answered. Raises NotFound, NotAllowed, InvalidMove, Conflict
    BATCH_OPEN."""
    batch = batches.locked(actor, public_id)
    decision = policies.may_prepare(actor, batch.union_id).require()
    if _open(batch):
        raise Conflict("BATCH_OPEN", _("还有付款没有银行的结果，不能结清。"))
    return lifecycle.apply(batch, BatchEvent.CLOSE, actor=actor, decision=decision)


def pay(*, payments: Sequence[Payment], actor: Actor, decision: Decision) -> None:
    """They have arrived, at the day of their answer: money, ledger and room follow. In the caller's transaction."""
    for state, side in ((PaymentState.RELEASED, Side.WITH_BANK), (PaymentState.FAILED, Side.FUND)):
        some = [one for one in payments if one.state == state]
        if some:
            lifecycle.apply_many(
                some,
                PaymentEvent.PAY,
                actor=actor,
                decision=decision,
                effects_for=lambda one: Effects(records=[records.paid(one)], data={"fen": one.fen}),
            )
            accounts.move_payments(some, side, Side.PAID_OUT, "paid")
    _tell(Happened.PAID, payments, actor)


def fail(*, payments: Sequence[Payment], actor: Actor, decision: Decision) -> None:
    """They have not arrived, or came back: money returns to the fund, the person is asked. In the caller's
    transaction."""
    for state, side in ((PaymentState.RELEASED, Side.WITH_BANK), (PaymentState.PAID, Side.PAID_OUT)):
        some = [one for one in payments if one.state == state]
        if not some:
            continue
        users = notices.users_of(some)
        lifecycle.apply_many(
            some,
            PaymentEvent.FAIL,
            actor=actor,
            decision=decision,
            effects_for=lambda one: Effects(
                notices=notices.failed(one, users.get(one.person_id)),  # noqa: B023 - called within the loop
                data={"fen": one.fen, "cause": one.cause},
            ),
        )
        accounts.move_payments(some, side, Side.FUND, "returned")
        if state is PaymentState.PAID:
            ledger.reverse_many(records.SOURCE_TYPE, [one.pk for one in some], at=clock.now())
    _tell(Happened.FAILED, payments, actor)


def _keep(batch: Batch, told: dict[int, list[AnswerLine]], file_hash: str, count: int, actor: Actor) -> bool:
    """Keep the answers, each once: whoever reads answers of this batch waits for its lock. Gives whether the same file
    was read before."""
    known = {(key, one.at, one.serial, one.failed) for key, some in _answers(list(told)).items() for one in some}
    new = {
        (key, one.at, one.serial[: strays.SERIAL], one.failed): _cause(one)
        for key, some in told.items()
        for one in some
        if (key, one.at, one.serial[: strays.SERIAL], one.failed) not in known
    }
    now = clock.now()
    rows.write(BankAnswer, ANSWER_COLUMNS, [(*one, cause, now) for one, cause in new.items()])
    if not file_hash:
        return False
    _file, is_new = ReturnFile.objects.get_or_create(
        batch=batch, file_hash=file_hash, defaults={"rows": count, "by_id": actor.user_id}
    )
    return not is_new


def _cause(one: AnswerLine) -> str:
    return rules.cause_of(one.cause).value if one.failed else ""


def _settle(
    payments: Sequence[Payment], actor: Actor, decision: Decision, before: bool
) -> tuple[Outcome, list[strays.Strange]]:
    """Move what the answers move; gives what that was, and which of the answers somebody should look at besides."""
    answers = _answers([payment.pk for payment in payments])
    holding = {key: rules.holding(some) for key, some in answers.items()}
    groups = _sorted(payments, holding)
    arrived, missed, restated = groups["arrived"], groups["missed"], groups["restated"]
    _write_down([*arrived, *missed, *restated], holding)
    if missed:
        fail(payments=missed, actor=actor, decision=decision)
    if arrived:
        pay(payments=arrived, actor=actor, decision=decision)
    _book_again([one for one in restated if one.state == PaymentState.PAID])
    contrary = late.contrary(Payment.objects.filter(pk__in=[one.pk for one in groups["contrary"]]))
    numbers = tuple(one.number for one in groups["contrary"] if one.pk in contrary)
    same = len(groups["same"]) + len(restated)
    outcome = Outcome(len(arrived), len(missed), same, numbers, before)
    return outcome, strays.after_counting(payments, answers, contrary)


def _sorted(payments: Sequence[Payment], holding: dict[int, rules.Answer]) -> dict[str, list[Payment]]:
    groups: dict[str, list[Payment]] = {key: [] for key in ("arrived", "missed", "restated", "contrary", "same")}
    for payment in payments:
        groups[_what(payment, holding[payment.pk])].append(payment)
    return groups


def _what(payment: Payment, held: rules.Answer) -> str:
    if payment.state in (PaymentState.CORRECTED, PaymentState.CANCELLED):
        return "same" if held.failed else "contrary"
    if payment.state != (PaymentState.FAILED if held.failed else PaymentState.PAID):
        return "missed" if held.failed else "arrived"
    return "same" if (payment.answered_on, payment.cause) == (clock.day_of(held.at), held.cause) else "restated"


def _book_again(payments: Sequence[Payment]) -> None:
    """The bank named another day for what had arrived: the ledger tells it of that day."""
    if payments:
        ledger.reverse_many(records.SOURCE_TYPE, [one.pk for one in payments], at=clock.now())
        entries = [ledger.Entry(records.paid(one), records.SOURCE_TYPE, one.pk, one.owner_key) for one in payments]
        ledger.book(entries, at=clock.now())


def _answers(keys: Sequence[int]) -> dict[int, list[rules.Answer]]:
    """What the bank has said about these payments, by payment."""
    found: dict[int, list[rules.Answer]] = defaultdict(list)
    for start in range(0, len(keys), requesting.ROWS):
        said = BankAnswer.objects.filter(payment__in=keys[start : start + requesting.ROWS])
        for key, at, serial, failed, cause in said.values_list("payment_id", "at", "serial", "failed", "cause"):
            found[key].append(rules.Answer(at, serial, failed, cause))
    return found


def _write_down(payments: Iterable[Payment], holding: dict[int, rules.Answer]) -> None:
    """Day and cause of the answer that holds, by few statements: most payments of a file share both."""
    groups: dict[tuple[date, str], list[Payment]] = defaultdict(list)
    for payment in payments:
        held = holding[payment.pk]
        payment.answered_on, payment.cause = clock.day_of(held.at), held.cause
        groups[payment.answered_on, payment.cause].append(payment)
    for (day, cause), some in sorted(groups.items()):
        for start in range(0, len(some), requesting.ROWS):
            keys = [one.pk for one in some[start : start + requesting.ROWS]]
            Payment.objects.filter(pk__in=keys).update(answered_on=day, cause=cause)


def _move_on(batch: Batch, actor: Actor, decision: Decision) -> None:
    if batch.state == BatchState.RELEASED:
        lifecycle.apply(batch, BatchEvent.ANSWER, actor=actor, decision=decision)
    if batch.state == BatchState.ANSWERED and not _open(batch):
        lifecycle.apply(batch, BatchEvent.CLOSE, actor=actor, decision=decision)


def _open(batch: Batch) -> bool:
    return Payment.objects.filter(batch=batch, state=PaymentState.RELEASED.value).exists()


def _tell(happened: Happened, payments: Sequence[Payment], actor: Actor) -> None:
    hearing.tell(happened, [(one.source_type, one.source_id) for one in payments], actor)
