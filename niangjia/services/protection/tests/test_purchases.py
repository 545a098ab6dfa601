"""Buying a group plan from the order to protection, and back: invoice, part payments, two people, refund."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from niangjia.commons.ledger.books import check_books
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.payments import testing as payments
from niangjia.commons.payments.models import Payment
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.errors import Conflict, DomainError, NotAllowed, NotFound, RuleBroken
from niangjia.platform.audit.triggers import lifted
from niangjia.platform.jobs import worker
from niangjia.services.protection import actions
from niangjia.services.protection import testing_lists as lists
from niangjia.services.protection.models import Enrolment
from niangjia.services.protection.purchases import invoice, jobs, rules
from niangjia.services.protection.purchases import testing as buying
from niangjia.services.protection.purchases.models import Invoice, Purchase
from niangjia.services.protection.testing import SYSTEM, a_card


@pytest.fixture
def shop(world):
    """Three members of the firm, the city's group plan, an officer, finance of the city."""
    world.people = lists.members(world.firm, 3)
    world.group = buying.a_group_plan(world.city)
    world.preparer, world.releaser = payments.finance(world.city)
    return world


def state_of(purchase):
    return Purchase.objects.get(pk=purchase.pk).state


def premium():
    return sum(LedgerRow.objects.live().filter(measure="protection.premium").values_list("fen", flat=True))


def test_from_the_order_to_protection_with_part_payments(shop):
    bought = buying.ordered(shop.group, shop.firm, shop.unit)
    assert (bought.persons, bought.fen, bought.state) == (3, 300_00, "ordered")
    with pytest.raises(NotAllowed):
        actions.invoice_purchase(public_id=bought.public_id, actor=shop.unit)
    actions.invoice_purchase(public_id=bought.public_id, actor=shop.preparer)
    buying.received(bought, 100_00, "BANK-0001", shop.preparer, shop.releaser)
    worker.drain()
    assert (state_of(bought), Enrolment.objects.count(), premium()) == ("invoiced", 0, 100_00)
    with pytest.raises(RuleBroken, match="RECEIPT_SUM"):
        buying.received(bought, 200_01, "BANK-0002", shop.preparer, shop.releaser)
    with pytest.raises(Conflict, match="RECEIPT_TWICE"):
        buying.received(bought, 100_00, "bank-0001", shop.preparer, shop.releaser)
    buying.received(bought, 200_00, "BANK-0002", shop.preparer, shop.releaser)
    worker.drain()
    assert (state_of(bought), premium()) == ("in_force", 300_00)
    enrolled = Enrolment.objects.filter(batch=bought.roster.public_id)
    assert {row.from_day for row in enrolled} == {bought.from_day}
    assert sorted(enrolled.values_list("person_id", flat=True)) == sorted(one.pk for one in shop.people)
    assert list(check_books()) == []
    assert invoice.paper_of(Purchase.objects.get(pk=bought.pk)).startswith(b"%PDF")


