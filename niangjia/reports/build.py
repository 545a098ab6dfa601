"""Building the cells of all kept nodes over one period at once, counted and written by the database itself.

A city has hundreds of kept nodes and dozens of measures: their cells are a million rows, of which none should travel
through Python. What nothing counts for becomes a cell of 0, so that reading it needs no count.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from niangjia.commons.ledger import dims
from niangjia.commons.ledger.indicators import Counted
from niangjia.kernel.periods import Period
from niangjia.reports import grouped
from niangjia.reports.grouped import Spot

_SORTING = "128MB"
"""Memory of PostgreSQL for sorting the records of a period by node and measure; a year of a city is millions."""


@dataclass(frozen=True)
class Cells:
    """Which cells: those of ``nodes`` over ``period`` under ``facts``, counted at the moment ``at``."""

    period: Period
    nodes: Sequence[int]
    facts: dims.Facts
    dimset_id: int
    at: datetime


def count_in(cells: Cells, measures: Collection[str], how: Counted) -> None:
    """Count ``measures`` and write their cells."""
    ordered = sorted(measures)
    if not ordered:
        return
    postgresql = connection.vendor == "postgresql"
    for start in range(0, len(cells.nodes), grouped.SPOTS_AT_ONCE):
        spots = [Spot(node, cells.period) for node in cells.nodes[start : start + grouped.SPOTS_AT_ONCE]]
        counting, values = grouped.statement(spots, ordered, cells.facts, how)
        grid = ", ".join(["(CAST(%s AS int), CAST(%s AS bigint))"] * len(spots))
        names = ", ".join(["(%s)"] * len(ordered))
        places: list[Any] = [part for place, spot in enumerate(spots) for part in (place, spot.node_id)]
        _execute(
            _COUNTED.format(into=_INTO, grid=grid, names=names, counting=counting, bytes=grouped.BYTES[postgresql]),
            [*places, *ordered, *values, *_common(cells, how)],
        )


def sums_of(cells: Cells, measures: Collection[str], how: Counted) -> None:
    """Write the cells of the sums from those of different persons, which hold them too."""
    ordered = sorted(measures)
    if not ordered:
        return
    names = ", ".join(["%s"] * len(ordered))
    of = [cells.period.first, cells.period.last, cells.dimset_id, Counted.PERSONS.value, *ordered]
    _execute(_SUMS.format(into=_INTO, names=names), [how.value, *of])


def _common(cells: Cells, how: Counted) -> list[Any]:
    moment = connection.ops.adapt_datetimefield_value(cells.at)
    return [cells.period.first, cells.period.last, cells.dimset_id, how.value, moment]


def _execute(sql: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SET LOCAL work_mem = '{_SORTING}'")
        cursor.execute(sql + _AGAIN, values)


_INTO = """INSERT INTO report_cell
 (node_id, measure, "rows", value, fen, persons, "first", "last", dimset_id, counted, computed_to, overtaken)
"""

_COUNTED = """
WITH place_of (place, node_id) AS (VALUES {grid}),
name (measure) AS (VALUES {names}),
counted_now AS ({counting})
{into}
SELECT place_of.node_id, name.measure, COALESCE(now.rows, 0), COALESCE(now.qty, 0), COALESCE(now.fen, 0),
       COALESCE(now.persons, 0), %s, %s, %s, %s, %s, 1 = 0
  FROM place_of CROSS JOIN name
  LEFT JOIN counted_now now ON now.place = place_of.place AND now.measure = name.measure {bytes}
 WHERE 1 = 1
"""

_SUMS = """{into}
SELECT node_id, measure, "rows", value, fen, 0, "first", "last", dimset_id, %s, computed_to, overtaken
  FROM report_cell WHERE "first" = %s AND "last" = %s AND dimset_id = %s AND counted = %s AND measure IN ({names})
"""

_AGAIN = """
ON CONFLICT (node_id, "first", "last", measure, dimset_id, counted) DO UPDATE SET "rows" = excluded."rows",
 value = excluded.value, fen = excluded.fen, persons = excluded.persons, computed_to = excluded.computed_to,
 overtaken = excluded.overtaken
"""
