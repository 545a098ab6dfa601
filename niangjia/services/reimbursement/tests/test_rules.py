"""What a settlement is worth, by worked examples and over random years."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from niangjia.services.reimbursement import rules
from niangjia.services.reimbursement.rules import Before, Rates

RATES = Rates(deductible_fen=600_00, per_cent=50, ceiling_fen=2_000_00)


@pytest.mark.parametrize(
    ("before", "self_paid", "fen", "cut"),
    [
        (Before(), 600_00, 0, [("DEDUCTIBLE", 600_00)]),
        (Before(), 600_01, 0, [("DEDUCTIBLE", 600_00)]),
        (Before(), 600_02, 1, [("DEDUCTIBLE", 600_00)]),
        (Before(), 1_100_00, 250_00, [("DEDUCTIBLE", 600_00)]),
        (Before(500_00), 300_00, 100_00, [("DEDUCTIBLE", 100_00)]),
        (Before(600_00), 300_00, 150_00, []),
        (Before(5_000_00, 1_900_00), 400_00, 100_00, [("CEILING", 100_00)]),
        (Before(9_000_00, 2_000_00), 400_00, 0, [("CEILING", 200_00)]),
        (Before(), 4_600_00, 2_000_00, [("DEDUCTIBLE", 600_00)]),
        (Before(), 9_000_00, 2_000_00, [("DEDUCTIBLE", 600_00), ("CEILING", 2_200_00)]),
    ],
)
def test_worked_examples(before, self_paid, fen, cut):
    result = rules.compute(RATES, before, self_paid)
    assert result.fen == fen
    assert [(step.code, step.fen) for step in result.reductions] == cut


def test_every_line_has_a_sentence():
    result = rules.compute(RATES, Before(100_00, 1_900_00), 9_000_00)
    said = [str(step.sentence) for step in (*result.steps, *result.reductions)]
    assert said[0] == "这次就诊自付一的部分是 ¥\N{NO-BREAK SPACE}9,000.00。"
    assert any("起付线 ¥\N{NO-BREAK SPACE}600.00" in line for line in said)
    assert any("超出的" in line for line in said)


@given(st.lists(st.integers(1, 3_000_00), max_size=30), st.integers(0, 100))
def test_a_year_never_passes_its_ceiling_and_replays_the_same(visits, per_cent):
    rates = Rates(600_00, per_cent, 2_000_00)
    before = Before()
    for self_paid in visits:
        result = rules.compute(rates, before, self_paid)
        kept = rules.document_of(rates, before, result)
        assert rules.replay(kept, self_paid) == result
        assert 0 <= result.fen <= self_paid
        assert self_paid - result.fen >= sum(step.fen for step in result.reductions if step.code == "DEDUCTIBLE")
        before = before.then(self_paid, result.fen)
    assert before.granted_fen <= rates.ceiling_fen
    assert before.granted_fen <= max(0, sum(visits) - rates.deductible_fen)


def test_the_same_seed_draws_the_same_sample():
    drawn = [rules.is_sampled("seed", f"T{n}", 100, per_mille=100, from_fen=10_000) for n in range(2000)]
    assert drawn == [rules.is_sampled("seed", f"T{n}", 100, per_mille=100, from_fen=10_000) for n in range(2000)]
    assert 140 < drawn.count("chance") < 260
    assert rules.is_sampled("seed", "T1", 10_000, per_mille=0, from_fen=10_000) == "amount"
