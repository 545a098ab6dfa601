"""From a room's request to the bank's answer: who may, what it leaves, and that nothing is paid twice."""

from __future__ import annotations

from itertools import permutations

import pytest
from django.db import IntegrityError, transaction

from niangjia.commons.ledger import books
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.payments import actions, hearing
from niangjia.commons.payments import testing as build
from niangjia.commons.payments.models import Account, BankAnswer, Payment, Transfer
from niangjia.commons.people.testing import a_person, an_id_number
from niangjia.commons.unions.testing import an_officer, small_tree
from niangjia.kernel.errors import Conflict, NotAllowed, NotFound, RuleBroken
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.testing.kept import kept

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return kept(small_tree)["CITY"]


@pytest.fixture
def fund(city):
    return build.a_fund(city)


@pytest.fixture
def people():
    return [a_person(f"王{name}") for name in "一二三"]


@pytest.fixture
def heard():
    told = []
    hears = {
        name: (lambda ids, actor, name=name: told.append((name, sorted(ids))))
        for name in ("on_in_file", "on_paid", "on_failed", "on_taken_out", "on_corrected", "on_cancelled")
    }
    hearing.register(build.SOURCE, **hears)
    yield told
    hearing.forget(build.SOURCE)


def _balances(fund: Account) -> dict[str, int]:
    return dict(Account.objects.filter(union=fund.union_id, fund=fund.fund).values_list("side", "balance"))


def test_money_goes_from_the_fund_to_the_bank_to_the_payee_and_the_books_agree(city, fund, people, heard):
    made = [build.a_payment(city, person, source_id=f"c{n}", fen=100) for n, person in enumerate(people)]
    preparer, releaser = build.finance(city)
    batch = build.a_released_batch(fund, preparer, releaser)
    assert _balances(fund)["with_bank"] == 300
    outcome = actions.answer(
        public_id=batch.public_id,
        lines=[*build.answers(made[:2]), build.an_answer(made[2], failed=True, cause="户名不符")],
        actor=preparer,
    )
    assert (outcome.paid, outcome.failed) == (2, 1)
    assert _balances(fund) == {"fund": 9_999_800, "source": -10_000_000, "with_bank": 0, "paid_out": 200}
    rows = LedgerRow.objects.filter(measure="payments.paid")
    assert sum(row.fen for row in rows) == 200
    assert [name for name, _ids in heard] == ["on_in_file", "on_failed", "on_paid"]
    batch.refresh_from_db()
    assert batch.state == "closed"
    made[2].refresh_from_db()
    assert made[2].cause == "name_differs"
    assert not books.check_books()


def test_one_source_has_one_live_payment(city, fund, people):
    build.a_payment(city, people[0], source_id="c1")
    with pytest.raises(Conflict) as refused:
        build.a_payment(city, people[0], source_id="c1")
    assert refused.value.code == "ALREADY_REQUESTED"
    assert Payment.objects.count() == 1


def test_many_are_asked_for_whole_or_not_at_all(city, fund, people):
    wanted = [actions.Wanted(f"c{n}", actions.Payee(person), 100) for n, person in enumerate(people)]
    made = actions.request_many(
        source_type="test.case", union=city, fund="mutual_aid", wanted=wanted, actor=build.SYSTEM
    )
    assert [payment.has_account for payment in made] == [False] * 3
    with pytest.raises(Conflict):
        actions.request_many(source_type="test.case", union=city, fund="mutual_aid", wanted=[
            actions.Wanted("c9", actions.Payee(people[0]), 100), wanted[0]
        ], actor=build.SYSTEM)  # fmt: skip
    assert Payment.objects.count() == 3


def test_a_fund_is_found_above_and_missing_otherwise(city, fund, people):
    below = small = city
    assert small is below
    with pytest.raises(RuleBroken) as refused:
        actions.request(
            source_type="x.y", source_id="1", union=city, fund="donations", payee=actions.Payee(people[0]), fen=1,
            actor=build.SYSTEM,
        )  # fmt: skip
    assert refused.value.code == "FUND_MISSING"


def test_who_prepared_never_releases_d68(city, fund, people):
    build.a_payment(city, people[0], source_id="c1")
    preparer, releaser = build.finance(city)
    batch = actions.draw_up(account=fund.public_id, actor=preparer)
    actions.prepare(public_id=batch.public_id, actor=preparer)
    with pytest.raises(NotAllowed):
        actions.release(public_id=batch.public_id, actor=preparer)
    number = an_id_number(4_800_001)
    twin = an_officer([(city, "finance_releaser")], name="twin")
    with pytest.raises(RuleBroken) as unknown:
        actions.release(public_id=batch.public_id, actor=twin)
    assert unknown.value.code == "IDENTITY_UNKNOWN"
    for user in (preparer, twin):
        actions.identify(user_id=user.user_id, id_number=number, actor=build.SYSTEM)
    with pytest.raises(RuleBroken) as same:
        actions.release(public_id=batch.public_id, actor=twin)
    assert same.value.code == "SAME_HANDS"
    assert Transfer.objects.filter(kind="released").count() == 0
    assert actions.release(public_id=batch.public_id, actor=releaser).state == "released"


