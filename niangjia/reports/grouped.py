"""Counting many (node, period) at once in one statement.

Raw SQL, because ledger rows carry no foreign keys by which the ORM could join them to the tree; the text is the same
on both databases. Property tests hold it equal to :mod:`niangjia.reports.scan`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from niangjia.commons.ledger import canon, dims
from niangjia.kernel.periods import Period

_SPOTS_AT_ONCE = 400
_NOBODY_MERGED = "SELECT CAST(NULL AS bigint) AS id, CAST(NULL AS bigint) AS canonical_id WHERE 1 = 0"


@dataclass(frozen=True)
class Spot:
    """A node and all below it over a period, in the tree of the period's last day."""

    node_id: int
    period: Period


@dataclass(frozen=True)
class Count:
    """``rows`` records, ``qty`` units, ``fen`` money, ``persons`` different people."""

    rows: int = 0
    qty: int = 0
    fen: int = 0
    persons: int = 0


def count(
    spots: Collection[Spot], measures: Collection[str], facts: dims.Facts, *, running: bool
) -> dict[tuple[Spot, str], Count]:
    """The counts of every spot and measure, ``running`` ones from the beginning; what nothing counts for is missing."""
    found: dict[tuple[Spot, str], Count] = {}
    if not measures:
        return found
    ordered = list(spots)
    for start in range(0, len(ordered), _SPOTS_AT_ONCE):
        chunk = ordered[start : start + _SPOTS_AT_ONCE]
        for place, measure, *counted in _rows(chunk, sorted(measures), facts, running):
            found[chunk[place], measure] = Count(*(int(number) for number in counted))
    return found


def _rows(
    spots: Sequence[Spot], measures: Sequence[str], facts: dims.Facts, running: bool
) -> Iterable[tuple[Any, ...]]:
    merged_sql, merged_values = _merged()
    facts_sql, facts_values = _facts(facts)
    statement = _STATEMENT.format(
        spots=", ".join([_SPOT[connection.vendor == "postgresql"]] * len(spots)),
        merged=merged_sql,
        measures=", ".join(["%s"] * len(measures)),
        since="" if running else "AND r.day >= spot.first",
        facts=facts_sql,
    )
    values: list[Any] = []
    for place, spot in enumerate(spots):
        values += [place, spot.node_id, spot.period.first, spot.period.last]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, *measures, *merged_values, *facts_values])
        counted: list[tuple[Any, ...]] = cursor.fetchall()
    return counted


def _merged() -> tuple[str, Sequence[Any]]:
    merged = canon.merged()
    return (_NOBODY_MERGED, ()) if merged is None else merged.order_by().query.sql_with_params()


def _facts(facts: dims.Facts) -> tuple[str, Sequence[Any]]:
    if not facts:
        return "", ()
    sql, values = dims.matching(facts).values("id").query.sql_with_params()
    return f"AND r.dimset_id IN ({sql})", values


_SPOT = {
    True: "(CAST(%s AS int), CAST(%s AS bigint), CAST(%s AS date), CAST(%s AS date))",
    False: "(%s, %s, %s, %s)",
}

# The upper end of a subtree replaces the path's closing dot by the next character, as unions.models.below does.
_STATEMENT = """
WITH spot (place, node_id, first, last) AS (VALUES {spots})
SELECT spot.place, r.measure, COUNT(*), COALESCE(SUM(r.qty), 0), COALESCE(SUM(r.fen), 0),
       COUNT(DISTINCT COALESCE(merged.canonical_id, r.person_id))
  FROM spot
  JOIN unions_unionspan node
    ON node.union_id = spot.node_id AND node.axis = 'affiliation'
   AND node.valid_from <= spot.last AND (node.valid_to IS NULL OR node.valid_to > spot.last)
  JOIN unions_unionspan below
    ON below.axis = 'affiliation'
   AND below.path >= node.path AND below.path < SUBSTR(node.path, 1, LENGTH(node.path) - 1) || '/'
   AND below.valid_from <= spot.last AND (below.valid_to IS NULL OR below.valid_to > spot.last)
  JOIN ledger_row r
    ON r.union_id = below.union_id AND r.measure IN ({measures})
   AND r.day <= spot.last {since}
   AND r.reverses IS NULL AND r.reversed_by IS NULL
  LEFT JOIN ({merged}) merged ON merged.id = r.person_id
 WHERE 1 = 1 {facts}
 GROUP BY spot.place, r.measure
"""
