"""A second click, and a request sent again: each move is made once, and answered the same both times."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from niangjia.commons.parameters.actions import publish
from niangjia.commons.payments import actions
from niangjia.commons.payments import testing as build
from niangjia.commons.payments.models import Account, BankAccount, Batch, Payment, StrayLine
from niangjia.commons.people import testing as people
from niangjia.commons.unions.testing import small_tree
from niangjia.kernel import clock
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.testing.clients import member_client, staff_client
from niangjia.platform.testing.kept import kept

pytestmark = pytest.mark.django_db
WHY = {"reason": "名单有误，请核对"}
CONSOLE, API = "/console/payments", "/api/v1/payments"


@pytest.fixture
def city():
    return kept(small_tree)["CITY"]


@pytest.fixture
def money(city):
    """A fund, its two people, and a payment of 7.00 to somebody whose union looks at changes of accounts."""
    union = type(city).objects.get(code="FIRM")
    person = people.a_member(union, person=people.a_person("王一")).person
    build.a_fund(city)
    build.a_payment(city, person, source_id="c1", fen=700)
    return Money(person, *build.finance(city))


class Money:
    """Leads what it holds to where a move begins."""

    def __init__(self, person, preparer, releaser):
        self.person, self.preparer, self.releaser = person, preparer, releaser
        self.account, self.payment = Account.objects.get(side="fund"), Payment.objects.get()

    def waiting(self):
        return self.payment

    def fund(self):
        return self.account

    def drawn_up(self):
        return actions.draw_up(account=self.account.public_id, actor=self.preparer)

    def in_batch(self):
        self.drawn_up()
        return self.payment

    def prepared(self):
        return actions.prepare(public_id=self.drawn_up().public_id, actor=self.preparer)

    def released(self):
        return actions.release(public_id=self.prepared().public_id, actor=self.releaser)

    def answer(self, *lines):
        batch = Batch.objects.filter(state="released").first() or self.released()
        actions.answer(public_id=batch.public_id, lines=lines, actor=self.preparer)

    def failed(self):
        self.named()
        self.answer(build.an_answer(self.payment, failed=True, cause="户名不符"))
        return self.payment

    def late(self):
        self.failed()
        actions.correct(public_id=self.payment.public_id, actor=self.preparer)
        actions.answer(
            public_id=Batch.objects.get().public_id, lines=[build.an_answer(self.payment, minutes=5)],
            actor=self.preparer,
        )  # fmt: skip
        return self.payment

    def named(self, serial=5):
        given = {"person_id": self.person.pk, "bank": "乙银行", "actor": build.SYSTEM}
        return actions.name_account(account_number=build.a_card(serial), **given)

    def looked_at(self):
        publish(
            code="payments.account_four_eyes", union_id=self.person.memberships.get().union_id, value=True,
            valid_from=clock.today(), actor=build.SYSTEM,
        )  # fmt: skip
        self.named()
        return self.named(6)

    def stray(self):
        line = build.an_answer(self.payment, serial="X1")
        self.answer(replace(line, fen=1))
        StrayLine.objects.update(fen=700)
        return StrayLine.objects.get()

    def proposed(self):
        given = {"public_id": self.stray().public_id, "reference": self.payment.number, "actor": self.preparer}
        return actions.propose_place(**given, **WHY)

    def doubted(self):
        return actions.propose_aside(public_id=self.stray().public_id, actor=self.preparer, **WHY)

    def aside(self):
        return actions.set_aside(public_id=self.stray().public_id, actor=self.preparer, **WHY)


MOVES = [
    # where it begins, address of the page, of the API (or none), event, who, what is said
    ("failed", "payments", "payments", "correct", "preparer", {}),
    ("in_batch", "payments", "payments", "take_out", "preparer", {}),
    ("waiting", "payments", "payments", "cancel", "preparer", WHY),
    ("late", "payments", "payments", "settle", "preparer", {}),
    ("drawn_up", "batches", "batches", "prepare", "preparer", {}),
    ("drawn_up", "batches", "batches", "discard", "preparer", WHY),
    ("prepared", "batches", "batches", "send_back", "releaser", WHY),
    ("prepared", "batches", "batches", "release", "releaser", {}),
    ("stray", "strays", "strays", "propose_place", "preparer", WHY),
    ("stray", "strays", "strays", "set_aside", "preparer", WHY),
    ("stray", "strays", "strays", "propose_aside", "preparer", WHY),
    ("aside", "strays", "strays", "take_up", "preparer", WHY),
    ("proposed", "strays", "strays", "confirm_place", "releaser", {}),
    ("proposed", "strays", "strays", "decline_place", "releaser", WHY),
    ("doubted", "strays", "strays", "confirm_aside", "releaser", {}),
    ("doubted", "strays", "strays", "decline_aside", "releaser", WHY),
    ("looked_at", "bank-accounts", "", "confirm_account", "preparer", {}),
    ("looked_at", "bank-accounts", "", "refuse_account", "preparer", WHY),
    ("fund", "accounts", "funds", "draw-up", "preparer", {}),
]


def times(event):
    return AuditEntry.objects.filter(action__endswith=f".{event.replace('-', '_')}").count()


def said(money, event, body):
    return {**body, "reference": money.payment.number} if event == "propose_place" else dict(body)


@pytest.mark.parametrize(("begin", "place", "_api", "event", "who", "body"), MOVES)
def test_a_second_click_is_answered_like_the_first(money, begin, place, _api, event, who, body):
    thing, desk = getattr(money, begin)(), staff_client(getattr(money, who))
    address, before = f"{CONSOLE}/{place}/{thing.public_id}/{event}/", times(event)
    form = {**said(money, event, body), "idempotency_key": "key-of-the-form"}
    first = desk.post(address, form)
    moved = times(event)
    second = desk.post(address, form)
    assert (first.status_code, second.status_code, second["Location"]) == (302, 302, first["Location"])
    other = desk.post(address, {**form, "idempotency_key": "key-of-another"})
    assert (other.status_code, before < moved == times(event)) == (422, True)


@pytest.mark.parametrize(("begin", "_page", "place", "event", "who", "body"), [one for one in MOVES if one[2]])
def test_a_request_sent_again_is_answered_like_the_first(money, begin, _page, place, event, who, body):
    thing, client = getattr(money, begin)(), staff_client(getattr(money, who))
    address, before = f"{API}/{place}/{thing.public_id}/{event.replace('_', '-')}", times(event)

    def sent(key):
        text = json.dumps(said(money, event, body)) if body else ""
        return client.post(address, text, content_type="application/json", headers={"Idempotency-Key": key})

    first, moved = sent("key-of-the-request"), times(event)
    second = sent("key-of-the-request")
    assert (first.status_code, second.status_code) == ((201, 201) if event == "draw-up" else (200, 200))
    assert first.json() == second.json()
    assert (sent("key-of-another").status_code, before < moved == times(event)) == (409, True)
    assert sent("").json()["code"] == "KEY_MISSING"


def test_a_member_names_an_account_once(money):
    user = money.preparer.user_id  # any user will do
    type(money.person).objects.filter(pk=money.person.pk).update(user=user)
    phone = member_client(people.signed_in(type(money.person).objects.get(pk=money.person.pk)))
    body = {"bank": "乙银行", "account_number": build.a_card(5), "idempotency_key": "key-1234"}
    assert [phone.post("/payments/account/", body).status_code for _time in range(2)] == [302, 302]
    assert BankAccount.objects.count() == 1
    page = phone.post("/payments/account/", {**body, "bank": "1", "account_number": "2"}).content.decode()
    assert ('id="id_bank_error"' in page, 'id="id_account_number_error"' in page) == (True, True)


def test_money_that_came_in_is_counted_once_and_another_sum_needs_another_form(money):
    address = f"{CONSOLE}/accounts/{money.account.public_id}/take-in/"
    desk, form = staff_client(money.releaser), {"fen": "12.50", "reason": "上级拨入", "idempotency_key": "key-1234"}
    before = Account.objects.get(side="fund").balance
    assert [desk.post(address, form).status_code for _time in range(2)] == [302, 302]
    assert Account.objects.get(side="fund").balance == before + 1_250
    assert desk.post(address, {**form, "fen": "99.00"}).status_code == 422
    assert Account.objects.get(side="fund").balance == before + 1_250