def test_money_is_confirmed_by_another_person(shop):
    bought = buying.ordered(shop.group, shop.firm, shop.unit)
    actions.invoice_purchase(public_id=bought.public_id, actor=shop.preparer)
    made = actions.record_receipt(
        public_id=bought.public_id, fen=300_00, bank_reference="BANK-7", received_on=clock.today(),
        actor=shop.preparer,
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        actions.confirm_receipt(public_id=made.public_id, actor=shop.preparer)
    with pytest.raises(IntegrityError, match="protection_receipt_two_people"), transaction.atomic():
        type(made).objects.filter(pk=made.pk).update(confirmed_by=shop.preparer.user_id)
    actions.reject_receipt(public_id=made.public_id, reason="银行没有这笔款", actor=shop.releaser)
    assert (state_of(bought), premium()) == ("invoiced", 0)


def test_the_share_of_the_staff_as_the_buyer_states_it(shop):
    made = buying.drafted(shop.group, shop.firm, shop.unit, headcount=4)
    with pytest.raises(Conflict, match="LIST_NOT_READY"):
        actions.order_purchase(public_id=made.public_id, actor=shop.unit)
    actions.name_by_choice(public_id=made.public_id, people=[], actor=shop.unit)
    worker.drain()
    with pytest.raises(RuleBroken, match="TOO_FEW_OF_STAFF"):
        actions.order_purchase(public_id=made.public_id, actor=shop.unit)


def test_the_employer_names_people_by_a_file_and_never_sees_who_is_a_member(shop):
    made = buying.drafted(shop.group, shop.firm, shop.agent)
    with pytest.raises(NotAllowed):
        actions.name_by_choice(public_id=made.public_id, people=[], actor=shop.agent)
    file = lists.a_file(map(lists.a_row, shop.people))
    actions.name_by_file(public_id=made.public_id, upload=file, actor=shop.agent)
    worker.drain()
    assert actions.order_purchase(public_id=made.public_id, actor=shop.agent).persons == 3
    stranger = unions.an_officer([(shop.tree["WEST-1"], Role.EMPLOYER_AGENT)], "stranger")
    with pytest.raises(NotFound):
        actions.order_purchase(public_id=made.public_id, actor=stranger)
    with pytest.raises(NotAllowed, match="BOUGHT_LIST"):
        actions.discard_roster(public_id=Purchase.objects.get(pk=made.pk).roster.public_id, actor=shop.unit)


@pytest.mark.parametrize(
    ("field", "wrong", "code"),
    [
        ("title", "甲", "BUYER_TITLE"), ("title", "=1+1", "BUYER_TITLE"), ("tax_number", "9111", "USCC_INVALID"),
        ("headcount", 0, "HEADCOUNT"), ("headcount", 10**12, "HEADCOUNT"), ("from_day", date(2020, 1, 1), "NO_VERSION"),
        ("union_code", "NOWHERE", "UNION_UNKNOWN"),
    ],
)  # fmt: skip
def test_what_a_buyer_mistypes_is_said_beside_it(shop, field, wrong, code):
    given = {
        "union_code": shop.firm.code, "plan_code": shop.group.code, "from_day": clock.today() + timedelta(days=30),
        "title": "第一试验（北京）快递有限公司", "tax_number": buying.TAX_NUMBER, "headcount": 3,
    }  # fmt: skip
    with pytest.raises(RuleBroken) as refused:
        actions.draft_purchase(**{**given, field: wrong}, actor=shop.unit)
    assert (refused.value.code, list(refused.value.fields)) == (code, [field])
    assert not Purchase.objects.exists()


def test_cancelled_before_the_start_with_its_money_back(shop):
    bought = buying.ordered(shop.group, shop.firm, shop.unit)
    actions.invoice_purchase(public_id=bought.public_id, actor=shop.preparer)
    buying.received(bought, 300_00, "BANK-0001", shop.preparer, shop.releaser)
    worker.drain()
    with pytest.raises(RuleBroken, match="ACCOUNT_NUMBER"):
        actions.cancel_purchase(public_id=bought.public_id, reason="项目取消", actor=shop.unit)
    actions.cancel_purchase(public_id=bought.public_id, reason="项目取消", refund_account=a_card(4), actor=shop.unit)
    assert state_of(bought) == "cancelled"
    assert set(Enrolment.objects.values_list("state", flat=True)) == {"cancelled"}
    assert (premium(), Payment.objects.get(source_type="protection.purchase").fen) == (0, 300_00)
    assert list(check_books()) == []


def test_no_cancelling_once_protection_has_begun_and_late_money_begins_tomorrow(shop):
    bought = buying.ordered(shop.group, shop.firm, shop.unit, days=2)
    actions.invoice_purchase(public_id=bought.public_id, actor=shop.preparer)
    shop.clock.forward(days=40)
    assert jobs.fall_due(None) == {"overdue": 1, "reminded": 0}
    shop.clock.forward(days=7)
    assert jobs.fall_due(None) == {"overdue": 0, "reminded": 1}
    buying.received(bought, 300_00, "BANK-0001", shop.preparer, shop.releaser)
    worker.drain()
    jobs.start_waiting(None)
    bought.refresh_from_db()
    assert (bought.state, bought.from_day) == ("in_force", clock.today() + timedelta(days=1))
    shop.clock.forward(days=1)
    with pytest.raises(DomainError, match="ALREADY_STARTED"):
        actions.cancel_purchase(
            public_id=bought.public_id, reason="项目取消", refund_account=a_card(4), actor=shop.unit
        )


def test_no_invoice_number_is_left_out(shop):
    first, second = (buying.ordered(shop.group, shop.firm, shop.unit, days=days) for days in (5, 6))
    actions.invoice_purchase(public_id=first.public_id, actor=SYSTEM)
    actions.invoice_purchase(public_id=second.public_id, actor=SYSTEM)
    one, two = Invoice.objects.order_by("serial")
    assert (one.serial, two.serial, two.previous) == (1, 2, one)
    with lifted(), pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.filter(pk=two.pk).update(serial=3, slot=two.slot + 1)


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"), (5, "伍分"), (1_00, "壹元整"), (10_20, "壹拾元贰角整"), (1_020_50, "壹仟零贰拾元伍角整"),
        (107_000_53, "壹拾万零柒仟元伍角叁分"), (6_007_14, "陆仟零柒元壹角肆分"),
        (16_409_02, "壹万陆仟肆佰零玖元零贰分"),
        (1_000_000_00, "壹佰万元整"), (100_000_005_00, "壹亿零伍元整"),
    ],
)  # fmt: skip
def test_a_sum_in_capitals(fen, words):
    assert rules.in_capitals(fen) == words
