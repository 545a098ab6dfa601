"""A thousand payments, a bank with its own book, and processes that are killed with ``kill -9`` in the middle."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections import Counter

import pytest
from django.db.models import Sum

from niangjia.commons.ledger import books
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.payments import actions
from niangjia.commons.payments import testing as build
from niangjia.commons.payments.models import Account, Payment, Transfer
from niangjia.commons.payments.tests import crashing
from niangjia.commons.people.testing import a_person
from niangjia.commons.unions.testing import small_tree
from niangjia.kernel.processes import tied_to_parent
from niangjia.platform.jobs.tests.test_worker import database_url

pytestmark = pytest.mark.django_db(transaction=True)
PAYMENTS, KILLS, FEW = 1_000, 20, 100


def ask(payments):
    """So many payments wait for the bank."""
    city = small_tree()["CITY"]
    build.a_fund(city, 100_000_000)
    people = [a_person(f"王{n}") for n in "一二三"]
    wanted = [
        actions.Wanted(f"c{n}", actions.Payee(people[n % 3], bank_account=build.a_card(n), bank="甲银行"), 100 + n)
        for n in range(payments)
    ]
    actions.request_many(source_type=build.SOURCE, union=city, fund=build.FUND, wanted=wanted, actor=build.SYSTEM)


def run(mode, tmp_path, kills):
    """Let the sender and reader work under fire; how often it was killed, and the bank's book."""
    book = tmp_path / "bank.sqlite3"
    environment = {**os.environ, "DATABASE_URL": database_url(), "NIANGJIA_VAR": str(tmp_path)}
    environment["DJANGO_SETTINGS_MODULE"] = os.environ.get("DJANGO_SETTINGS_MODULE", "niangjia.settings")
    done = subprocess.run(
        [sys.executable, "-m", "niangjia.commons.payments.tests.crashing", mode, str(book), "7", str(kills)],
        env=environment, preexec_fn=tied_to_parent(9), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    lines = sqlite3.connect(book).execute("SELECT reference, account, fen, story FROM line").fetchall()
    return int(done.stdout.split()[-1]), lines


def test_killed_again_and_again_nothing_is_paid_twice_and_nothing_is_lost(tmp_path):
    ask(PAYMENTS)
    killed, lines = run("careful", tmp_path, KILLS)
    assert killed == KILLS
    assert max(Counter(account for _reference, account, _fen, _story in lines).values()) == 1
    assert len(lines) == PAYMENTS
    last = {reference: crashing.STORIES[story][-1] for reference, _account, _fen, story in lines}
    assert {one.number: one.state for one in Payment.objects.all()} == last
    banks = sum(fen for reference, _account, fen, _story in lines if last[reference] == "paid")
    ledgers = LedgerRow.objects.live().filter(measure="payments.paid").aggregate(Sum("fen"))["fen__sum"]
    arrived = Account.objects.get(side="paid_out")
    moved = Transfer.objects.filter(taker=arrived).aggregate(Sum("fen"))["fen__sum"]
    moved -= Transfer.objects.filter(giver=arrived).aggregate(Sum("fen"))["fen__sum"] or 0
    assert banks == ledgers == arrived.balance == moved
    assert Account.objects.get(side="with_bank").balance == 0
    assert not books.check_books()


def test_the_harness_sees_money_go_out_twice_when_every_start_gives_a_new_reference(tmp_path):
    """The guard is that a payment keeps its reference for ever; without it the bank pays again after each death."""
    ask(FEW)
    _killed, lines = run("naive", tmp_path, kills=1)
    assert len(lines) > FEW
    assert max(Counter(account for _reference, account, _fen, _story in lines).values()) > 1
