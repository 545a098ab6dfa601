"""Which union fits somebody whom no union of an employer holds. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from niangjia.services.joining.fits.states import Ground

HOLDING = ("city", "district", "development_area", "street", "town")
"""Kinds of unions that hold a member only for want of another."""

PATTERN = r"employer|place|[a-z_]{2,24}=[0-9A-Za-z-]{2,32}"
"""How a rule is written: by employer, by place of work, or a category with the code of its union."""


@dataclass(frozen=True)
class Facts:
    """What is known of a member, and the unions, by id, to which each ground leads today.

    ``by_category`` gives the union of each category that a rule names. Only open unions that take members stand here.
    """

    category: str
    held_at: int
    employer_union: int | None = None
    place_union: int | None = None
    by_category: Mapping[str, int] = field(default_factory=dict)
    asked: Collection[int] = frozenset()


@dataclass(frozen=True)
class Found:
    """The union that fits, and why."""

    union_id: int
    ground: Ground


def fitting(rules: Sequence[str], facts: Facts) -> Found | None:
    """The union of the first rule that leads to another union than the present one and that was not offered before."""
    for rule in rules:
        found = _by(rule, facts)
        if found is not None and found.union_id != facts.held_at and found.union_id not in facts.asked:
            return found
    return None


def named_codes(rules: Sequence[str]) -> dict[str, str]:
    """The code of the union by category, of the rules that name one; the first counts."""
    found: dict[str, str] = {}
    for category, _equals, code in (rule.partition("=") for rule in rules if "=" in rule):
        found.setdefault(category, code)
    return found


def ask_again_on(today: date, days: int) -> date:
    """The day on which somebody is asked again who said: later."""
    return today + timedelta(days=days)


def is_asked_enough(times: int, most: int) -> bool:
    """Whether somebody was asked so often that they are left in peace."""
    return times >= most


def _by(rule: str, facts: Facts) -> Found | None:
    if rule == Ground.EMPLOYER:
        return _found(facts.employer_union, Ground.EMPLOYER)
    if rule == Ground.PLACE:
        return _found(facts.place_union, Ground.PLACE)
    category = rule.partition("=")[0]
    return _found(facts.by_category.get(category), Ground.CATEGORY) if category == facts.category else None


def _found(union_id: int | None, ground: Ground) -> Found | None:
    return Found(union_id, ground) if union_id is not None else None
