"""The privacy floor: a number so small that it points at somebody is not shown, nor what would let one compute it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from niangjia.commons.ledger.indicators import Indicator, Kind, Part
from niangjia.commons.unions.models import UnionSpan
from niangjia.kernel.periods import Period
from niangjia.reports import grouped, kept
from niangjia.reports.figures import Figure
from niangjia.reports.grouped import Count, Spot


def is_small(number: int, smallest_cell: int) -> bool:
    """Whether ``number`` must not be shown: more than nothing and fewer than the smallest cell."""
    return 0 < number < smallest_cell


def hidden(figure: Figure) -> Figure:
    return replace(figure, value=None, numerator=None, denominator=None, hidden=True)


def hide(figure: Figure, indicator: Indicator) -> Figure:
    """``figure`` as it may be shown by itself. A rate is hidden when its numerator, its denominator or what lies
    between them is small; money is judged by the number of its records, not by its amount."""
    if indicator.kind is Kind.RATE:
        top, bottom = figure.numerator or 0, figure.denominator or 0
        small = any(is_small(number, indicator.smallest_cell) for number in (top, bottom, bottom - top))
    else:
        number = figure.rows if indicator.kind is Kind.FLOW_FEN else figure.value
        small = number is not None and is_small(number, indicator.smallest_cell)
    return hidden(figure) if small else figure


def differ_little(one: Figure, other: Figure, indicator: Indicator) -> bool:
    """Whether what lies between two figures of the same union and period is itself too small to be shown."""
    pairs = (
        [(one.numerator, other.numerator), (one.denominator, other.denominator)]
        if indicator.kind is Kind.RATE
        else [(one.rows, other.rows)]
        if indicator.kind is Kind.FLOW_FEN
        else [(one.value, other.value)]
    )
    return any(is_small(abs((this or 0) - (that or 0)), indicator.smallest_cell) for this, that in pairs)


def breakdown(node_id: int, period: Period, part: Part) -> dict[int, Count]:
    """The counts of ``part`` for each union directly below ``node_id`` in the tree of the period's last day, and,
    under ``node_id`` itself, for what was booked on the node directly."""
    tree = UnionSpan.objects.on(period.last)
    children = list(tree.filter(parent_id=node_id).values_list("union_id", flat=True))
    counts = _counts([node_id, *children], period, part)
    whole = counts.pop(node_id)
    below = list(counts.values())
    counts[node_id] = Count(
        whole.rows - sum(count.rows for count in below),
        whole.qty - sum(count.qty for count in below),
        whole.fen - sum(count.fen for count in below),
        max(0, whole.persons - sum(count.persons for count in below)),
    )
    return counts


def _counts(node_ids: Sequence[int], period: Period, part: Part) -> dict[int, Count]:
    """The count of each node, the first of which stands above the others: kept cells where they are true, or stand over
    too many records to be counted while somebody waits, else counted."""
    cells = kept.cells_of(node_ids, period, part)
    changed = kept.overtaken(node_ids[0], [period], [part]).concerns(part, period)
    known = {
        node: Count(cell.rows, cell.value, cell.fen, cell.persons)
        for node, cell in cells.items()
        if not changed or cell.rows > kept.LARGEST_RECOUNT
    }
    spots = [Spot(node, period) for node in node_ids if node not in known]
    found = grouped.count(spots, [part.measure], part.dims, counted=part.counted) if spots else {}
    return {node: known.get(node) or found.get((Spot(node, period), part.measure), Count()) for node in node_ids}


def hidden_in(values: Mapping[int, int], smallest_cell: int) -> set[int]:
    """The keys of ``values`` that must not be shown beside their sum.

    When only one is small, the smallest other one is hidden too, or else the one would be the sum less the rest.
    """
    small = {key for key, number in values.items() if is_small(number, smallest_cell)}
    if len(small) == 1:
        others = [(number, key) for key, number in values.items() if number > 0 and key not in small]
        small |= {min(others)[1]} if others else set()
    return small


def would_reveal_a_sibling(node_id: int, period: Period, indicator: Indicator) -> bool:
    """Whether the union's figure is hidden in the table of the union above, so that its own page must hide it too."""
    parent_id = UnionSpan.objects.on(period.last).filter(union_id=node_id).values_list("parent_id", flat=True).first()
    if parent_id is None:
        return False
    return any(
        node_id in hidden_in(values_of(part, breakdown(parent_id, period, part)), indicator.smallest_cell)
        for part in indicator.parts
    )


def values_of(part: Part, counts: Mapping[int, Count]) -> dict[int, int]:
    """The counts as the numbers by which smallness is judged: records for money, else what is counted."""
    if part.kind is Kind.FLOW_FEN:
        return {key: count.rows for key, count in counts.items()}
    if part.kind is Kind.PERSONS:
        return {key: count.persons for key, count in counts.items()}
    return {key: count.qty for key, count in counts.items()}
