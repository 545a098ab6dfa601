"""The conditions a rule can be made of. Pure.

Each is met or not met by one person on one day. Its JSON form is ``{"is": IS, …}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from niangjia.commons.people.categories import WorkerCategory
from niangjia.commons.people.honours.kinds import HonourKind
from niangjia.kernel.identifiers import OLDEST_AGE, Sex

Json = dict[str, Any]

YOUNGEST = 0
OLDEST = OLDEST_AGE
LONGEST_MEMBERSHIP_DAYS = 36_500
EARLIEST_DAY, LATEST_DAY = date(1900, 1, 1), date(2199, 12, 31)
MOST_CHOICES = 50


class StandingKind(StrEnum):
    """Whether a member works or keeps the membership without work, such as in retirement."""

    EMPLOYED = "employed"
    RETAINED = "retained"


class CardKind(StrEnum):
    """States of a member's card that a rule can ask for: one that works."""

    ACTIVE = "active"


@dataclass(frozen=True)
class Member:
    """A current member who already was one on the day. Every rule begins with it; it is not written down."""

    IS: ClassVar[str] = "member"


@dataclass(frozen=True)
class Category:
    IS: ClassVar[str] = "category"
    any_of: tuple[WorkerCategory, ...]

    def as_json(self) -> Json:
        return {"is": self.IS, "any_of": [each.value for each in self.any_of]}


@dataclass(frozen=True)
class NewForm:
    """One of the categories that count as a new form of employment."""

    IS: ClassVar[str] = "new_form"

    def as_json(self) -> Json:
        return {"is": self.IS}


@dataclass(frozen=True)
class AtUnion:
    """A member of one of these unions (by code) or of one below, on the line of affiliation as of the day."""

    IS: ClassVar[str] = "union"
    any_of: tuple[str, ...]

    def as_json(self) -> Json:
        return {"is": self.IS, "any_of": list(self.any_of)}


@dataclass(frozen=True)
class Standing:
    IS: ClassVar[str] = "standing"
    any_of: tuple[StandingKind, ...]

    def as_json(self) -> Json:
        return {"is": self.IS, "any_of": [each.value for each in self.any_of]}


@dataclass(frozen=True)
class Age:
    """Completed years between ``youngest`` and ``oldest``, both included, on the day ``on`` (None: the asked day)."""

    IS: ClassVar[str] = "age"
    youngest: int
    oldest: int
    on: date | None = None

    def as_json(self) -> Json:
        named = None if self.on is None else self.on.isoformat()
        return {"is": self.IS, "from": self.youngest, "to": self.oldest, "on": named}

    def born(self, day: date) -> tuple[date, date]:
        """The first and the last birth date that meet it when asked on ``day``, both included."""
        at = self.on or day
        return born_by(at, self.oldest + 1) + timedelta(days=1), born_by(at, self.youngest)


@dataclass(frozen=True)
class OfSex:
    IS: ClassVar[str] = "sex"
    any_of: tuple[Sex, ...]

    def as_json(self) -> Json:
        return {"is": self.IS, "any_of": [each.value for each in self.any_of]}


@dataclass(frozen=True)
class MemberFor:
    """A member for at least ``days`` days before the day."""

    IS: ClassVar[str] = "member_for"
    days: int

    def as_json(self) -> Json:
        return {"is": self.IS, "days": self.days}

    def since(self, day: date) -> date:
        """The last day on which such a membership may have begun."""
        return day - timedelta(days=min(self.days, (day - date.min).days))


@dataclass(frozen=True)
class MemberBefore:
    """A member since before ``day``; who joined on that very day is too late."""

    IS: ClassVar[str] = "member_before"
    day: date

    def as_json(self) -> Json:
        return {"is": self.IS, "day": self.day.isoformat()}


@dataclass(frozen=True)
class HasCard:
    """Holds a member's card in one of these states."""

    IS: ClassVar[str] = "card"
    any_of: tuple[CardKind, ...]

    def as_json(self) -> Json:
        return {"is": self.IS, "any_of": [each.value for each in self.any_of]}


@dataclass(frozen=True)
class Honoured:
    """Holds one of these honours on the day, of whatever level."""

    IS: ClassVar[str] = "honour"
    any_of: tuple[HonourKind, ...]

    def as_json(self) -> Json:
        return {"is": self.IS, "any_of": [each.value for each in self.any_of]}


Written = Category | NewForm | AtUnion | Standing | Age | OfSex | MemberFor | MemberBefore | HasCard | Honoured
Predicate = Member | Written

Names = Mapping[str, str]
"""Codes of unions to the names by which members know them."""


def born_by(day: date, years: int) -> date:
    """The last birth date with which somebody has completed ``years`` on ``day``.

    Who was born on 29 February completes a year on 1 March of other years, so on 28 February they have not.
    """
    if day.year <= years:
        return date.min
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)
