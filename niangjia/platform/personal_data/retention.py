"""What has been kept as long as the register says goes: each table by its rule, in short committed batches.

The months stand in the register beside the words that people read; a rule says from when they count and what going
means.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.personal_data import register as fields

BATCH = 500


@dataclass(frozen=True)
class Rule:
    """``due(cutoff)`` finds the rows of one table whose time began before ``cutoff`` and that are still there.

    ``retention`` is the code in the register. ``act(keys, actor)`` lets these rows go and gives how many went; it may
    leave some, which are then passed over until the next night. ``covers`` are the models that go with them.
    """

    name: str
    retention: str
    covers: tuple[str, ...]
    due: Callable[[datetime], QuerySet[Any]]
    act: Callable[[Sequence[int], Actor], int]

    @property
    def cutoff(self) -> datetime:
        """Before which moment the time must have begun. Raises LookupError for a retention without months."""
        return _months_before(clock.now(), fields.months_of(self.retention))


_rules: dict[str, Rule] = {}
_with: dict[str, set[str]] = {}


def register(rule: Rule) -> None:
    """Called when Django starts; the months must stand in the register."""
    fields.months_of(rule.retention)
    _rules[rule.name] = rule


def go_with(rule: str, *models: str) -> None:
    """Models of an app above that hold nothing but pseudonyms once the rows of ``rule`` have gone."""
    _with.setdefault(rule, set()).update(models)


def rules() -> tuple[Rule, ...]:
    return tuple(_rules[name] for name in sorted(_rules))


def due_counts() -> Mapping[str, int]:
    """How many rows would go now, by rule."""
    return {rule.name: rule.due(rule.cutoff).count() for rule in rules()}


@dataclass(frozen=True)
class Step:
    """One batch that went: where to take up after it, and how many rows."""

    rule: str
    after: int
    gone: int


def steps(
    *, actor: Actor, rule: str = "", after: int = 0, keep: Callable[[Step], None] | None = None
) -> Iterator[Step]:
    """Let go what is due, from ``rule`` and ``after`` on. ``keep`` runs in the transaction of its batch."""
    for one in rules():
        if one.name < rule:
            continue
        last = after if one.name == rule else 0
        while keys := _next(one, last):
            with transaction.atomic():
                last = keys[-1]
                step = Step(one.name, last, one.act(keys, actor))
                if keep is not None:
                    keep(step)
            yield step


def uncovered() -> list[str]:
    """Models that hold data about people with a set time and no rule that lets them go; the build fails for any."""
    covered = {model for rule in rules() for model in (*rule.covers, *_with.get(rule.name, ()))}
    known = fields.entries()
    missing = set()
    for label, _field in fields.labels():
        entry = fields.entry_for(label, known)
        model = label.rpartition(".")[0]
        if entry is not None and entry.kind.about_a_person and entry.months is not None and model not in covered:
            missing.add(model)
    return sorted(missing)


def _next(rule: Rule, after: int) -> list[int]:
    rows = rule.due(rule.cutoff).filter(pk__gt=after).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:BATCH])


def _months_before(moment: datetime, months: int) -> datetime:
    """The same day of an earlier month, or its last one."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))