def test_the_database_keeps_preparer_and_releaser_apart(city, fund, people):
    build.a_payment(city, people[0], source_id="c1")
    preparer, releaser = build.finance(city)
    batch = build.a_released_batch(fund, preparer, releaser)
    with pytest.raises(IntegrityError), transaction.atomic():
        type(batch).objects.filter(pk=batch.pk).update(released_by=preparer.user_id)


def test_a_fund_never_pays_more_than_it_has(city, people):
    fund = build.a_fund(city, fen=100)
    build.a_payment(city, people[0], source_id="c1", fen=101)
    preparer, _releaser = build.finance(city)
    batch = actions.draw_up(account=fund.public_id, actor=preparer)
    with pytest.raises(Conflict) as refused:
        actions.prepare(public_id=batch.public_id, actor=preparer)
    assert refused.value.code == "FUND_TOO_SMALL"
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.filter(pk=fund.pk).update(balance=-1)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_whatever_order_and_however_often_the_end_is_the_same(city, fund, people, order):
    payment = build.a_payment(city, people[0], source_id="c1", fen=100)
    preparer, releaser = build.finance(city)
    batch = build.a_released_batch(fund, preparer, releaser)
    told = [
        build.an_answer(payment, failed=True, cause="卡号有误", minutes=1),
        build.an_answer(payment, minutes=2),
        build.an_answer(payment, failed=True, cause="退汇", minutes=3),
    ]
    for _round in range(3):
        for place in order:
            actions.answer(public_id=batch.public_id, lines=[told[place]], actor=preparer)
    payment.refresh_from_db()
    assert (payment.state, payment.cause) == ("failed", "returned")
    assert _balances(fund) == {"fund": 10_000_000, "source": -10_000_000, "with_bank": 0, "paid_out": 0}
    assert BankAnswer.objects.count() == 3
    assert not books.check_books()


def test_a_corrected_account_is_tried_again_and_the_old_answer_does_not_pay_twice(city, fund, people, heard):
    person = people[0]
    payment = build.a_payment(city, person, source_id="c1", fen=100)
    preparer, releaser = build.finance(city)
    batch = build.a_released_batch(fund, preparer, releaser)
    actions.answer(
        public_id=batch.public_id, lines=[build.an_answer(payment, failed=True, cause="无此户")], actor=preparer
    )
    actions.name_account(person_id=person.pk, bank="乙银行", account_number=build.a_card(5), actor=build.SYSTEM)
    payment.refresh_from_db()
    assert payment.state == "corrected"
    following = Payment.objects.get(source_id="c1", attempt=2)
    assert (following.state, str(following.account_number)) == ("requested", build.a_card(5))
    late = actions.answer(public_id=batch.public_id, lines=[build.an_answer(payment, minutes=9)], actor=preparer)
    assert late.contrary == (payment.number,)
    assert Transfer.objects.filter(kind="paid").count() == 0
    assert ("on_corrected", ["c1"]) in heard
    assert not books.check_books()


def test_payments_wait_for_an_account_until_the_person_names_one(city, fund, people):
    wanted = [actions.Wanted("c1", actions.Payee(people[0]), 100)]
    actions.request_many(source_type="test.case", union=city, fund="mutual_aid", wanted=wanted, actor=build.SYSTEM)
    preparer, _releaser = build.finance(city)
    with pytest.raises(Conflict) as nothing:
        actions.draw_up(account=fund.public_id, actor=preparer)
    assert nothing.value.code == "NOTHING_TO_PAY"
    actions.name_account(person_id=people[0].pk, bank="乙银行", account_number=build.a_card(6), actor=build.SYSTEM)
    assert actions.draw_up(account=fund.public_id, actor=preparer).state == "drawn_up"


def test_nobody_sends_money_to_themselves(city, fund):
    preparer, _releaser = build.finance(city)
    own = a_person("李四", user_id=preparer.user_id)
    build.a_payment(city, own, source_id="c1")
    batch = actions.draw_up(account=fund.public_id, actor=preparer)
    with pytest.raises(NotAllowed) as refused:
        actions.prepare(public_id=batch.public_id, actor=preparer)
    assert refused.value.code == "OWN_PAYMENT"


def test_other_unions_see_nothing(city, fund, people):
    payment = build.a_payment(city, people[0], source_id="c1")
    tree = {union.code: union for union in type(city).objects.all()}
    stranger, _other = build.finance(tree["EAST"], name="east")
    with pytest.raises(NotFound):
        actions.draw_up(account=fund.public_id, actor=stranger)
    with pytest.raises(NotFound):
        actions.cancel(public_id=payment.public_id, reason="不再需要付款", actor=stranger)


def test_no_account_number_stands_readable_in_the_audit(city, fund, people):
    card = build.a_card(77)
    build.a_payment(city, people[0], source_id="c1", card=card)
    assert not any(card in str(entry.data) for entry in AuditEntry.objects.all())
