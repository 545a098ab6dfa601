"""What goes by few statements leaves what one by one leaves."""

from __future__ import annotations

from typing import Any

import pytest

from niangjia.commons.ledger import books
from niangjia.commons.ledger.models import DimSet, LedgerRow
from niangjia.commons.payments import actions
from niangjia.commons.payments import testing as build
from niangjia.commons.payments.actions import Named, Payee, Wanted
from niangjia.commons.payments.models import BankAccount, Payment, Transfer
from niangjia.commons.people.testing import a_member, a_person, signed_in
from niangjia.commons.unions.testing import small_tree
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotAllowed, NotFound
from niangjia.platform import rows
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.testing.kept import kept

pytestmark = pytest.mark.django_db

NOBODY = Actor.system("test")


@pytest.fixture
def tree():
    return kept(small_tree)


def _told(subject_type: str, after: int) -> list[tuple[Any, ...]]:
    """Audit entries of one kind, without what is drawn anew each time."""
    entries = AuditEntry.objects.filter(subject_type=subject_type, pk__gt=after).order_by("pk")
    return [
        (one.actor_kind, one.actor_name, one.action, one.subject_key, one.node_id, one.ground, one.reason, one.before,
         one.after, sorted(one.data.items()))
        for one in entries
    ]  # fmt: skip


def test_accounts_named_at_once_are_those_named_one_by_one(tree):
    people = [a_member(tree["EAST-1"], f"王{name}").person for name in "一二三"]
    earlier = actions.name_account(person_id=people[2].pk, bank="甲银行", account_number=build.a_card(1), actor=NOBODY)
    start = AuditEntry.objects.latest("pk").pk
    one = people[0]
    actions.name_account(person_id=one.pk, bank="乙银行", account_number=build.a_card(7), actor=NOBODY)
    alone = _told("payments.bank_account", start)
    start = AuditEntry.objects.latest("pk").pk
    named = [Named(person.pk, "乙银行", build.a_card(7)) for person in people[1:]]
    made = actions.name_accounts(named=named, actor=NOBODY)
    assert {(one.person_id, one.state, str(one.account_number), str(one.holder)) for one in made} == {
        (person.pk, "in_use", build.a_card(7), person.name) for person in people[1:]
    }
    earlier.refresh_from_db()
    assert earlier.state == "replaced"
    second = [entry for entry in _told("payments.bank_account", start) if entry[3] == people[1].public_id]
    assert [(*entry[:3], *entry[4:]) for entry in second] == [(*entry[:3], *entry[4:]) for entry in alone]


def test_nobody_names_accounts_of_others(tree):
    person, other = a_person("王一"), a_person("王二")
    named = [Named(each.pk, "乙银行", build.a_card(7)) for each in (person, other)]
    with pytest.raises(NotAllowed, match="NOT_YOURS"):
        actions.name_accounts(named=named, actor=signed_in(person))
    with pytest.raises(NotFound):
        actions.name_accounts(named=[Named(10**9, "乙银行", build.a_card(7))], actor=NOBODY)
    assert not BankAccount.objects.exists()


def _paid(tree: Any, monkeypatch: Any, worth_it: int, name: str) -> tuple[Any, ...]:
    """What a batch of three leaves in audit, ledger and transfers when objects are made of fewer than ``worth_it``."""
    monkeypatch.setattr(rows, "WORTH_IT", worth_it)
    fund = build.a_fund(tree["CITY"], fund=name)
    people = [a_person(f"王{each}") for each in "一二三"]
    start = AuditEntry.objects.latest("pk").pk
    wanted = [Wanted(f"{name}{n}", Payee(one, bank_account=build.a_card(n)), 100 + n) for n, one in enumerate(people)]
    where = {"source_type": build.SOURCE, "union": tree["CITY"], "fund": name}
    made = actions.request_many(wanted=wanted, actor=NOBODY, **where)
    batch = build.a_released_batch(fund, NOBODY, NOBODY)
    fresh = list(Payment.objects.filter(batch=batch).order_by("pk"))
    actions.answer(public_id=batch.public_id, lines=build.answers(fresh), actor=NOBODY)
    keys = {one.public_id: number for number, one in enumerate(people)}
    told = [(*entry[:3], keys[entry[3]], *entry[4:]) for entry in _told("payments.payment", start)]
    facts = dict(DimSet.objects.values_list("pk", "facts"))
    booked = LedgerRow.objects.filter(source_type="payments.payment", source_id__in=[one.pk for one in made])
    moved = Transfer.objects.filter(payment__in=made).order_by("pk")
    return (
        told,
        sorted(
            (row.day, row.programme, row.measure, row.union_id, row.qty, row.fen, facts[row.dimset_id]["for"])
            for row in booked
        ),
        [(one.giver.side, one.taker.side, one.fen, one.kind, one.reason) for one in moved],
        sorted(Payment.objects.filter(batch=batch).values_list("state", "fen", "answered_on")),
    )


def test_a_great_batch_leaves_what_a_small_one_leaves(tree, monkeypatch):
    few = _paid(tree, monkeypatch, 1_000, "union_dues")
    many = _paid(tree, monkeypatch, 1, "donations")
    assert few == many
    assert len(few[0]) == 12
    assert len(few[1]) == 3
    assert len(few[2]) == 6
    assert not books.check_books()
