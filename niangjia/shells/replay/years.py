"""What is played: how many people were enrolled, what they claimed, when. Pure; sums in fen.

The numbers are those of a table of known figures (``acceptance/figures.csv``). Where only a sum and a count are known,
the claims below are a choice that adds up to both; where a figure is "over" or "just under", a value that satisfies it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from niangjia.services.protection.details import Bill, Details

SIX, GENERAL = "six", "general"
"""Codes of the two plans; the free one is the city's, the other a district's."""

DISTRICT = "110114"

STANDING = date(2021, 7, 1)
"""By this day the unions and everybody in them stand."""

FIRST_COVER = date(2021, 8, 1)
RENEWAL = date(2022, 8, 1)
GENERAL_COVER = date(2022, 1, 1)

RENEWED, NEW = 276_300, 44_100
GENERAL_ENROLLED = 45_000


@dataclass(frozen=True)
class Events:
    """Claims of one kind in a span of days, spread evenly; ``facts`` of what happened, worth ``fen`` each."""

    plan: str
    cover: str
    count: int
    first: date
    last: date
    fen: int
    area_tenths: int = 0
    grade: str = ""
    bill_fen: int = 0
    stay: int = 0

    def days(self) -> Iterator[date]:
        """The days on which it happened."""
        span = (self.last - self.first).days
        return (self.first + timedelta(days=span * number // self.count) for number in range(self.count))

    def told(self, day: date, number: str) -> Details:
        """What the claimant tells of the event of ``day``; ``number`` makes the bill one of its own."""
        return Details(
            story="在工作中发生",
            hospital="第一虚构医院",
            diagnosis="虚构的诊断",
            admitted=day if self.stay else None,
            discharged=day + timedelta(days=self.stay) if self.stay else None,
            grade=self.grade,
            area_tenths=self.area_tenths,
            bills=(Bill("第一虚构医院", number, self.bill_fen),) if self.bill_fen else (),
        )


@dataclass(frozen=True)
class Condolences:
    """``count`` payments of ``fen`` each beside the claims, in the month after ``day``."""

    count: int
    fen: int
    day: date
    occasion: str = "illness"


def _six(cover: str, count: int, fen: int, year: int, **facts: int | str) -> Events:
    first, last = (date(2021, 10, 5), date(2021, 11, 15)) if year == 2021 else (date(2022, 1, 5), date(2022, 10, 25))
    return Events(SIX, cover, count, first, last, fen, **facts)  # type: ignore[arg-type]


CLAIMS: Sequence[Events] = (
    _six("critical_illness", 3, 20_000_00, 2021),
    _six("death", 1, 30_000_00, 2021),
    _six("accident", 4, 2_000_00, 2021, grade="10"),
    _six("home_loss", 2, 2_500_00, 2021, area_tenths=125),
    _six("child_accident", 2, 5_050_00, 2021, bill_fen=10_200_00),
    _six("critical_illness", 20, 20_000_00, 2022),
    _six("women_disease", 8, 15_000_00, 2022),
    _six("death", 6, 30_000_00, 2022),
    _six("accident", 60, 2_000_00, 2022, grade="10"),
    _six("accident", 30, 4_000_00, 2022, grade="9"),
    _six("accident", 15, 6_000_00, 2022, grade="8"),
    _six("home_loss", 30, 2_500_00, 2022, area_tenths=125),
    _six("child_accident", 46, 4_750_00, 2022, bill_fen=9_600_00),
    Events(GENERAL, "hospital_stay", 903, date(2022, 2, 10), date(2022, 10, 25), 360_00, stay=10),
)
"""Six gifts: 12 claims of 113,100 yuan in 2021 and 215 of 1,323,500 yuan in 2022; a district's general cover: 903."""

CONDOLENCES: Sequence[Condolences] = (
    Condolences(4, 1_250_00, date(2021, 11, 8)),
    Condolences(4, 1_250_00, date(2022, 6, 6), "injury"),
)
"""With the claims of both years 235 payments of 1,446,600 yuan."""


@dataclass(frozen=True)
class Settlements:
    """What the insurer settled for the members of one union: ``persons`` with ``visits`` each, evenly over the months
    of a year, ``self_paid_fen`` a visit."""

    programme: str
    persons: int
    visits: int
    self_paid_fen: int


SETTLEMENTS: Sequence[Settlements] = (
    Settlements("free", 4_020, 20, 300_00),
    Settlements("general", 2_400, 23, 200_00),
)
"""Free: 80,400 reimbursements of 11,859,000 yuan. General: of each 23 visits the first three stay below the deductible,
20 are reimbursed: 48,000."""
