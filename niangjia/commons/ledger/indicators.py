"""What a figure means: declared by rooms, printed with its definition and version, looked up by its code."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet

from niangjia.commons.ledger.dims import Facts, hash_of
from niangjia.commons.ledger.units import Unit
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text


class Kind(StrEnum):
    """How an indicator is counted: units of flow, money of flow, different persons, a stock on a day, a rate."""

    FLOW_QTY = "flow_qty"
    FLOW_FEN = "flow_fen"
    PERSONS = "persons"
    STOCK = "stock"
    RATE = "rate"


class Counted(StrEnum):
    """What a count over rows needs: sums of a period, the running sum up to its end, or different persons as well."""

    SUM = "sum"
    RUNNING = "running"
    PERSONS = "persons"


class DrillLevel(StrEnum):
    """How far a figure opens: to single records, to the counts of the unions below, or not at all."""

    PERSONS = "persons"
    COUNTS = "counts"
    NONE = "none"


@dataclass(frozen=True)
class Part:
    """One count over the ledger: rows of ``measure`` that hold ``dims``, counted as ``kind`` (any but a rate)."""

    measure: str
    kind: Kind = Kind.FLOW_QTY
    dims: Facts = field(default_factory=dict)

    @property
    def counted(self) -> Counted:
        return {Kind.STOCK: Counted.RUNNING, Kind.PERSONS: Counted.PERSONS}.get(self.kind, Counted.SUM)

    @property
    def key(self) -> tuple[str, str, Counted]:
        """What tells its counts from others: measure, hash of the facts, what is counted."""
        return self.measure, hash_of(self.dims), self.counted


@dataclass(frozen=True)
class DrillLine:
    """One record as the room shows it to this viewer: masked as the room masks it."""

    title: str
    detail: str = ""
    url: str = ""


@dataclass(frozen=True)
class Drill:
    """How single records open. ``visible(actor)`` is the room's own queryset of the objects the actor may see,
    ``lines(actor, ids)`` what is shown of them; both for rows whose source is ``source_type``."""

    source_type: str
    visible: Callable[[Actor], QuerySet[Any]]
    lines: Callable[[Actor, Sequence[int]], Mapping[int, DrillLine]]


@dataclass(frozen=True)
class Split:
    """A fact of the rows by which a figure is taken apart, such as the plan. ``label`` heads the table; ``names`` says
    how the values of the fact are called."""

    fact: str
    label: Text
    names: Callable[[Collection[str]], Mapping[str, Text | str]]


@dataclass(frozen=True)
class Indicator:
    """One figure of the report card.

    ``definition`` is printed with the figure; a changed definition is a new ``version``. A rate has ``numerator`` and
    ``denominator``, every other kind ``measure`` and ``dims``. ``of`` names the indicator this one is a part of
    (其中). Counts from 1 to ``smallest_cell`` - 1 are hidden. ``drill`` is needed at drill level PERSONS.
    ``programme`` is the heading under which it stands on the card; ``fewer_is_better`` turns a target into a ceiling.
    ``splits`` are the facts by which its page takes it apart; different persons do not add up and have none.
    ``kept_all_year``: what counts of a year is its worst month, for a figure that must be kept up all through.
    """

    code: str
    label: Text
    definition: Text
    unit: Unit
    kind: Kind
    measure: str = ""
    dims: Facts = field(default_factory=dict)
    numerator: Part | None = None
    denominator: Part | None = None
    version: int = 1
    of: str = ""
    drill_level: DrillLevel = DrillLevel.COUNTS
    drill: Drill | None = None
    smallest_cell: int = 0
    fewer_is_better: bool = False
    kept_all_year: bool = False
    splits: tuple[Split, ...] = ()
    programme: Text | None = None
    order: int = 100

    def __post_init__(self) -> None:
        is_rate = self.kind is Kind.RATE
        if bool(self.measure) == is_rate or bool(self.numerator and self.denominator) != is_rate:
            raise ValueError(f"{self.code}: a rate has numerator and denominator, every other kind a measure")
        if (self.drill_level is DrillLevel.PERSONS) != (self.drill is not None):
            raise ValueError(f"{self.code}: single records open through the room's own visibility, and only then")
        if self.splits and any(part.counted is not Counted.SUM for part in self.parts):
            raise ValueError(f"{self.code}: only sums of a period can be taken apart")
        if self.drill is not None and self.smallest_cell > 1:
            raise ValueError(f"{self.code}: a figure that hides small counts never opens to single records")

    @property
    def parts(self) -> tuple[Part, ...]:
        """The counts it is made of: numerator and denominator of a rate, else one."""
        if self.numerator is not None and self.denominator is not None:
            return self.numerator, self.denominator
        return (Part(self.measure, self.kind, self.dims),)


_declared: dict[str, Indicator] = {}


def declare(*indicators: Indicator) -> None:
    """Add ``indicators``; a room calls it in ``AppConfig.ready()``. Raises ValueError when a code is taken."""
    for indicator in indicators:
        if _declared.setdefault(indicator.code, indicator) != indicator:
            raise ValueError(f"two indicators are called {indicator.code}")


def all_indicators() -> tuple[Indicator, ...]:
    """Every indicator, in the order of the card; a part follows what it is part of."""
    return tuple(sorted(_declared.values(), key=_position))


def find(code: str) -> Indicator | None:
    return _declared.get(code)


def _position(indicator: Indicator) -> tuple[int, str, bool, int, str]:
    whole = _declared.get(indicator.of, indicator)
    return whole.order, whole.code, whole is not indicator, indicator.order, indicator.code
