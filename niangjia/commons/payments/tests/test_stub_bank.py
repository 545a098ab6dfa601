"""A bank as banks are: it pays and the answer is lost, answers twice, out of order, takes back what it had paid."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from django.db import transaction

from niangjia.commons.ledger import books
from niangjia.commons.payments import actions, answering, return_file, stand_in
from niangjia.commons.payments import testing as build
from niangjia.commons.payments.models import Account, Payment, Transfer
from niangjia.commons.people.testing import a_person
from niangjia.commons.unions.testing import small_tree
from niangjia.kernel.errors import RuleBroken

pytestmark = pytest.mark.django_db
PAYMENTS = 60


class Killed(BaseException):
    """The process died here."""


@pytest.fixture
def released():
    city = small_tree()["CITY"]
    fund = build.a_fund(city, 10_000_000)
    people = [a_person(f"王{n}") for n in "一二三"]
    wanted = [
        actions.Wanted(f"c{n}", actions.Payee(people[n % 3], bank_account=build.a_card(n), bank="甲银行"), 100 + n)
        for n in range(PAYMENTS)
    ]
    actions.request_many(source_type=build.SOURCE, union=city, fund=build.FUND, wanted=wanted, actor=build.SYSTEM)
    return build.a_released_batch(fund, build.SYSTEM, build.SYSTEM)


def _truth(chance):
    """What the bank did with each payment, in its own order: each answer with its moment, and the last word."""
    answers, last = [], {}
    for payment in Payment.objects.order_by("pk"):
        story = chance.choice([(False,), (True,), (False, True), (True, False), (False, True, False)])
        for minutes, failed in enumerate(story):
            cause = chance.choice(["卡号有误", "账户已注销", "户名不符"]) if failed else ""
            answers.append(build.an_answer(payment, failed=failed, cause=cause, minutes=minutes))
        last[payment.pk] = "failed" if story[-1] else "paid"
    return answers, last


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_bank_does_and_whoever_dies_meanwhile_nothing_is_paid_twice(released, monkeypatch, seed):
    chance = random.Random(seed)
    answers, last = _truth(chance)
    told = [*answers, *chance.choices(answers, k=40)]
    chance.shuffle(told)
    files = [told[start : start + 25] for start in range(0, len(told), 25)]
    for place, lines in enumerate(files):
        if place % 2:
            with monkeypatch.context() as broken, pytest.raises(Killed), transaction.atomic():
                broken.setattr(answering, "_tell", _die)
                actions.answer(public_id=released.public_id, lines=answers[:1] + lines, actor=build.SYSTEM)
                raise Killed
        actions.answer(public_id=released.public_id, lines=lines, actor=build.SYSTEM)
    assert dict(Payment.objects.values_list("pk", "state")) == last
    arrived = sum(Payment.objects.filter(state="paid").values_list("fen", flat=True))
    assert Account.objects.get(side="paid_out").balance == arrived
    assert Account.objects.get(side="with_bank").balance == 0
    assert not books.check_books()


def _die(*_given):
    raise Killed


def test_the_stand_ins_file_is_read_back_and_the_same_file_again_changes_nothing(released, tmp_path):
    path = tmp_path / "return.csv"
    path.write_bytes(stand_in.return_file(released))
    lines = return_file.lines_of(path, "return.csv")
    first = actions.answer(
        public_id=released.public_id, lines=lines, file_hash=return_file.hash_of(path), actor=build.SYSTEM
    )
    assert first.paid + first.failed == PAYMENTS
    transfers = Transfer.objects.count()
    again = actions.answer(
        public_id=released.public_id, lines=lines, file_hash=return_file.hash_of(path), actor=build.SYSTEM
    )
    assert (again.paid, again.failed, again.read_before) == (0, 0, True)
    assert Transfer.objects.count() == transfers
    assert Counter(Payment.objects.values_list("state", flat=True))["paid"] == first.paid


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("ZF2026-0000001-1,1.00,成功,,S1,2026-01-05 10:00:00", "没有这一批"),
        ("{reference},1.00,也许,,S1,2026-01-05 10:00:00", "结果"),
        ("{reference},1.00,成功,,,2026-01-05 10:00:00", "流水号"),
        ("{reference},1.00,成功,,S1,明天", "处理时间"),
        ("{reference},-1.00,成功,,S1,2026-01-05 10:00:00", "金额"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_read(released, tmp_path, line, sentence):
    reference = Payment.objects.order_by("pk")[0].number
    path = tmp_path / "return.csv"
    head = "参考号,金额（元）,结果,失败原因,银行流水号,处理时间\n"
    path.write_bytes((head + line.format(reference=reference) + "\n").encode("gb18030"))
    with pytest.raises(RuleBroken) as refused:
        lines = return_file.lines_of(path, "return.csv")
        actions.answer(public_id=released.public_id, lines=lines, actor=build.SYSTEM)
    assert refused.value.code == "RETURN_FILE"
    assert sentence in str(refused.value.fields["file"][0])
    assert not Payment.objects.exclude(state="released").exists()
