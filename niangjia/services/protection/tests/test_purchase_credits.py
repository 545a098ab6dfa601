"""What is left over of the money for a purchase: fewer insured than paid for, cancelled, refunded, offset."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from niangjia.commons.desk.models import DeskItem
from niangjia.commons.ledger.books import check_books
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.payments import actions as payment_actions
from niangjia.commons.payments import testing as payments
from niangjia.commons.payments.models import Account, Payment
from niangjia.commons.people import actions as people
from niangjia.commons.people.models import Membership
from niangjia.commons.people.testing import a_member
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.errors import DomainError
from niangjia.kernel.policy import allow
from niangjia.platform.jobs import worker
from niangjia.platform.notices.models import Message
from niangjia.platform.testing.clients import staff_client
from niangjia.services.protection import actions
from niangjia.services.protection import testing_lists as lists
from niangjia.services.protection.models import Enrolment
from niangjia.services.protection.purchases import jobs
from niangjia.services.protection.purchases import testing as buying
from niangjia.services.protection.purchases.models import Credit, Purchase
from niangjia.services.protection.purchases.states import CREDIT, CreditEvent, CreditState
from niangjia.services.protection.testing import SYSTEM, a_card


@pytest.fixture
def shop(world):
    """Three members of the firm, the city's group plan, finance of the city."""
    world.people = lists.members(world.firm, 3)
    world.group = buying.a_group_plan(world.city)
    world.preparer, world.releaser = payments.finance(world.city)
    return world


def premium():
    return sum(LedgerRow.objects.live().filter(measure="protection.premium").values_list("fen", flat=True))


def leaves(person):
    membership = Membership.objects.get(person=person)
    people.end_membership(
        membership, cause="leave", day=clock.today(), reason="已经从单位离职", actor=SYSTEM, decision=allow("system")
    )


def paid(shop, *, days=5, gone=1):
    """A purchase for three that is paid in two sums; ``gone`` of them left the union before."""
    bought = buying.ordered(shop.group, shop.firm, shop.unit, days=days)
    actions.invoice_purchase(public_id=bought.public_id, actor=shop.preparer)
    for person in shop.people[:gone]:
        leaves(person)
    buying.received(bought, 250_00, "BANK-0001", shop.preparer, shop.releaser)
    buying.received(bought, 50_00, "BANK-0002", shop.preparer, shop.releaser)
    worker.drain()
    return bought


def tried(shop, *, days=0):
    shop.clock.forward(days=days)
    for _time in range(2):
        jobs.start_waiting(None)
        worker.drain()


@pytest.fixture
def credit(shop):
    """100.00 left over from a purchase for three of whom one left."""
    shop.bought = paid(shop)
    tried(shop, days=5)
    return Credit.objects.get()


def state_of(thing):
    return type(thing).objects.get(pk=thing.pk).state


def code_of(act):
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def test_before_the_first_day_the_buyer_may_still_put_the_list_right(shop):
    bought = paid(shop)
    tried(shop)
    assert (state_of(bought), Credit.objects.count(), premium()) == ("paid", 0, 300_00)
    page = staff_client(shop.unit).get(f"/console/protection/purchases/{bought.public_id}/").content.decode()
    assert "付了 3 人，名单里现在能参保 2 人" in page
    a_member(shop.firm, person=shop.people[0])
    tried(shop, days=5)
    assert (state_of(bought), Credit.objects.count(), Enrolment.objects.count()) == ("in_force", 0, 3)


def test_who_is_missing_on_the_first_day_is_left_over_and_no_premium(shop, credit):
    assert state_of(shop.bought) == "in_force"
    assert (credit.fen, credit.persons, credit.state) == (100_00, 1, "open")
    assert Enrolment.objects.filter(state="in_force").count() == 2
    assert premium() == 200_00
    rows = LedgerRow.objects.live().filter(measure="protection.premium")
    assert {row.day for row in rows} == {clock.today() - timedelta(days=5)}, "on the day the money came in"
    assert DeskItem.objects.open().get(subject_type="protection.credit").union == shop.firm
    assert Message.objects.filter(kind="protection.purchase_credit", user_id=shop.unit.user_id).exists()
    assert list(check_books()) == []
    tried(shop, days=1)
    assert Credit.objects.count() == 1


def test_nobody_left_is_no_start(shop):
    bought = paid(shop, gone=3)
    tried(shop, days=5)
    assert (state_of(bought), Credit.objects.count()) == ("paid", 0)


def refund(credit, actor, serial=4):
    return actions.refund_credit(public_id=credit.public_id, refund_account=a_card(serial), actor=actor)


