"""Every cell of the four machines by the actions that people use: the move, or a refusal and nothing has changed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import transaction

from niangjia.commons.parameters.actions import publish
from niangjia.commons.payments import actions, books
from niangjia.commons.payments import testing as build
from niangjia.commons.payments.models import BankAccount, Batch, Payment, StrayLine
from niangjia.commons.payments.states import (
    BANK_ACCOUNT,
    BATCH,
    PAYMENT,
    STRAY,
    BankAccountEvent,
    BankAccountState,
    BatchEvent,
    BatchState,
    PaymentEvent,
    PaymentState,
    StrayEvent,
    StrayState,
)
from niangjia.commons.people import testing as people
from niangjia.commons.unions.testing import small_tree
from niangjia.kernel import clock as kernel_clock
from niangjia.kernel.errors import DomainError
from niangjia.platform.testing.kept import kept

pytestmark = pytest.mark.django_db
SYSTEM, WHY = build.SYSTEM, "名单有误，请核对"
P, PE, B, BE, A, AE = PaymentState, PaymentEvent, BatchState, BatchEvent, BankAccountState, BankAccountEvent
S, SE = StrayState, StrayEvent


@pytest.fixture
def city():
    return kept(small_tree)["CITY"]


def every_cell(machine, state, thing, act):
    """Try every event from ``state``; each try is undone before the next."""
    wrong = []
    for event in machine.events:
        move = machine.find(state, event)
        with transaction.atomic():
            refusal = _refusal(lambda event=event: act(event))
            found = type(thing).objects.get(pk=thing.pk).state
            expected = move.target if move else state
            if found != expected:
                wrong.append(f"{event} from {state}: {found} instead of {expected} ({refusal})")
            if move and list(books.check()):
                wrong.append(f"{event} from {state}: the books differ")
            transaction.set_rollback(True)
    assert not wrong, "\n".join(wrong)


def _refusal(act):
    try:
        with transaction.atomic():
            act()
    except DomainError as error:
        return error.code
    return ""


# A payment


def a_payment_in(city, state):
    """One payment, led to ``state``; one that was corrected is said to be paid, late, by the bank."""
    fund, person = build.a_fund(city), people.a_person("王一")
    actions.name_account(person_id=person.pk, bank="乙银行", account_number=build.a_card(900_005), actor=SYSTEM)
    payment = build.a_payment(city, person, source_id="c1")
    if state == P.CANCELLED:
        return actions.cancel(public_id=payment.public_id, reason=WHY, actor=SYSTEM)
    if state == P.REQUESTED:
        return payment
    batch = actions.draw_up(account=fund.public_id, actor=SYSTEM)
    if state == P.IN_BATCH:
        return payment
    actions.prepare(public_id=batch.public_id, actor=SYSTEM)
    actions.release(public_id=batch.public_id, actor=SYSTEM)
    if state == P.RELEASED:
        return payment
    said = [build.an_answer(payment, failed=state != P.PAID, cause="无此户")]
    actions.answer(public_id=batch.public_id, lines=said, actor=SYSTEM)
    if state == P.CORRECTED:
        actions.correct(public_id=payment.public_id, actor=SYSTEM)
        actions.answer(public_id=batch.public_id, lines=[build.an_answer(payment, minutes=1)], actor=SYSTEM)
    return payment


def _answered(payment, *, failed):
    held = Payment.objects.select_related("batch").get(pk=payment.pk)
    if held.batch is not None:
        line = build.an_answer(payment, failed=failed, cause="退汇" if failed else "", minutes=9)
        actions.answer(public_id=held.batch.public_id, lines=[line], actor=SYSTEM)


def _sent(payment):
    held = Payment.objects.select_related("batch").get(pk=payment.pk)
    if held.batch is not None:
        actions.prepare(public_id=held.batch.public_id, actor=SYSTEM)
        actions.release(public_id=held.batch.public_id, actor=SYSTEM)


@pytest.mark.parametrize("state", list(P))
def test_every_cell_of_a_payment(city, state):
    payment = a_payment_in(city, state)
    key, given = payment.public_id, {"public_id": payment.public_id, "actor": SYSTEM}
    acts = {
        PE.DRAW_UP: lambda: actions.draw_up(account=payment.account.public_id, actor=SYSTEM),
        PE.TAKE_OUT: lambda: actions.take_out(**given),
        PE.RELEASE: lambda: _sent(payment),
        PE.PAY: lambda: _answered(payment, failed=False),
        PE.FAIL: lambda: _answered(payment, failed=True),
        PE.CORRECT: lambda: actions.correct(**given),
        PE.SETTLE: lambda: actions.settle(**given),
        PE.CANCEL: lambda: actions.cancel(public_id=key, reason=WHY, actor=SYSTEM),
    }
    assert set(acts) == set(PAYMENT.events)
    assert Payment.objects.get(pk=payment.pk).state == state
    every_cell(PAYMENT, state, payment, lambda event: acts[event]())


# A batch


def a_batch_in(city, state):
    """A batch of two payments in ``state``."""
    fund, person = build.a_fund(city), people.a_person("王一")
    made = [build.a_payment(city, person, source_id=f"c{n}") for n in range(2)]
    batch = actions.draw_up(account=fund.public_id, actor=SYSTEM)
    if state == B.DISCARDED:
        return actions.discard(public_id=batch.public_id, reason=WHY, actor=SYSTEM), made
    for step in {B.DRAWN_UP: (), B.PREPARED: (actions.prepare,)}.get(state, (actions.prepare, actions.release)):
        step(public_id=batch.public_id, actor=SYSTEM)
    answered = {B.ANSWERED: 1, B.CLOSED: 2}.get(state, 0)
    if answered:
        actions.answer(public_id=batch.public_id, lines=build.answers(made[:answered]), actor=SYSTEM)
    return batch, made


@pytest.mark.parametrize("state", list(B))
def test_every_cell_of_a_batch(city, state):
    batch, made = a_batch_in(city, state)
    given = {"public_id": batch.public_id, "actor": SYSTEM}
    acts = {
        BE.PREPARE: lambda: actions.prepare(**given),
        BE.SEND_BACK: lambda: actions.send_back(reason=WHY, **given),
        BE.RELEASE: lambda: actions.release(**given),
        BE.ANSWER: lambda: actions.answer(lines=build.answers(made[:1]), **given),
        BE.CLOSE: lambda: actions.answer(lines=build.answers(made), **given),
        BE.DISCARD: lambda: actions.discard(reason=WHY, **given),
    }
    assert set(acts) == set(BATCH.events)
    assert Batch.objects.get(pk=batch.pk).state == state
    every_cell(BATCH, state, batch, lambda event: acts[event]())
    if state in (B.RELEASED, B.ANSWERED):
        assert _refusal(lambda: actions.close(**given)) == "BATCH_OPEN"


# A line of the bank's file that nobody could place


def a_stray_in(city, state):
    """A line with an unknown reference in ``state``, and the payment on which it would be placed."""
    batch, made = a_batch_in(city, B.RELEASED)
    line = build.an_answer(made[0], serial="X1")
    told = [line, replace(line, fen=1)] if state == S.RESOLVED else [build.an_answer(made[1]), replace(line, fen=1)]
    actions.answer(public_id=batch.public_id, lines=told, actor=SYSTEM)
    stray, given = StrayLine.objects.get(), {"actor": SYSTEM}
    StrayLine.objects.filter(pk=stray.pk).update(fen=made[0].fen)
    given["public_id"] = stray.public_id
    if state in (S.PROPOSED, S.PLACED):
        actions.propose_place(reference=made[0].number, reason=WHY, **given)
    if state == S.PLACED:
        actions.confirm_place(**given)
    if state == S.SET_ASIDE:
        actions.set_aside(reason=WHY, **given)
    if state == S.ASIDE_PROPOSED:
        actions.propose_aside(reason=WHY, **given)
    return stray, batch, line, made[0]


@pytest.mark.parametrize("state", list(S))
def test_every_cell_of_a_stray_line(city, state):
    stray, batch, line, target = a_stray_in(city, state)
    given = {"public_id": stray.public_id, "actor": SYSTEM}
    acts = {
        SE.PROPOSE_PLACE: lambda: actions.propose_place(reference=target.number, reason=WHY, **given),
        SE.CONFIRM_PLACE: lambda: actions.confirm_place(**given),
        SE.DECLINE_PLACE: lambda: actions.decline_place(reason=WHY, **given),
        SE.RESOLVE_STRAY: lambda: actions.answer(public_id=batch.public_id, lines=[line], actor=SYSTEM),
        SE.SET_ASIDE: lambda: actions.set_aside(reason=WHY, **given),
        SE.PROPOSE_ASIDE: lambda: actions.propose_aside(reason=WHY, **given),
        SE.CONFIRM_ASIDE: lambda: actions.confirm_aside(**given),
        SE.DECLINE_ASIDE: lambda: actions.decline_aside(reason=WHY, **given),
        SE.TAKE_UP: lambda: actions.take_up(reason=WHY, **given),
    }
    assert set(acts) == set(STRAY.events)
    assert StrayLine.objects.get(pk=stray.pk).state == state
    every_cell(STRAY, state, stray, lambda event: acts[event]())


# A bank account


def an_account_in(city, state):
    """The second account of a person whose union looks at changes, in ``state``."""
    union = type(city).objects.get(code="FIRM")
    membership = people.a_member(union, person=people.a_person("王一"))
    publish(
        code="payments.account_four_eyes", union_id=union.pk, value=True, valid_from=kernel_clock.today(), actor=SYSTEM
    )
    for serial in (5, 6):
        account = actions.name_account(
            person_id=membership.person_id, bank="乙银行", account_number=build.a_card(serial), actor=SYSTEM
        )
    if state in (A.IN_USE, A.REPLACED):
        actions.confirm_account(public_id=account.public_id, actor=SYSTEM)
    if state == A.REFUSED:
        actions.refuse_account(public_id=account.public_id, reason=WHY, actor=SYSTEM)
    if state == A.REPLACED:
        actions.replace_account(public_id=account.public_id, actor=SYSTEM)
    return account


@pytest.mark.parametrize("state", list(A))
def test_every_cell_of_a_bank_account(city, state):
    account = an_account_in(city, state)
    given = {"public_id": account.public_id, "actor": SYSTEM}
    acts = {
        AE.CONFIRM_ACCOUNT: lambda: actions.confirm_account(**given),
        AE.REFUSE_ACCOUNT: lambda: actions.refuse_account(reason=WHY, **given),
        AE.REPLACE_ACCOUNT: lambda: actions.replace_account(**given),
    }
    assert set(acts) == set(BANK_ACCOUNT.events)
    assert BankAccount.objects.get(pk=account.pk).state == state
    every_cell(BANK_ACCOUNT, state, account, lambda event: acts[event]())
