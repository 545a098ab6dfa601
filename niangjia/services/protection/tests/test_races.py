"""Two connections at once, on PostgreSQL: first that it goes wrong without the guard."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.db.models import Sum

from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.platform.testing.races import at_once, two_connections
from niangjia.services.protection import accumulator, actions, testing
from niangjia.services.protection.claim_models import AccumulatorEntry, Claim, ClaimBill
from niangjia.services.protection.states import ClaimState

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

MEET: ContextVar = ContextVar("meet")
CAP = 25_000_00


def codes(outcomes) -> list[str]:
    return sorted("done" if outcome.ok else getattr(outcome.error, "code", repr(outcome.error)) for outcome in outcomes)


@pytest.fixture
def town(transactional_db, clock):
    tree = unions.small_tree()
    return tree, {
        "unit": unions.an_officer([(tree["FIRM"], Role.UNION_OFFICER)], "unit"),
        "agency": unions.an_officer([(tree["EAST-1"], Role.AGENCY_CLERK)], "agency"),
        "office": unions.an_officer([(tree["CITY"], Role.REVIEWER)], "office"),
        "second": unions.an_officer([(tree["CITY"], Role.REVIEWER)], "second"),
    }


@pytest.fixture
def last_yuan(town):
    """Two reviewed claims of one person, 20,000 and 15,000, under a cap of 25,000."""
    tree, hands = town
    plan = testing.a_plan(tree["CITY"])
    version = testing.a_version(
        plan, replace(testing.six.six_gifts(6), cap_fen=CAP, limits=()), valid_from=date(2025, 1, 1)
    )
    member = testing.an_insured(version, tree["FIRM"], 1)
    claims = [
        testing.through_to(ClaimState.OFFICE_REVIEW, testing.a_claim(plan, member, cover), **hands)
        for cover in ("critical_illness", "women_disease")
    ]
    return claims, hands["second"]


def approves(claim, actor):
    def call(meet):
        MEET.set(meet)
        return actions.approve(public_id=claim.public_id, actor=actor)

    return call


@pytest.fixture
def meeting(monkeypatch):
    """Both have judged before either takes."""
    take = accumulator.take

    def meet_and_take(*arguments):
        MEET.get()()
        return take(*arguments)

    monkeypatch.setattr(accumulator, "take", meet_and_take)


@pytest.fixture
def without_chain():
    """Take the two constraints of the chain away, and put them back when the rows are gone."""
    with connection.cursor() as cursor:
        for name in ("protection_accumulator_one_chain", "protection_accumulator_never_above_its_ceiling"):
            cursor.execute(f"ALTER TABLE protection_accumulatorentry DROP CONSTRAINT {name}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE protection_accumulatorentry CASCADE")
        cursor.execute(
            "ALTER TABLE protection_accumulatorentry ADD CONSTRAINT protection_accumulator_one_chain"
            " UNIQUE (holder_id, basis, period, cover, measure, sequence)"
        )
        cursor.execute(
            "ALTER TABLE protection_accumulatorentry ADD CONSTRAINT protection_accumulator_never_above_its_ceiling"
            " CHECK (used_after >= 0 AND used_after <= ceiling)"
        )


def approved() -> int:
    return Claim.objects.aggregate(sum=Sum("approved_fen"))["sum"] or 0


def test_without_lock_and_chain_two_claims_take_the_last_yuan(last_yuan, meeting, without_chain, monkeypatch):
    claims, second = last_yuan
    monkeypatch.setattr(accumulator, "lock", lambda *arguments: None)
    assert codes(two_connections(*(approves(claim, second) for claim in claims))) == ["done", "done"]
    assert approved() == 35_000_00 > CAP


def test_without_the_lock_the_chain_alone_lets_one_through(last_yuan, meeting, monkeypatch):
    claims, second = last_yuan
    monkeypatch.setattr(accumulator, "lock", lambda *arguments: None)
    assert codes(two_connections(*(approves(claim, second) for claim in claims))) == ["LIMIT_TAKEN", "done"]
    assert approved() <= CAP


def test_of_two_claims_one_takes_the_last_yuan_and_the_other_is_calculated_anew(last_yuan):
    claims, second = last_yuan
    outcome = codes(two_connections(*(approves(claim, second) for claim in claims)))
    assert outcome == ["CALCULATION_CHANGED", "done"]
    used = AccumulatorEntry.objects.filter(measure="fen").aggregate(sum=Sum("amount"))["sum"]
    assert approved() == used <= CAP


def submits(claim, member):
    return lambda: actions.submit(public_id=claim.public_id, actor=member)


@pytest.fixture
def pairs(town):
    """Drafts of members in two districts, each pair with the same bill."""
    tree, _hands = town
    plan, _first, version = testing.six_gifts(tree["CITY"])

    def make(count: int, start: int):
        drafts = []
        for number in range(start, start + count):
            bill = testing.Bill("第一试验医院", f"T{number:06d}", 900_00)
            for place, union in enumerate(("FIRM", "WEST-1")):
                member = testing.an_insured(version, tree[union], number * 2 + place + 100)
                drafts.append((testing.a_begun_claim(plan, member, "child_accident", bills=(bill,)), member))
        return drafts

    return make


def test_without_the_unique_fingerprint_one_bill_is_used_twice(pairs):
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX protection_bill_used_once")
    try:
        assert codes(at_once([submits(*one) for one in pairs(1, 0)])) == ["done", "done"]
        assert ClaimBill.objects.filter(held=True).count() == 2
    finally:
        ClaimBill.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE UNIQUE INDEX protection_bill_used_once ON protection_claimbill (fingerprint) WHERE held"
            )


def test_ten_pairs_with_one_bill_each_leave_ten_claims(pairs):
    done = 0
    for start in range(0, 10, 5):
        outcome = codes(at_once([submits(*one) for one in pairs(5, start)]))
        assert outcome == ["DUP_BILL"] * 5 + ["done"] * 5
        done += 5
    assert ClaimBill.objects.filter(held=True).count() == Claim.objects.exclude(state=ClaimState.DRAFT).count() == done


def test_two_reviewers_at_once_decide_once_d61(last_yuan, town):
    claims, second = last_yuan
    refuse = lambda: actions.refuse(public_id=claims[0].public_id, reason="不在保障范围", actor=second)  # noqa: E731
    outcome = codes(two_connections(approves(claims[0], second), refuse))
    assert outcome == ["MOVE_NOT_ALLOWED", "done"]
    claims[0].refresh_from_db()
    assert bool(claims[0].approved_fen) == (claims[0].state == ClaimState.APPROVED)


def test_two_appeals_at_once_are_one(last_yuan, town):
    claims, second = last_yuan
    actions.refuse(public_id=claims[0].public_id, reason="不在保障范围", actor=second)
    lodge = lambda: actions.lodge(public_id=claims[0].public_id, ground="我不同意", actor=testing.SYSTEM)  # noqa: E731
    assert codes(two_connections(lodge, lodge)) == ["APPEAL_ONCE", "done"]
