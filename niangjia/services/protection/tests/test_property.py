"""Whatever happens to the claims of a household: what was used is what was approved, never above a cap, and every
calculation gives the same again."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from niangjia.kernel.errors import DomainError
from niangjia.services.protection import actions, books, judging, testing
from niangjia.services.protection.claim_models import AccumulatorEntry, Calculation, Claim
from niangjia.services.protection.states import ClaimState

COVERS = ("critical_illness", "accident", "child_accident", "home_loss", "women_disease")
STEPS = some.lists(
    some.tuples(
        some.sampled_from(COVERS),
        some.integers(5, 100),
        some.sampled_from(["paid", "refused", "appealed", "withdrawn", "failed"]),
    ),
    min_size=1,
    max_size=3,
)


class _Undo(Exception):
    pass


@pytest.fixture
def plan(world):
    own = testing.a_plan(world.city, "tight", programme="protection.free.tight")
    terms = replace(testing.six.six_gifts(6), cap_fen=26_000_00)
    version = testing.a_version(own, terms, valid_from=date(2024, 1, 1))
    return own, testing.an_insured(version, world.firm, 1)


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=STEPS)
def test_used_is_approved_and_never_above_the_cap(world, plan, steps):
    with suppress(_Undo), transaction.atomic():
        for cover, days, fate in steps:
            with suppress(DomainError), transaction.atomic():
                _live(world, plan, cover, days, fate)
        _look()
        raise _Undo


def _live(world, plan, cover, days, fate):
    own, member = plan
    hands = {"unit": world.unit, "agency": world.agency, "office": world.office, "second": world.other_office}
    claim = testing.a_claim(own, member, cover, event_day=world.clock.today - testing.timedelta(days=days % 60))
    if fate == "withdrawn":
        actions.withdraw(public_id=claim.public_id, actor=member)
        return
    testing.through_to(ClaimState.OFFICE_REVIEW, claim, **hands)
    if fate == "refused":
        actions.refuse(public_id=claim.public_id, reason="不在保障范围", actor=world.other_office)
        return
    testing.through_to(ClaimState.IN_PAYMENT_FILE, claim, **hands)
    if fate == "failed":
        testing.bank_pays(claim.public_id, failed=True)
        return
    testing.bank_pays(claim.public_id)
    if fate == "appealed":
        appeal = actions.lodge(public_id=claim.public_id, ground="金额不对", actor=member)
        actions.uphold(public_id=appeal.public_id, reason="重新计算", actor=testing.SYSTEM)
        actions.review(public_id=claim.public_id, actor=testing.SYSTEM)
        actions.approve(public_id=claim.public_id, actor=testing.SYSTEM)


def _look():
    assert list(books.check()) == []
    cap = AccumulatorEntry.objects.filter(basis="period", cover="", measure="fen", holder__key__startswith="p:")
    used = sum(cap.values_list("amount", flat=True))
    assert used == sum(fen or 0 for fen in Claim.objects.values_list("approved_fen", flat=True)) <= 26_000_00
    for calculation in Calculation.objects.select_related("version"):
        assert judging.replay(calculation) == calculation.result