def sent(shop, *, failed=False, minutes=0):
    """The refund goes to the bank, and the bank answers."""
    payment = Payment.objects.get(state="requested")
    batch = payments.a_released_batch(payment.account, shop.preparer, shop.releaser)
    answered(payment, batch, failed=failed, minutes=minutes)
    return payment


def answered(payment, batch, **said):
    line = payments.an_answer(payment, cause="户名不符", **said)
    payment_actions.answer(public_id=batch.public_id, lines=[line], actor=SYSTEM)


def test_refunded_by_two_people_of_finance(shop, credit):
    stranger = unions.an_officer([(shop.tree["WEST-1"], Role.UNION_OFFICER)], "x")
    assert code_of(lambda: refund(credit, stranger)) == "CREDIT_NOT_FOUND"
    wrong = {"public_id": credit.public_id, "refund_account": "1", "actor": shop.unit}
    assert code_of(lambda: actions.refund_credit(**wrong)) == "ACCOUNT_NUMBER"
    assert refund(credit, shop.unit).state == "refunding"
    assert code_of(lambda: refund(credit, shop.unit)) == "MOVE_NOT_ALLOWED"
    fund = Payment.objects.get().account
    payment = sent(shop)
    before, after = fund.balance, Account.objects.get(pk=fund.pk).balance
    assert (payment.fen, payment.payee_name) == (100_00, shop.bought.title)
    assert (state_of(credit), after) == ("refunded", before - 100_00)
    assert premium() == 200_00
    assert list(check_books()) == []


def test_what_the_bank_could_not_refund_is_tried_again_to_another_account(shop, credit):
    refund(credit, shop.unit)
    first = sent(shop, failed=True)
    assert state_of(credit) == "refund_failed"
    assert DeskItem.objects.open().filter(subject_type="protection.credit").exists()
    assert refund(credit, shop.unit, serial=6).state == "refunding"
    first.refresh_from_db()
    assert first.state == "cancelled"
    second = sent(shop, minutes=5)
    assert (second.attempt, str(second.account_number), state_of(credit)) == (2, a_card(6), "refunded")
    assert list(check_books()) == []


def test_finance_that_does_not_pay_it_lets_the_buyer_choose_again(shop, credit):
    refund(credit, shop.unit)
    payment = Payment.objects.get(state="requested")
    payment_actions.cancel(public_id=payment.public_id, reason="账户不是单位的", actor=shop.preparer)
    assert state_of(credit) == "open"
    refund(credit, shop.unit, serial=6)
    sent(shop)
    assert state_of(credit) == "refunded"


def ordered_again(shop):
    """Ten months later the same buyer orders the next year, for the two who are insured."""
    shop.clock.forward(days=300)
    return buying.ordered(shop.group, shop.firm, shop.unit, days=65, headcount=2)


def renewal(shop):
    """The same, invoiced."""
    bought = ordered_again(shop)
    return actions.invoice_purchase(public_id=bought.public_id, actor=shop.preparer)


def offset(credit, target, actor):
    return actions.offset_credit(public_id=credit.public_id, purchase_number=target.number, actor=actor)


def test_offset_on_renewal_is_confirmed_by_finance_and_moves_no_money(shop, credit):
    target = renewal(shop)
    assert code_of(lambda: offset(credit, target, shop.unit)) == "NO_OFFICE_HERE"
    before = dict(Account.objects.values_list("pk", "balance"))
    assert offset(credit, target, shop.preparer).state == "offsetting"
    receipt = target.receipts.get()
    assert (receipt.fen, receipt.bank_reference, premium()) == (100_00, credit.number, 200_00)
    actions.confirm_receipt(public_id=receipt.public_id, actor=shop.releaser)
    target.refresh_from_db()
    assert (state_of(credit), target.received_fen, target.owed_fen) == ("offset", 100_00, 100_00)
    assert dict(Account.objects.values_list("pk", "balance")) == before
    assert premium() == 300_00
    assert list(check_books()) == []


def test_an_offset_that_finance_rejects_can_be_chosen_again(shop, credit):
    target = renewal(shop)
    for _time in range(2):
        offset(credit, target, shop.preparer)
        receipt = target.receipts.get(state="recorded")
        actions.reject_receipt(public_id=receipt.public_id, reason="应当退款", actor=shop.releaser)
        assert state_of(credit) == "open"
    assert refund(credit, shop.unit).state == "refunding"


