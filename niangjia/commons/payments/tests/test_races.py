"""Two at once: releasing, asking, the last yuan. Real connections; the race is shown without its guard first."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from niangjia.commons.ledger import books
from niangjia.commons.payments import accounts, actions
from niangjia.commons.payments import testing as build
from niangjia.commons.payments.accounts import Movement
from niangjia.commons.payments.models import Account, Batch, Payment, Transfer
from niangjia.commons.payments.states import Side
from niangjia.commons.people.testing import a_person
from niangjia.commons.unions.testing import small_tree
from niangjia.platform.testing.kept import kept
from niangjia.platform.testing.races import two_connections

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def city():
    return kept(small_tree)["CITY"]


def test_two_releasers_at_once_send_the_money_once(city):
    fund = build.a_fund(city, 1_000)
    build.a_payment(city, a_person("王一"), source_id="c1", fen=700)
    batch = actions.draw_up(account=fund.public_id, actor=build.SYSTEM)
    actions.prepare(public_id=batch.public_id, actor=build.SYSTEM)
    outcomes = two_connections(
        *(lambda: actions.release(public_id=batch.public_id, actor=build.SYSTEM) for _one in range(2))
    )
    assert sorted(outcome.ok for outcome in outcomes) == [False, True]
    assert Transfer.objects.filter(kind="released").count() == 1
    assert not books.check_books()


def test_one_source_asked_for_twice_at_once_has_one_payment(city):
    build.a_fund(city)
    person = a_person("王一")
    outcomes = two_connections(*(lambda: build.a_payment(city, person, source_id="c1") for _one in range(2)))
    assert sorted(outcome.ok for outcome in outcomes) == [False, True]
    assert Payment.objects.count() == 1


def _spending(fund, sides):
    def run(meet):
        with transaction.atomic():
            enough = Account.objects.get(pk=fund.pk).balance >= 700
            meet()
            assert enough
            accounts.move([Movement(fund.pk, sides[Side.WITH_BANK].pk, 700, "released")])

    return run


def test_without_the_check_the_last_yuan_goes_out_twice(city):
    fund = build.a_fund(city, 1_000)
    sides = accounts.sides(fund)
    guard = next(one for one in Account._meta.constraints if one.name == "payments_account_never_below_zero")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Account, guard)
    try:
        outcomes = two_connections(_spending(fund, sides), _spending(fund, sides))
        assert [outcome.ok for outcome in outcomes] == [True, True]
        fund.refresh_from_db()
        assert fund.balance == -400
    finally:
        Account.objects.filter(pk=fund.pk).update(balance=0)
        with connection.schema_editor() as editor:
            editor.add_constraint(Account, guard)


def test_with_the_check_one_of_two_is_refused(city):
    fund = build.a_fund(city, 1_000)
    sides = accounts.sides(fund)
    outcomes = two_connections(_spending(fund, sides), _spending(fund, sides))
    assert [outcome.error.code for outcome in outcomes if not outcome.ok] == ["FUND_TOO_SMALL"]
    fund.refresh_from_db()
    assert fund.balance == 300


@pytest.fixture
def prepared(city):
    """A batch of two payments that waits for its release, with as much again in the fund."""
    fund = build.a_fund(city, 4_000)
    for n in (1, 2):
        build.a_payment(city, a_person(f"王{'一二'[n - 1]}"), source_id=f"c{n}", fen=700)
    batch = actions.draw_up(account=fund.public_id, actor=build.SYSTEM)
    return actions.prepare(public_id=batch.public_id, actor=build.SYSTEM)


def _held_back(batch, giver, taker, kind):
    """What release and reading would do without the lock of the batch: look, then move the money."""

    def run(meet):
        with transaction.atomic():
            state = Batch.objects.get(pk=batch.pk).state
            payments = list(Payment.objects.filter(batch=batch).select_related("account").order_by("pk"))[:1]
            meet()
            assert state == batch.state
            accounts.move_payments(payments, giver, taker, kind)

    return run


def test_without_the_lock_the_same_batch_goes_to_the_bank_twice(prepared):
    unlocked = _held_back(prepared, Side.FUND, Side.WITH_BANK, "released")
    assert all(outcome.ok for outcome in two_connections(unlocked, unlocked))
    assert Transfer.objects.filter(kind="released").values("payment").distinct().count() == 1
    assert Transfer.objects.filter(kind="released").count() == 2
    assert books.check_books()


def test_two_people_releasing_the_same_batch_at_once_send_it_once(city, prepared):
    first = build.finance(city, "one")[1]
    second = build.finance(city, "two")[1]
    Batch.objects.filter(pk=prepared.pk).update(prepared_by=build.finance(city, "three")[0].user_id)
    outcomes = two_connections(
        lambda: actions.release(public_id=prepared.public_id, actor=first),
        lambda: actions.release(public_id=prepared.public_id, actor=second),
    )
    assert [outcome.error.code for outcome in outcomes if not outcome.ok] == ["MOVE_NOT_ALLOWED"]
    assert Transfer.objects.filter(kind="released").count() == 2
    assert not books.check_books()


def test_without_the_lock_one_return_file_counts_twice(prepared):
    released = actions.release(public_id=prepared.public_id, actor=build.SYSTEM)
    unlocked = _held_back(released, Side.WITH_BANK, Side.PAID_OUT, "paid")
    assert all(outcome.ok for outcome in two_connections(unlocked, unlocked))
    assert Account.objects.get(side="paid_out").balance == 1_400, "one payment of 700 counts twice"
    assert books.check_books()


def test_the_same_return_file_twice_at_once_counts_once(prepared):
    actions.release(public_id=prepared.public_id, actor=build.SYSTEM)
    lines = build.answers(list(Payment.objects.order_by("pk"))[:1])

    def read():
        return actions.answer(public_id=prepared.public_id, lines=lines, file_hash="f" * 64, actor=build.SYSTEM)

    outcomes = two_connections(read, read)
    assert sorted(outcome.value.paid for outcome in outcomes) == [0, 1]
    assert Account.objects.get(side="paid_out").balance == 700
    assert not books.check_books()


def _given_up(batch):
    return lambda: actions.discard(public_id=batch.public_id, reason="名单有误，请核对", actor=build.SYSTEM)


def _taken_out(batch):
    key = Payment.objects.filter(batch=batch).earliest("pk").public_id
    return lambda: actions.take_out(public_id=key, actor=build.SYSTEM)


@pytest.mark.parametrize("other", [_given_up, _taken_out])
def test_released_and_given_up_at_once_end_in_one_of_the_two(prepared, other):
    outcomes = two_connections(
        lambda: actions.release(public_id=prepared.public_id, actor=build.SYSTEM), other(prepared)
    )
    prepared.refresh_from_db()
    states = set(Payment.objects.values_list("state", flat=True))
    assert (prepared.state, states) == (("released", {"released"}) if outcomes[0].ok else ("discarded", {"requested"}))
    assert sum(outcome.ok for outcome in outcomes) == 1
    assert not books.check_books()


def test_drawn_up_and_cancelled_at_once_end_in_one_of_the_two(city):
    fund = build.a_fund(city)
    payment = build.a_payment(city, a_person("王一"), source_id="c1")
    drawn, cancelled = two_connections(
        lambda: actions.draw_up(account=fund.public_id, actor=build.SYSTEM),
        lambda: actions.cancel(public_id=payment.public_id, reason="不再需要付款", actor=build.SYSTEM),
    )
    payment.refresh_from_db()
    assert (payment.state, payment.batch_id is None) == (("in_batch", False) if drawn.ok else ("cancelled", True))
    assert drawn.ok != cancelled.ok
