"""A rule: who may have something, and how often. Pure.

Its stored form is JSON: a list of conditions that must all be met, or, where something may be had only once,
``{"who": [conditions], "once": {"per": "person", "period": "year"}}``. :func:`parse` and :func:`as_json` are inverse
to each other. What a person must be besides is always the same: a current member.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from niangjia.commons.entitlement import reading, words
from niangjia.commons.entitlement.predicates import AtUnion, Member, Names, Predicate, Written
from niangjia.commons.entitlement.reading import Mistakes
from niangjia.kernel.text import Text, _

P = TypeVar("P", bound=Written)


class Per(StrEnum):
    """Who counts as one when something may be had once."""

    PERSON = "person"
    HOUSEHOLD = "household"


class Period(StrEnum):
    """In which time something may be had once: in one campaign, in a calendar year, ever."""

    CAMPAIGN = "campaign"
    YEAR = "year"
    EVER = "ever"


@dataclass(frozen=True)
class Once:
    per: Per
    period: Period

    def period_on(self, day: date) -> str:
        """What a use on ``day`` is written under: the year such as ``"2026"``, else empty.

        That a campaign counts for itself is said by the key of the rule, which its room chooses.
        """
        return str(day.year) if self.period is Period.YEAR else ""

    def as_json(self) -> dict[str, str]:
        return {"per": self.per.value, "period": self.period.value}


@dataclass(frozen=True)
class Rule:
    """Conditions that must all be met, in the order in which they are explained, and how often one may."""

    written: tuple[Written, ...] = ()
    once: Once | None = None

    @property
    def predicates(self) -> tuple[Predicate, ...]:
        """All conditions; the one that is never written down comes first."""
        return (Member(), *self.written)

    @property
    def union_codes(self) -> tuple[str, ...]:
        """The unions it names."""
        named = self.find(AtUnion)
        return named.any_of if named else ()

    def find(self, kind: type[P]) -> P | None:
        """The condition of a kind; there is one of each at most."""
        return next((each for each in self.written if isinstance(each, kind)), None)


def parse(data: object) -> Rule:
    """The rule of a stored or sent form. Raises RuleBroken ENTITLEMENT_RULE with a sentence beside each condition that
    cannot be read; what is wrong with the whole stands beside ``rule``."""
    mistakes = Mistakes()
    who, once = _parts(data, mistakes)
    rule = Rule(reading.conditions(who, mistakes), _once(once, mistakes))
    mistakes.raise_if_any()
    return rule


def as_json(rule: Rule) -> Any:
    """The form in which a rule is stored."""
    who = [each.as_json() for each in rule.written]
    return who if rule.once is None else {"who": who, "once": rule.once.as_json()}


def in_words(rule: Rule, names: Names | None = None) -> list[Text]:
    """Who may, a sentence for each condition, and how often. ``names`` gives unions the names that members know."""
    told = [words.demand(each, names or {}) for each in rule.predicates]
    return told if rule.once is None else [*told, ONCE[rule.once.per, rule.once.period]]


ONCE: Mapping[tuple[Per, Period], Text] = {
    (Per.PERSON, Period.CAMPAIGN): _("每人限一次。"),
    (Per.PERSON, Period.YEAR): _("每人每年限一次。"),
    (Per.PERSON, Period.EVER): _("每人只有一次。"),
    (Per.HOUSEHOLD, Period.CAMPAIGN): _("每户家庭限一次。"),
    (Per.HOUSEHOLD, Period.YEAR): _("每户家庭每年限一次。"),
    (Per.HOUSEHOLD, Period.EVER): _("每户家庭只有一次。"),
}


def _parts(data: object, mistakes: Mistakes) -> tuple[object, object]:
    """The conditions and the limit of either form."""
    if not isinstance(data, dict):
        return data, None
    if not set(data) <= {"who", "once"} or "who" not in data:
        mistakes.add("rule", _("参加条件的写法不对：只能有 who 和 once 两项，who 不能缺。"))
        return [], None
    return data["who"], data.get("once")


def _once(data: object, mistakes: Mistakes) -> Once | None:
    if data is None:
        return None
    if not isinstance(data, dict) or set(data) != {"per", "period"}:
        mistakes.add("once", _("限次要写明按人还是按户（per），以及在多长时间内（period）。"))
        return None
    per, period = data["per"], data["period"]
    if not reading.is_one_of(per, Per) or not reading.is_one_of(period, Period):
        mistakes.add("once", _("限次请选按人或按户，时间请选本次活动、每年或只有一次。"))
        return None
    return Once(Per(per), Period(period))