def test_a_credit_is_offset_only_where_it_fits(shop, credit):
    own = {"credit": credit, "actor": shop.preparer}
    assert code_of(lambda: offset(target=shop.bought, **own)) == "OFFSET_ELSEWHERE"
    target = ordered_again(shop)
    assert code_of(lambda: offset(target=target, **own)) == "OFFSET_NOT_OWING"
    actions.invoice_purchase(public_id=target.public_id, actor=shop.preparer)
    actions.record_receipt(
        public_id=target.public_id, fen=150_00, bank_reference="BANK-0009", received_on=clock.today(),
        actor=shop.preparer,
    )  # fmt: skip
    assert code_of(lambda: offset(target=target, **own)) == "OFFSET_TOO_MUCH"
    Purchase.objects.filter(pk=target.pk).update(tax_number="91190000TEXT00002X")
    assert code_of(lambda: offset(target=target, **own)) == "OFFSET_ELSEWHERE"
    target.number = "TB2026-9999999-9"
    assert code_of(lambda: offset(target=target, **own)) == "OFFSET_UNKNOWN"
    assert state_of(credit) == "open"


def test_what_was_offset_and_cancelled_comes_back_as_one_credit(shop, credit):
    target = renewal(shop)
    offset(credit, target, shop.preparer)
    actions.confirm_receipt(public_id=target.receipts.get().public_id, actor=shop.releaser)
    actions.cancel_purchase(public_id=target.public_id, reason="项目取消", refund_account=a_card(4), actor=shop.unit)
    back = Credit.objects.get(purchase=target)
    assert (back.fen, back.persons, back.state) == (100_00, 0, "refunding")
    assert premium() == 200_00
    sent(shop)
    assert state_of(back) == "refunded"
    assert list(check_books()) == []


def test_every_cell_of_what_is_left_over(shop, credit):
    """Each event from each state by the actions that people and the bank use: the move, or nothing has changed."""
    target, wrong = renewal(shop), []
    given = {"public_id": credit.public_id, "actor": SYSTEM}
    acts = {
        CreditEvent.REFUND: lambda: refund(credit, SYSTEM),
        CreditEvent.PAY: lambda: actions.pay_credit(**given),
        CreditEvent.FAIL: lambda: actions.fail_credit(**given),
        CreditEvent.RECALL: lambda: actions.recall_credit(**given),
        CreditEvent.OFFSET: lambda: offset(credit, target, SYSTEM),
        CreditEvent.SETTLE_OFFSET: lambda: actions.settle_offset(**given),
        CreditEvent.UNDO_OFFSET: lambda: actions.undo_offset(**given),
    }
    refunding, offsetting = acts[CreditEvent.REFUND], acts[CreditEvent.OFFSET]
    ways = {
        CreditState.OPEN: (),
        CreditState.REFUNDING: (refunding,),
        CreditState.REFUND_FAILED: (refunding, lambda: sent(shop, failed=True)),
        CreditState.REFUNDED: (refunding, lambda: sent(shop)),
        CreditState.OFFSETTING: (offsetting,),
        CreditState.OFFSET: (offsetting, acts[CreditEvent.SETTLE_OFFSET]),
    }
    assert set(acts) == set(CREDIT.events)
    assert set(ways) == set(CreditState)
    for state, event, move in CREDIT.cells():
        with transaction.atomic():
            for step in ways[state]:
                step()
            assert state_of(credit) == state
            try:
                with transaction.atomic():
                    acts[event]()
            except DomainError:
                pass
            if state_of(credit) != (move.target if move else state):
                wrong.append(f"{event} from {state}: {state_of(credit)}")
            transaction.set_rollback(True)
    assert not wrong


def test_the_pages_say_what_is_left_over_and_what_can_be_done(shop, credit):
    desk = staff_client(shop.unit)
    page = desk.get(f"/console/protection/purchases/{shop.bought.public_id}/").content.decode()
    assert credit.number in page
    assert "付款以后有 1 人没有参保" in page
    address = f"/console/protection/purchases/credits/{credit.public_id}/refund_credit/"
    wrong = desk.post(address, {"refund_account": "12", "idempotency_key": "k-1"})
    assert (wrong.status_code, 'id="id_refund_account_error"' in wrong.content.decode()) == (422, True)
    body = {"refund_account": a_card(4), "idempotency_key": "k-2"}
    assert [desk.post(address, body).status_code for _time in range(2)] == [302, 302]
    assert Payment.objects.filter(source_type="protection.purchase").count() == 1
    register = desk.get("/console/protection/purchases/credits/?state=refunding").content.decode()
    assert credit.number in register
