"""The values of indicators for one node and some periods: kept cells where they are true, counted where not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from niangjia.commons.ledger.dims import Facts
from niangjia.commons.ledger.indicators import Counted, Indicator, Kind, Part
from niangjia.kernel import clock
from niangjia.kernel.periods import Period
from niangjia.reports import grouped, kept
from niangjia.reports.grouped import Count, Spot
from niangjia.reports.models import ReportCell


@dataclass(frozen=True)
class Figure:
    """One value in base units (fen, hundredths of a percent, else units).

    None means that it cannot be said: a rate without denominator, or, when ``hidden``, a number too small to show.
    ``day`` is the reference day, ``computed_to`` the moment up to which the ledger was counted, ``rows`` how many
    records stand behind it.
    """

    value: int | None
    day: date
    computed_to: datetime
    numerator: int | None = None
    denominator: int | None = None
    hidden: bool = False
    rows: int = 0


Slot = tuple[Period, kept.CellKey]


def figures(
    node_id: int, periods: Sequence[Period], indicators: Sequence[Indicator], *, exact: bool = False
) -> dict[tuple[str, Period], Figure]:
    """The figure of every indicator in every period, by (code, period), in a fixed number of statements. ``exact``
    counts anew what was overtaken, however many records stand behind it."""
    parts = list({(part.key, part.kind): part for indicator in indicators for part in indicator.parts}.values())
    cells = kept.cells(node_id, periods, parts)
    overtaken = kept.overtaken(node_id, periods, parts)
    missing = [
        (part, period)
        for part in parts
        for period in periods
        if _must_count(cells.get((period, part.key)), overtaken.concerns(part, period), exact=exact)
    ]
    counted = _count(node_id, missing)
    now = clock.now()
    found = {
        slot: (Count(cell.rows, cell.value, cell.fen, cell.persons), cell.computed_to) for slot, cell in cells.items()
    }
    found |= {slot: (count, now) for slot, count in counted.items()}
    return {
        (indicator.code, period): _figure(indicator, period, found) for indicator in indicators for period in periods
    }


def rate(numerator: int, denominator: int) -> int | None:
    """Numerator by denominator in hundredths of a percent, half rounded up; None without a denominator."""
    if denominator == 0:
        return None
    return (numerator * 20_000 + denominator) // (2 * denominator)


def _must_count(cell: ReportCell | None, overtaken: bool, *, exact: bool) -> bool:
    if cell is None or (exact and cell.overtaken):
        return True
    return overtaken and (exact or cell.rows <= kept.LARGEST_RECOUNT)


def _count(node_id: int, missing: Iterable[tuple[Part, Period]]) -> dict[Slot, Count]:
    groups: dict[tuple[str, Counted], list[tuple[Part, Period]]] = defaultdict(list)
    for part, period in missing:
        groups[part.key[1:]].append((part, period))
    counted: dict[Slot, Count] = {}
    for (_digest, how), wanted in groups.items():
        facts: Facts = wanted[0][0].dims
        spots = {Spot(node_id, period) for _part, period in wanted}
        found = grouped.count(spots, {part.measure for part, _period in wanted}, facts, counted=how)
        for part, period in wanted:
            counted[period, part.key] = found.get((Spot(node_id, period), part.measure), Count())
    return counted


def _figure(indicator: Indicator, period: Period, found: Mapping[Slot, tuple[Count, datetime]]) -> Figure:
    counts = [found[period, part.key] for part in indicator.parts]
    values = [_value(part, count) for part, (count, _at) in zip(indicator.parts, counts, strict=True)]
    computed_to = min(at for _count, at in counts)
    day = min(period.last, clock.today())
    rows = max(count.rows for count, _at in counts)
    if indicator.kind is not Kind.RATE:
        return Figure(values[0], day, computed_to, rows=rows)
    numerator, denominator = values
    return Figure(rate(numerator, denominator), day, computed_to, numerator, denominator, rows=rows)


def _value(part: Part, count: Count) -> int:
    if part.kind is Kind.FLOW_FEN:
        return count.fen
    return count.persons if part.kind is Kind.PERSONS else count.qty
