"""The bank says "paid" of a payment that was made anew since: one officer finds that the bank is wrong, another looks
too and agrees, and what had to wait goes to the bank."""

from __future__ import annotations

import pytest

from niangjia.commons.ledger import books
from niangjia.commons.payments import actions
from niangjia.commons.payments import testing as payments
from niangjia.commons.payments.models import Account, Payment, StrayLine
from niangjia.commons.unions import testing as unions
from niangjia.platform.testing.browser import overflow
from niangjia.platform.testing.clients import staff_signs_in
from niangjia.services.protection import testing as protection
from niangjia.services.protection.states import ClaimState
from tests.e2e.hands import press

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SYSTEM = unions.SYSTEM
WHY = "已电话问过银行，这笔是退汇"


@pytest.fixture
def late(tree, finance):
    """What the bank said late about a claim's payment, which failed and is to be paid to another card."""
    plan, _first, version = protection.six_gifts(tree["CITY"])
    member = protection.an_insured(version, tree["FIRM"], 1)
    hands = dict.fromkeys(("unit", "agency", "office", "second"), SYSTEM)
    protection.through_to(ClaimState.APPROVED, protection.a_claim(plan, member, "home_loss"), **hands)
    first = Payment.objects.get()
    batch = payments.a_released_batch(Account.objects.get(pk=first.account_id), *finance)
    said = [payments.an_answer(first, failed=True, cause="无此户")]
    actions.answer(public_id=batch.public_id, lines=said, actor=finance[0])
    card = payments.a_card(88)
    actions.name_account(person_id=member.person_id, bank="乙银行", account_number=card, actor=SYSTEM)
    actions.answer(public_id=batch.public_id, lines=[payments.an_answer(first, minutes=5)], actor=finance[0])
    return StrayLine.objects.get(astray="paid_late")


def test_one_finds_that_the_bank_is_wrong_and_another_agrees(live_server, desk, finance, late):
    base, (preparer, releaser) = live_server.url, finance
    following = Payment.objects.get(attempt=2)
    staff_signs_in(desk, base, preparer)
    desk.goto(f"{base}/console/payments/strays/")
    desk.click(f"tbody a:has-text('{late.reference}')")
    assert following.number in desk.inner_text(".notice-warn")
    press_with_reason(desk, "提出搁置", WHY)
    assert "等另一位同事自己核实以后同意或不同意" in desk.inner_text(".notice-warn")
    assert desk.locator("main .buttons a").count() == 0, "nothing is left to the first person"
    assert "这是您提出的，要由另一位同事决定。" in desk.inner_text("main")
    desk.watch.allow.append("422")
    draw_up(desk, base)
    assert "银行都说前一笔已经到账，现在不能付" in desk.inner_text("main")

    staff_signs_in(desk, base, releaser)
    desk.goto(f"{base}/console/")
    desk.click(f".desk a:has-text('{late.astray_label}')")
    assert WHY in desk.inner_text(".work-aside")
    press(desk, "同意搁置")
    assert "银行说错了，这笔钱没有到账" in desk.inner_text(".notice-good")
    assert following.number in desk.inner_text(".notice-good")
    assert overflow(desk) <= 0

    staff_signs_in(desk, base, preparer)
    draw_up(desk, base)
    assert following.number in desk.inner_text("main")
    assert not books.check_books()


def draw_up(page, base):
    page.goto(f"{base}/console/payments/")
    page.click("tbody tr >> text=组批")
    page.click("main form button.button-primary")
    page.wait_for_load_state()


def press_with_reason(page, text, reason):
    """A move that is not made without a reason."""
    page.click(f"main a:has-text('{text}') >> nth=0")
    page.fill("textarea[name=reason]", reason)
    page.click("main form button.button-primary")
    page.wait_for_load_state()
