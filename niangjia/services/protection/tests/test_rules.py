"""Worked examples of every cover, tier and limit, and what holds for all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from niangjia.kernel.errors import RuleBroken
from niangjia.services.protection import rules, six
from niangjia.services.protection.rules import Facts, judge
from niangjia.services.protection.terms import CoverTerms, LimitTerms, Terms, Tier

SINCE = date(2022, 1, 1)
SIX, GENERAL = six.six_gifts(6), six.general_plan()
NONE_USED = [0] * 20


def facts(cover: str, day: int = 100, **more) -> Facts:
    event = SINCE + timedelta(days=day)
    given_facts = {"event_day": event, "filed_day": event + timedelta(days=10), "sex": "female", **more}
    return Facts(cover=cover, protected_since=SINCE, protected_to=date(2022, 12, 31), **given_facts)


def worth(cover: str, day: int = 100, *, terms: Terms = SIX, used=None, **more) -> tuple[int, list[str], list[str]]:
    result = judge(terms, facts(cover, day, **more), used or [0] * len(terms.ceilings))
    return result.fen // 100, [step.code for step in result.steps], [step.code for step in result.reductions]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (0, (0, [], ["WAITING"])),
        (30, (0, [], ["WAITING"])),
        (31, (1_000, ["CONSOLATION"], [])),
        (60, (1_000, ["CONSOLATION"], [])),
        (61, (20_000, ["FIXED"], [])),
        (364, (20_000, ["FIXED"], [])),
        (365, (0, [], ["NOT_PROTECTED"])),
        (-1, (0, [], ["NOT_PROTECTED"])),
    ],
)
def test_critical_illness_waits_thirty_days_then_consoles_until_the_sixtieth_d52(day, expected):
    assert worth("critical_illness", day) == expected


@pytest.mark.parametrize(
    ("cover", "terms", "more", "expected"),
    [
        ("accident", SIX, {"grade": "1"}, (50_000, ["GRADE"], [])),
        ("accident", SIX, {"grade": "10"}, (2_000, ["GRADE"], [])),
        ("accident", SIX, {"grade": "11"}, (0, [], ["GRADE_UNKNOWN"])),
        ("child_accident", SIX, {"bill_fen": 3_100_00}, (1_500, ["SHARE"], ["DEDUCTIBLE"])),
        ("child_accident", SIX, {"bill_fen": 50_00}, (0, ["SHARE"], ["DEDUCTIBLE"])),
        ("child_accident", SIX, {"bill_fen": 90_100_00}, (10_000, ["SHARE"], ["DEDUCTIBLE", "COVER_CEILING"])),
        ("death", SIX, {}, (30_000, ["FIXED"], [])),
        ("home_loss", SIX, {"area_tenths": 125}, (2_500, ["AREA"], [])),
        ("home_loss", SIX, {"area_tenths": 501}, (10_000, ["AREA"], ["COVER_CEILING", ])),
        ("women_disease", SIX, {}, (15_000, ["FIXED"], [])),
        ("women_disease", SIX, {"sex": "male"}, (0, [], ["WRONG_SEX"])),
        ("women_disease", six.six_gifts(5), {}, (0, [], ["COVER_UNKNOWN"])),
        ("hospital_stay", GENERAL, {"days": 10}, (360, ["DAILY"], ["FIRST_DAYS"])),
        ("hospital_stay", GENERAL, {"days": 1}, (0, ["DAILY"], ["FIRST_DAYS"])),
        ("hospital_stay", GENERAL, {"days": 200}, (7_200, ["DAILY"], ["FIRST_DAYS", "MOST_DAYS"])),
    ],
)  # fmt: skip
def test_each_formula_by_a_worked_example(cover, terms, more, expected):
    assert worth(cover, terms=terms, **more) == expected


def test_a_claim_after_the_deadline_of_the_terms_is_worth_nothing():
    late = facts("death", 10, filed_day=SINCE + timedelta(days=10 + 731))
    assert [step.code for step in judge(SIX, late, NONE_USED[: len(SIX.ceilings)]).reductions] == ["TOO_LATE"]
    in_time = replace(late, filed_day=SINCE + timedelta(days=10 + 730))
    assert judge(SIX, in_time, NONE_USED[: len(SIX.ceilings)]).fen == 30_000_00


def index_of(terms: Terms, **wanted) -> int:
    return next(
        number
        for number, limit in enumerate(terms.ceilings)
        if all(getattr(limit, name) == value for name, value in wanted.items())
    )


def used(terms: Terms, amount: int, **wanted) -> list[int]:
    before = [0] * len(terms.ceilings)
    before[index_of(terms, **wanted)] = amount
    return before


def test_limits_cut_in_their_order_and_say_so_d46():
    cap = used(SIX, 100_000_00, basis="period", scope="person", measure="fen")
    assert worth("critical_illness", used=cap) == (15_000, ["FIXED"], ["LIMIT_FEN"])
    once = used(SIX, 1, basis="life", measure="count", cover="critical_illness")
    assert worth("critical_illness", used=once) == (0, ["FIXED"], ["LIMIT_COUNT"])
    house = used(SIX, 9_000_00, scope="household")
    assert worth("home_loss", used=house, area_tenths=125) == (1_000, ["AREA"], ["LIMIT_FEN"])
    days = used(GENERAL, 175, measure="days")
    assert worth("hospital_stay", terms=GENERAL, used=days, days=11) == (200, ["DAILY"], ["FIRST_DAYS", "LIMIT_DAYS"])


def test_an_approval_takes_from_each_limit_that_counts_it():
    result = judge(GENERAL, facts("hospital_stay", days=11), [0] * len(GENERAL.ceilings))
    taken = {(GENERAL.ceilings[use.index].measure): use.amount for use in result.uses}
    assert taken == {"days": 10, "fen": 400_00}


def test_every_step_and_reduction_has_a_sentence_with_its_numbers():
    result = judge(SIX, facts("child_accident", bill_fen=90_100_00), [0] * len(SIX.ceilings))
    assert [str(step.sentence) for step in (*result.steps, *result.reductions)] == [
        "票据金额 ¥\N{NO-BREAK SPACE}90,100.00，按 50% 计算是 ¥\N{NO-BREAK SPACE}45,050.00。",
        "票据金额先减去起付线 ¥\N{NO-BREAK SPACE}100.00。",
        "这一项最高给付 ¥\N{NO-BREAK SPACE}10,000.00，超出的部分不给付。",
    ]


COVERS = some.sampled_from([cover.code for cover in (*SIX.covers, six.STAY)])
ALL = replace(SIX, covers=(*SIX.covers, six.STAY), limits=(*SIX.limits, GENERAL.limits[1]))
FACTS = some.builds(
    lambda cover, day, late, grade, area, bill, days, sex: facts(
        cover,
        day,
        filed_day=SINCE + timedelta(days=day + late),
        grade=grade,
        area_tenths=area,
        bill_fen=bill,
        days=days,
        sex=sex,
    ),
    COVERS,
    some.integers(-5, 370),
    some.integers(0, 800),
    some.sampled_from(["1", "5", "10", "x"]),
    some.integers(0, 5_000),
    some.integers(0, 50_000_000),
    some.integers(0, 400),
    some.sampled_from(["male", "female"]),
)
USED = some.lists(some.integers(0, 12_000_000), min_size=len(ALL.ceilings), max_size=len(ALL.ceilings))


@given(FACTS, USED)
def test_never_more_than_any_limit_leaves_and_never_less_than_nothing(claim, before):
    result = judge(ALL, claim, before)
    assert 0 <= result.fen <= ALL.cap_fen
    for use in result.uses:
        assert before[use.index] + use.amount <= ALL.ceilings[use.index].amount
    assert result.fen == sum(step.fen for step in result.steps) - sum(step.fen for step in result.reductions)
    assert (result.fen == 0) == (not result.uses)


@given(FACTS, USED)
def test_what_was_stored_is_replayed_to_the_same_result(claim, before):
    stored = rules.facts_document(claim), rules.result_document(judge(ALL, claim, before))
    assert judge(ALL, rules.read_facts(stored[0]), before) == rules.read_result(stored[1])
    assert all(str(step.sentence) for step in rules.read_result(stored[1]).reductions)


@given(FACTS, USED, some.integers(1, 1_000_000))
def test_having_used_more_never_gives_more(claim, before, more):
    assert judge(ALL, claim, [amount + more for amount in before]).fen <= judge(ALL, claim, before).fen


def test_terms_without_a_tier_for_the_day_pay_nothing():
    holed = CoverTerms("x", "甲", 100, tiers=(Tier(0, 5, "full"),))
    terms = Terms((holed,), 1000, (LimitTerms("event", "person", "fen", 50),))
    assert judge(terms, facts("x", 6), [0, 0]).reductions[0].code == "WAITING"
    assert judge(terms, facts("x", 5), [0, 0]).fen == 50


@pytest.mark.parametrize(
    ("card", "ok"),
    [("6222021234567893", False), ("0000000000000000000", True), ("4111 1111 1111 1111", True), ("１２３", False),
     ("abc", False), ("", False), ("41111111111111111111111", False)],
)  # fmt: skip
def test_a_card_number_is_read_as_typed_and_checked(card, ok):
    if ok:
        assert rules.require_luhn(card) == card.replace(" ", "")
    else:
        with pytest.raises(RuleBroken) as refused:
            rules.require_luhn(card)
        assert refused.value.code == "CARD_NUMBER"


def test_the_sample_can_be_drawn_again_and_is_as_large_as_asked():
    drawn = [rules.is_sampled("seed", f"LP{number}", 1, per_mille=50, from_fen=100) for number in range(20_000)]
    assert drawn == [rules.is_sampled("seed", f"LP{number}", 1, per_mille=50, from_fen=100) for number in range(20_000)]
    assert 900 < sum(drawn) < 1_100
    assert rules.is_sampled("seed", "LP1", 100, per_mille=0, from_fen=100)
    assert not rules.is_sampled("seed", "LP1", 99, per_mille=0, from_fen=100)
