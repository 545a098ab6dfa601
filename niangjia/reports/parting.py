"""A figure taken apart by a fact of its records, such as plan, cover or worker category."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count as Number
from django.db.models import Sum

from niangjia.commons.ledger import queries
from niangjia.commons.ledger.indicators import Indicator, Kind, Part, Split
from niangjia.commons.ledger.models import DimSet
from niangjia.commons.unions.models import Union
from niangjia.kernel.periods import Period
from niangjia.kernel.text import Text, _
from niangjia.reports import figures, floor, scan
from niangjia.reports.grouped import Count

ByFacts = list[tuple[Mapping[str, str], Count]]
ByValue = Mapping[str, Count]


@dataclass(frozen=True)
class Piece:
    """What the records with one value of the fact give. ``value`` is in base units, None where it is hidden or cannot
    be said; ``parts`` are numerator and denominator of a rate."""

    name: Text | str
    value: int | None
    hidden: bool = False
    parts: tuple[int, int] | None = None


@dataclass(frozen=True)
class Parting:
    """The pieces by one fact, the largest first."""

    label: Text
    pieces: list[Piece]


def partings(union: Union, period: Period, indicator: Indicator) -> list[Parting]:
    """The figure by each of its splits, in two statements for each part; nothing where the figure itself is hidden."""
    if not indicator.splits:
        return []
    if indicator.smallest_cell and floor.would_reveal_a_sibling(union.pk, period, indicator):
        return []
    by_facts = [_by_facts(part, union.pk, period) for part in indicator.parts]
    if _is_hidden(indicator, by_facts):
        return []
    found = [Parting(split.label, _pieces(indicator, split, by_facts)) for split in indicator.splits]
    return [parting for parting in found if parting.pieces]


def _is_hidden(indicator: Indicator, by_facts: Sequence[ByFacts]) -> bool:
    """Whether the whole is too small to be shown."""
    for part, rows in zip(indicator.parts, by_facts, strict=True):
        whole = _sum([count for _facts, count in rows])
        if floor.hidden_in(floor.values_of(part, {0: whole}), indicator.smallest_cell):
            return True
    return False


def _sum(counts: Sequence[Count]) -> Count:
    rows, qty, fen = (sum(getattr(count, name) for count in counts) for name in ("rows", "qty", "fen"))
    return Count(rows, qty, fen)


def _by_facts(part: Part, node_id: int, period: Period) -> ByFacts:
    """The sums of each set of facts."""
    asked = scan.question(part, node_id, period)
    if asked is None:
        return []
    rows = queries.rows(asked).order_by().values_list("dimset_id")
    sums = list(rows.annotate(rows=Number("id"), units=Sum("qty"), money=Sum("fen")))
    known = DimSet.objects.in_bulk([dimset for dimset, *_numbers in sums])
    return [(known[dimset].facts, Count(rows, qty or 0, fen or 0)) for dimset, rows, qty, fen in sums]


def _pieces(indicator: Indicator, split: Split, by_facts: Sequence[ByFacts]) -> list[Piece]:
    summed = [_by_value(split.fact, rows) for rows in by_facts]
    values = sorted({value for counts in summed for value in counts})
    names = split.names([value for value in values if value])
    hidden = _hidden(indicator, summed, values)
    pieces = [
        Piece(names.get(value, value) or _("没有写明"), None, hidden=True)
        if value in hidden
        else _piece(
            indicator, names.get(value, value) or _("没有写明"), [counts.get(value, Count()) for counts in summed]
        )
        for value in values
    ]
    return sorted(pieces, key=lambda piece: (piece.value is None, -(piece.value or 0)))


def _by_value(fact: str, rows: ByFacts) -> ByValue:
    found: dict[str, list[Count]] = defaultdict(list)
    for facts, count in rows:
        found[str(facts.get(fact, ""))].append(count)
    return {value: _sum(counts) for value, counts in found.items()}


def _hidden(indicator: Indicator, summed: list[ByValue], values: list[str]) -> set[str]:
    """Small pieces, and a further one where the only small one would be the sum less the rest."""
    hidden: set[str] = set()
    for part, counts in zip(indicator.parts, summed, strict=True):
        numbers = floor.values_of(part, {place: counts.get(value, Count()) for place, value in enumerate(values)})
        hidden |= {values[place] for place in floor.hidden_in(numbers, indicator.smallest_cell)}
    return hidden


def _piece(indicator: Indicator, name: Text | str, counts: list[Count]) -> Piece:
    numbers = [
        count.fen if part.kind is Kind.FLOW_FEN else count.qty
        for part, count in zip(indicator.parts, counts, strict=True)
    ]
    if indicator.kind is not Kind.RATE:
        return Piece(name, numbers[0])
    return Piece(name, figures.rate(*numbers), parts=(numbers[0], numbers[1]))
