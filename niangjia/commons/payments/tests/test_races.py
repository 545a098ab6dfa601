"""Two at once: releasing, asking, the last yuan. Real connections; the race is shown without its guard first."""

from __future__ import annotations

import pytest
from django.db import connection

from niangjia.commons.ledger import books
from niangjia.commons.payments import accounts, actions
from niangjia.commons.payments import testing as build
from niangjia.commons.payments.accounts import Movement
from niangjia.commons.payments.models import Account, Payment, Transfer
from niangjia.commons.payments.states import Side
from niangjia.commons.people.testing import a_person
from niangjia.commons.unions.testing import small_tree
from niangjia.platform.testing.races import two_connections

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def city():
    return small_tree()["CITY"]


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
        from django.db import transaction

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
