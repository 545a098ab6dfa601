"""The bank changes its mind: "paid" after "failed", "failed" after "paid". Nobody is paid twice, nothing is hidden."""

from __future__ import annotations

import pytest

from niangjia.commons.ledger import books
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.payments import actions, hearing, late, queries, settling
from niangjia.commons.payments import testing as build
from niangjia.commons.payments.models import Account, Payment
from niangjia.commons.people.testing import a_person
from niangjia.commons.unions.testing import small_tree
from niangjia.kernel.errors import Conflict, DomainError
from niangjia.platform.testing.kept import kept

pytestmark = pytest.mark.django_db
SYSTEM = build.SYSTEM


@pytest.fixture
def city():
    return kept(small_tree)["CITY"]


@pytest.fixture
def fund(city):
    return build.a_fund(city)


@pytest.fixture
def heard():
    told = []
    names = ("on_in_file", "on_paid", "on_failed", "on_taken_out", "on_corrected", "on_cancelled")
    hearing.register(build.SOURCE, **{name: (lambda ids, actor, name=name: told.append(name)) for name in names})
    yield told
    hearing.forget(build.SOURCE)


@pytest.fixture
def corrected(city, fund, heard):
    """A payment that the bank said had failed, corrected since; with the one that follows it."""
    person = a_person("王一")
    payment = build.a_payment(city, person, source_id="c1", fen=700)
    batch = build.a_released_batch(fund, SYSTEM, SYSTEM)
    said = [build.an_answer(payment, failed=True, cause="无此户")]
    actions.answer(public_id=batch.public_id, lines=said, actor=SYSTEM)
    actions.name_account(person_id=person.pk, bank="乙银行", account_number=build.a_card(5), actor=SYSTEM)
    payment.refresh_from_db()
    return payment, Payment.objects.get(attempt=2)


def say(payment, minutes, *, failed=False):
    line = build.an_answer(payment, failed=failed, cause="退汇" if failed else "", minutes=minutes)
    return actions.answer(public_id=payment.batch.public_id, lines=[line], actor=SYSTEM)


def code_of(act):
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def balances():
    return dict(Account.objects.values_list("side", "balance"))


def test_what_the_bank_paid_late_is_paid_no_second_time_and_can_be_settled(fund, corrected, heard):
    payment, following = corrected
    assert say(payment, 5).contrary == (payment.number,)
    assert [(one.payment, one.can_settle) for one in settling.read(late.waiting(SYSTEM))] == [(payment, True)]
    assert code_of(lambda: actions.draw_up(account=fund.public_id, actor=SYSTEM)) == "PAID_MEANWHILE"
    heard.clear()
    settled = actions.settle(public_id=payment.public_id, actor=SYSTEM)
    following.refresh_from_db()
    assert (settled.state, following.state) == ("paid", "cancelled")
    assert balances() == {"fund": 9_999_300, "source": -10_000_000, "with_bank": 0, "paid_out": 700}
    assert heard == ["on_in_file", "on_paid"]
    assert LedgerRow.objects.live().get(measure="payments.paid").fen == 700
    assert not late.waiting(SYSTEM).exists()
    assert not books.check_books()
    say(payment, 9, failed=True)
    payment.refresh_from_db()
    assert (payment.state, payment.cause) == ("failed", "returned")
    assert balances()["paid_out"] == 0
    assert not books.check_books()


def test_a_batch_drawn_up_before_the_late_word_is_neither_prepared_nor_released(fund, corrected):
    payment, following = corrected
    batch = actions.draw_up(account=fund.public_id, actor=SYSTEM)
    actions.prepare(public_id=batch.public_id, actor=SYSTEM)
    say(payment, 5)
    with pytest.raises(Conflict) as refused:
        actions.release(public_id=batch.public_id, actor=SYSTEM)
    assert refused.value.code == "PAID_MEANWHILE"
    assert following.number in str(refused.value.message)
    assert code_of(lambda: actions.settle(public_id=payment.public_id, actor=SYSTEM)) == "BATCH_FIXED"
    actions.send_back(public_id=batch.public_id, reason="前一笔已付，请移出", actor=SYSTEM)
    assert code_of(lambda: actions.prepare(public_id=batch.public_id, actor=SYSTEM)) == "PAID_MEANWHILE"
    assert actions.settle(public_id=payment.public_id, actor=SYSTEM).state == "paid"
    assert not Payment.objects.filter(batch=batch).exists()
    assert not books.check_books()


def test_what_both_went_to_the_bank_says_so_until_one_comes_back(fund, corrected):
    payment, following = corrected
    build.a_released_batch(fund, SYSTEM, SYSTEM)
    say(payment, 5)
    found = settling.read(late.waiting(SYSTEM))[0]
    assert not found.can_settle
    assert found.following == following
    assert "可能付了两次" in str(found.what_to_do)
    assert code_of(lambda: actions.settle(public_id=payment.public_id, actor=SYSTEM)) == "GONE_TO_BANK"
    say(payment, 9, failed=True)
    assert not late.waiting(SYSTEM).exists()


def test_the_same_wrong_card_is_not_tried_again(city, fund):
    person = a_person("王一")
    card = {"person_id": person.pk, "bank": "乙银行", "actor": SYSTEM}
    actions.name_account(account_number=build.a_card(5), **card)
    payment = build.a_payment(city, person, source_id="c1", card=build.a_card(5))
    batch = build.a_released_batch(fund, SYSTEM, SYSTEM)
    said = [build.an_answer(payment, failed=True, cause="无此户")]
    actions.answer(public_id=batch.public_id, lines=said, actor=SYSTEM)
    assert code_of(lambda: actions.correct(public_id=payment.public_id, actor=SYSTEM)) == "SAME_ACCOUNT"
    payment.refresh_from_db()
    assert "还没有更换收款账户" in str(queries.why_not_correct(payment))
    actions.name_account(account_number=build.a_card(6), **card)
    assert Payment.objects.get(attempt=2).state == "requested"


def test_a_cancelled_one_that_was_paid_stays_until_it_comes_back(city, fund):
    payment = build.a_payment(city, a_person("王一"), source_id="c1", fen=700)
    batch = build.a_released_batch(fund, SYSTEM, SYSTEM)
    actions.answer(public_id=batch.public_id, lines=[build.an_answer(payment, failed=True)], actor=SYSTEM)
    actions.cancel(public_id=payment.public_id, reason="不再需要付款", actor=SYSTEM)
    payment.refresh_from_db()
    say(payment, 5)
    found = settling.read(late.waiting(SYSTEM))[0]
    assert not found.can_settle
    assert "已经决定不再付款" in str(found.what_to_do)
    assert code_of(lambda: actions.settle(public_id=payment.public_id, actor=SYSTEM)) == "MOVE_NOT_ALLOWED"
    assert not books.check_books()
