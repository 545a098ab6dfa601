"""Taking what may be had once, and giving it back: called by rooms inside their own transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypedDict

from django.db import IntegrityError, transaction

from niangjia.commons.entitlement.models import Use
from niangjia.commons.entitlement.rules import ONCE, Once, Per, Rule
from niangjia.commons.entitlement.words import day_text
from niangjia.commons.people.models import HouseholdMember
from niangjia.kernel import clock
from niangjia.kernel.errors import Conflict
from niangjia.kernel.text import _


class AlreadyUsed(Conflict):
    """It was had before; ``first`` is the use that holds it, None when it was given back this very moment."""

    def __init__(self, once: Once, first: Use | None) -> None:
        limit = ONCE[once.per, once.period]
        day = day_text(clock.today() if first is None else clock.day_of(first.at))
        if once.per is Per.PERSON:
            super().__init__("ALREADY_USED", _("{limit}您在{day}已经办理过。", limit=limit, day=day))
        else:
            super().__init__("ALREADY_USED", _("{limit}您家在{day}已经办理过。", limit=limit, day=day))
        self.first = first


class _Place(TypedDict):
    rule_key: str
    period: str


def once_key(rule: Rule, person_id: int) -> str:
    """Who counts as one: the person, or the household in which they live now. Who is in no household is their own.

    ValueError for a rule that sets no limit.
    """
    if rule.once is None:
        raise ValueError("the rule sets no limit")
    return once_keys([rule], person_id)[rule][0]


def take(*, rule: Rule, rule_key: str, person_id: int, day: date, source_type: str, source_id: int) -> Use | None:
    """Write down that the person has it on ``day``, by the source; None when the rule sets no limit.

    ``rule_key`` is chosen by the room: the campaign where it may be had once in a campaign, the programme where the
    period is a year or ever. Taking it again by the same source changes nothing. Raises Conflict ALREADY_USED, an
    :class:`AlreadyUsed` with the first use. Only inside a transaction.
    """
    _demand_transaction()
    if rule.once is None:
        return None
    place: _Place = {"rule_key": rule_key, "period": rule.once.period_on(day)}
    keys = once_keys([rule], person_id)[rule]
    wanted = Use(once_key=keys[0], source_type=source_type, source_id=source_id, **place)
    first = _held(place, keys) or _write(wanted) or _held(place, keys)
    if first is not None and (first.source_type, first.source_id) == (source_type, source_id):
        return first
    raise AlreadyUsed(rule.once, first)


def give_back(source_type: str, source_id: int) -> int:
    """Free what the source had taken; how many uses that were. Only inside a transaction."""
    _demand_transaction()
    return Use.objects.filter(source_type=source_type, source_id=source_id).delete()[0]


def once_keys(rules: Sequence[Rule], person_id: int) -> dict[Rule, list[str]]:
    """For each rule the key under which a use is written, then those under which one may stand from before the
    household was known. One statement when a rule counts by household. Rules that set no limit have none."""
    mine = f"person:{person_id}"
    by_household = any(rule.once is not None and rule.once.per is Per.HOUSEHOLD for rule in rules)
    ours = _household_keys(person_id) if by_household else []
    return {
        rule: [] if rule.once is None else (ours or [mine]) if rule.once.per is Per.HOUSEHOLD else [mine]
        for rule in rules
    }


def _household_keys(person_id: int) -> list[str]:
    here = HouseholdMember.objects.filter(person=person_id, until=None).values("household")
    living = list(HouseholdMember.objects.filter(household__in=here, until=None).values_list("household", "person"))
    return [f"household:{living[0][0]}", *(f"person:{person}" for _household, person in living)] if living else []


def _held(place: _Place, keys: list[str]) -> Use | None:
    return Use.objects.filter(once_key__in=keys, **place).order_by("at", "pk").first()


def _write(use: Use) -> Use | None:
    """The written use, None when somebody else was faster."""
    try:
        with transaction.atomic():
            use.save(force_insert=True)
    except IntegrityError:
        return None
    return use


def _demand_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("what may be had once is taken in the transaction of its case")
