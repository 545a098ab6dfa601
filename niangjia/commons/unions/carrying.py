"""Carrying a subtree along: the statements that give it another path for a stretch of time, however large it is.

The ORM has no INSERT … SELECT, and a district's fifty thousand spans should not travel through Python.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection


@dataclass(frozen=True)
class Stretch:
    """From ``start`` until before ``end`` (None: for good) ``union_id`` stands at ``path`` below ``parent_id``, and no
    more at ``old``; ``deeper`` is by how many levels. On these days it stands nowhere else than at ``old``."""

    union_id: int
    parent_id: int
    axis: str
    start: date
    end: date | None
    old: str
    path: str
    deeper: int

    def values(self) -> dict[str, Any]:
        """What the statements are given, by the names in them."""
        adapt = connection.ops.adapt_datefield_value
        return {
            **{"union": self.union_id, "parent": self.parent_id, "axis": self.axis},
            **{"start": adapt(self.start), "end": adapt(self.end), "deeper": self.deeper},
            **{"old": self.old, "beyond": self.old[:-1] + "/", "rest": len(self.old) + 1, "path": self.path},
        }


def carry(stretch: Stretch) -> None:
    """Write the new path of the whole subtree. Runs under :func:`niangjia.commons.unions.spans.lock_tree`."""
    with connection.cursor() as cursor:
        for statement in statements():
            cursor.execute(statement, stretch.values())


def statements() -> tuple[str, ...]:
    """One on PostgreSQL, where the ended span hands over when it was to end; elsewhere three that look it up."""
    return (IN_ONE,) if connection.vendor == "postgresql" else PORTABLE


REWRITE = """UPDATE unions_unionspan
   SET path = %(path)s || substr(path, %(rest)s), depth = depth + %(deeper)s,
       parent_id = CASE WHEN union_id = %(union)s THEN %(parent)s ELSE parent_id END
 WHERE axis = %(axis)s AND path >= %(old)s AND path < %(beyond)s
   AND valid_from >= %(start)s AND (%(end)s IS NULL OR valid_from < %(end)s)"""
"""What begins within the stretch is changed in place: a day's second move leaves no spans of no days."""

END = """UPDATE unions_unionspan SET valid_to = %(start)s
 WHERE axis = %(axis)s AND path >= %(old)s AND path < %(beyond)s
   AND valid_from < %(start)s AND (valid_to IS NULL OR valid_to > %(start)s)"""

CONTINUE = """INSERT INTO unions_unionspan (union_id, axis, parent_id, path, depth, valid_from, valid_to)
SELECT ended.union_id, ended.axis, CASE WHEN ended.union_id = %(union)s THEN %(parent)s ELSE ended.parent_id END,
       %(path)s || substr(ended.path, %(rest)s), ended.depth + %(deeper)s, %(start)s,
       (SELECT MIN(later.valid_from) FROM unions_unionspan later
         WHERE later.union_id = ended.union_id AND later.axis = ended.axis AND later.valid_from > %(start)s)
  FROM unions_unionspan ended
 WHERE ended.axis = %(axis)s AND ended.path >= %(old)s AND ended.path < %(beyond)s AND ended.valid_to = %(start)s
   AND NOT EXISTS (SELECT 1 FROM unions_unionspan other
                    WHERE other.union_id = ended.union_id AND other.axis = ended.axis
                      AND other.valid_from = %(start)s)"""
"""Continue from a day on what was ended on it. A union's spans have no gaps, so one that is not yet continued on that
day was ended just now, and it lasted until the union's next span."""

PORTABLE = (REWRITE, END, CONTINUE)

IN_ONE = """WITH lasting AS (
    SELECT id, valid_to FROM unions_unionspan
     WHERE axis = %(axis)s AND path >= %(old)s AND path < %(beyond)s
       AND valid_from < %(start)s AND (valid_to IS NULL OR valid_to > %(start)s)
), rewritten AS (
    UPDATE unions_unionspan
       SET path = %(path)s || substr(path, %(rest)s), depth = depth + %(deeper)s,
           parent_id = CASE WHEN union_id = %(union)s THEN %(parent)s ELSE parent_id END
     WHERE axis = %(axis)s AND path >= %(old)s AND path < %(beyond)s
       AND valid_from >= %(start)s AND (%(end)s IS NULL OR valid_from < %(end)s)
), ended AS (
    UPDATE unions_unionspan span SET valid_to = %(start)s FROM lasting WHERE span.id = lasting.id
    RETURNING span.union_id, span.axis, span.parent_id, span.path, span.depth, lasting.valid_to
)
INSERT INTO unions_unionspan (union_id, axis, parent_id, path, depth, valid_from, valid_to)
SELECT union_id, axis, CASE WHEN union_id = %(union)s THEN %(parent)s ELSE parent_id END,
       %(path)s || substr(path, %(rest)s), depth + %(deeper)s, %(start)s, valid_to
  FROM ended"""
"""The same at once: each span is found once, and written twice only where it lasts over the first day."""
