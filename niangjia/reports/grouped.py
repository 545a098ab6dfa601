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
from niangjia.commons.ledger.indicators import Counted
from niangjia.commons.unions.models import UnionSpan
from niangjia.kernel.periods import Period

SPOTS_AT_ONCE = 400
_SMALL_SUBTREE = 2_000
"""For one node with at most so many unions PostgreSQL is made to walk union by union along the index: it takes every
subtree for a ninth of the tree and would read the whole ledger for the card of one small union."""

_MANY = 20
"""For more nodes than this PostgreSQL first writes down which union lies below which, and reads the ledger once."""


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
    spots: Collection[Spot], measures: Collection[str], facts: dims.Facts, *, counted: Counted
) -> dict[tuple[Spot, str], Count]:
    """The counts of every spot and measure; what nothing counts for is missing. Unasked, ``persons`` stays 0."""
    found: dict[tuple[Spot, str], Count] = {}
    if not measures:
        return found
    ordered = list(spots)
    for start in range(0, len(ordered), SPOTS_AT_ONCE):
        chunk = ordered[start : start + SPOTS_AT_ONCE]
        for place, measure, *numbers in _rows(chunk, sorted(measures), facts, counted):
            found[chunk[place], measure] = Count(*(int(number) for number in numbers))
    return found


def statement(
    spots: Sequence[Spot], measures: Sequence[str], facts: dims.Facts, counted: Counted
) -> tuple[str, list[Any]]:
    """The SQL with its values that gives (place in ``spots``, measure, rows, qty, fen, persons)."""
    persons, merged, merged_values = _persons() if counted is Counted.PERSONS else ("0", "", ())
    facts_sql, facts_values = _facts(facts)
    postgresql = connection.vendor == "postgresql"
    walk = _UNION_BY_UNION if postgresql and _is_small(spots) else _AT_WILL
    # The outermost days again as values, for the index: within the join they are columns of another table.
    since = "AND day <= %s" + ("" if counted is Counted.RUNNING else " AND day >= %s AND day >= reach.first")
    days = [max(spot.period.last for spot in spots), min(spot.period.first for spot in spots)]
    # SQLite keeps the order of a CROSS JOIN; left to itself it begins with the ledger.
    join = "JOIN" if postgresql else "CROSS JOIN"
    sql = _STATEMENT.format(
        materialized="MATERIALIZED" if postgresql and len(spots) > _MANY else "",
        spots=", ".join([_SPOT[postgresql]] * len(spots)),
        rows=walk.format(join=join, measures=", ".join(["%s"] * len(measures)), since=since, facts=facts_sql),
        persons=persons,
        merged=merged,
        join=join,
        collation=BYTES[postgresql],
    )
    values: list[Any] = []
    for place, spot in enumerate(spots):
        values += [place, spot.node_id, spot.period.first, spot.period.last]
    return sql, [*values, *measures, *days[: since.count("%s")], *facts_values, *merged_values]


def _rows(
    spots: Sequence[Spot], measures: Sequence[str], facts: dims.Facts, counted: Counted
) -> Iterable[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(*statement(spots, measures, facts, counted))
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _is_small(spots: Sequence[Spot]) -> bool:
    """Whether all spots are one node with few unions below it."""
    if len({spot.node_id for spot in spots}) > 1:
        return False
    tree = UnionSpan.objects.on(spots[-1].period.last)
    path = tree.filter(union_id=spots[-1].node_id).values_list("path", flat=True).first()
    return path is None or tree.below(path)[: _SMALL_SUBTREE + 1].count() <= _SMALL_SUBTREE


def _persons() -> tuple[str, str, Sequence[Any]]:
    """How to count different people, and the join with the map of merged ones if there are any."""
    merged = canon.merged()
    if merged is None or not merged.exists():
        return "COUNT(DISTINCT r.person_id)", "", ()
    sql, values = merged.order_by().query.sql_with_params()
    join = f"LEFT JOIN ({sql}) merged ON merged.id = r.person_id"
    return "COUNT(DISTINCT COALESCE(merged.canonical_id, r.person_id))", join, values


def _facts(facts: dims.Facts) -> tuple[str, Sequence[Any]]:
    if not facts:
        return "", ()
    sql, values = dims.matching(facts).values("id").query.sql_with_params()
    return f"AND dimset_id IN ({sql})", values


BYTES = {True: 'COLLATE "C"', False: ""}
"""Codes are sorted by their bytes: PostgreSQL asks the C library for every other order, which takes longer."""

_SPOT = {
    True: "(CAST(%s AS int), CAST(%s AS bigint), CAST(%s AS date), CAST(%s AS date))",
    False: "(%s, %s, %s, %s)",
}

_ROWS = """SELECT measure, qty, fen, person_id FROM ledger_row
   WHERE union_id = reach.union_id AND measure IN ({measures}) AND day <= reach.last {since}
     AND reverses IS NULL AND reversed_by IS NULL {facts}"""

_UNION_BY_UNION = f"CROSS JOIN LATERAL ({_ROWS} OFFSET 0) r"

_AT_WILL = """{join} ledger_row r
    ON r.union_id = reach.union_id AND r.measure IN ({measures}) AND r.day <= reach.last {since}
   AND r.reverses IS NULL AND r.reversed_by IS NULL {facts}"""

# The upper end of a subtree replaces the path's closing dot by the next character, as unions.models.below does.
_STATEMENT = """
WITH spot (place, node_id, first, last) AS (VALUES {spots}),
reach AS {materialized} (
SELECT spot.place, spot.first, spot.last, below.union_id
  FROM spot
  {join} unions_unionspan node
    ON node.union_id = spot.node_id AND node.axis = 'affiliation'
   AND node.valid_from <= spot.last AND (node.valid_to IS NULL OR node.valid_to > spot.last)
  {join} unions_unionspan below
    ON below.axis = 'affiliation'
   AND below.path >= node.path AND below.path < SUBSTR(node.path, 1, LENGTH(node.path) - 1) || '/'
   AND below.valid_from <= spot.last AND (below.valid_to IS NULL OR below.valid_to > spot.last)
)
SELECT reach.place, r.measure {collation} AS measure, COUNT(*) AS rows, COALESCE(SUM(r.qty), 0) AS qty,
       COALESCE(SUM(r.fen), 0) AS fen, {persons} AS persons
  FROM reach
  {rows}
  {merged}
 GROUP BY reach.place, r.measure {collation}
"""
