"""The terms of the two invented plans: the free "six gifts" in its versions, and a general group plan. Pure.

The sums are of the order of published ones; what a real federation grants is its own decision.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from niangjia.services.protection.catalogue import Basis, Formula, Measure, Scope, TierPays
from niangjia.services.protection.terms import CoverTerms, LimitTerms, Terms, Tier

SIX_CAP_FEN = 115_000_00
NEW_FORM = ("courier", "delivery_rider", "truck_driver", "ride_hailing_driver", "security_guard", "estate_agent")
"""Workers in new forms of employment; the same six kinds that figures count (commons/people/categories.py)."""

_WAIT_60 = (
    Tier(0, 30, TierPays.NOTHING.value),
    Tier(31, 60, TierPays.CONSOLATION.value, 1_000_00),
    Tier(61, None, TierPays.FULL.value),
)
_MEDICAL = (("identity", True), ("diagnosis", True), ("pathology", False), ("discharge", True), ("settlement", True))
_GRADES = {"1": 50_000_00, "2": 40_000_00, "3": 30_000_00, "4": 25_000_00, "5": 20_000_00, "6": 15_000_00,
           "7": 10_000_00, "8": 6_000_00, "9": 4_000_00, "10": 2_000_00}  # fmt: skip
_EXCLUSIONS = "故意自伤、犯罪、酒后或无证驾驶、战争造成的，不给付。参保前已经确诊的疾病，不给付。"

ILLNESS = CoverTerms(
    "critical_illness", "重大疾病", 20_000_00, tiers=_WAIT_60, papers=_MEDICAL, summary="首次确诊条款列明的重大疾病"
)
ACCIDENT = CoverTerms(
    "accident",
    "意外伤害",
    50_000_00,
    Formula.GRADE.value,
    {"grades": _GRADES},
    papers=(("identity", True), ("accident", True), ("disability", True), ("settlement", False)),
    summary="意外造成伤残，按等级给付",
)
CHILD = CoverTerms(
    "child_accident",
    "子女意外",
    10_000_00,
    Formula.SHARE.value,
    {"per_cent": 50, "deductible_fen": 100_00},
    papers=(("identity", True), ("kinship", True), ("accident", True), ("settlement", True)),
    summary="未成年子女意外受伤，按自付医疗费的一半给付",
    child_to=17,
)
DEATH = CoverTerms(
    "death",
    "身故",
    30_000_00,
    papers=(("identity", True), ("death", True), ("kinship", True)),
    summary="因病或意外身故，由亲属申请",
)
HOME = CoverTerms(
    "home_loss",
    "家财损失",
    10_000_00,
    Formula.AREA.value,
    {"fen_per_square_metre": 200_00},
    papers=(("identity", True), ("property", True), ("property_proof", True), ("title", False), ("fire_report", False)),
    summary="火灾、水管爆裂造成的房屋和家财损失，按受损面积给付",
)
WOMEN = CoverTerms(
    "women_disease",
    "女职工特殊疾病",
    15_000_00,
    tiers=_WAIT_60,
    papers=_MEDICAL,
    sex="female",
    summary="首次确诊条款列明的女性特殊疾病",
)
STAY = CoverTerms(
    "hospital_stay",
    "住院津贴",
    7_200_00,
    Formula.DAILY.value,
    {"fen_per_day": 40_00, "first_day": 2, "most_days": 180},
    tiers=(Tier(0, 30, TierPays.NOTHING.value), Tier(31, None, TierPays.FULL.value)),
    papers=(("identity", True), ("discharge", True), ("settlement", True)),
    summary="住院超过 1 天，每天 40 元，每期最多 180 天",
)

_ONCE_IN_LIFE = (Basis.LIFE.value, Scope.PERSON.value, Measure.COUNT.value, 1)


def six_gifts(covers: int) -> Terms:
    """The free cover of workers in new forms of employment: five covers in 2021, six from 2022."""
    five = (ILLNESS, ACCIDENT, CHILD, DEATH, HOME)
    limits = (
        LimitTerms(*_ONCE_IN_LIFE, cover=ILLNESS.code),
        LimitTerms(*_ONCE_IN_LIFE, cover=DEATH.code),
        LimitTerms(Basis.PERIOD.value, Scope.HOUSEHOLD.value, Measure.FEN.value, 10_000_00, HOME.code),
        *((LimitTerms(*_ONCE_IN_LIFE, cover=WOMEN.code),) if covers == 6 else ()),
    )
    return Terms(
        covers=(*five, WOMEN) if covers == 6 else five,
        cap_fen=SIX_CAP_FEN,
        limits=limits,
        categories=NEW_FORM,
        exclusions=_EXCLUSIONS,
    )


def general_plan(**changes: Any) -> Terms:
    """A group plan that employers and unions buy: eighty of a hundred join, and everybody in units under a hundred."""
    terms = Terms(
        covers=(replace(ILLNESS, sum_fen=20_000_00), STAY, replace(ACCIDENT, claim_days=730), DEATH),
        cap_fen=80_000_00,
        limits=(
            LimitTerms(*_ONCE_IN_LIFE, cover=ILLNESS.code),
            LimitTerms(Basis.PERIOD.value, Scope.PERSON.value, Measure.DAYS.value, 180, STAY.code),
        ),
        price_fen=100_00,
        share_percent=80,
        everyone_under=100,
        four_eyes=False,
        exclusions=_EXCLUSIONS,
    )
    return replace(terms, **changes)
