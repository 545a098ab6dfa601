"""Writing spans: the mechanics of the dated tree, with no right and no rule in them.

The invariant: on every day each union has one span on each axis, whose path is its parent's path of that day and the
own id. So a span ends when anything above it changes. Everything here runs under :func:`lock_tree`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.db import OperationalError, connection
from django.db.models import F, Max, Q, Value
from django.db.models.functions import Concat, Substr

from niangjia.commons.unions.models import Union, UnionSpan
from niangjia.kernel.errors import Unavailable
from niangjia.kernel.text import _


@dataclass(frozen=True)
class Standing:
    """Where a union stands from ``start`` until before ``end`` (None: until further notice)."""

    start: date
    end: date | None
    parent_id: int | None
    path: str
    depth: int


def lock_tree() -> None:
    """Let no other transaction change the tree until this one ends: every change locks the root's row first.

    Moving A below B and B below A at once are each harmless alone; only one at a time keeps the tree free of cycles.
    On SQLite the write transaction itself is that lock. Raises Unavailable TREE_BUSY when waiting takes too long.
    """
    roots = UnionSpan.objects.filter(parent=None).values("union_id")
    with _busy_as_unavailable():
        list(Union.objects.select_for_update(no_key=True).filter(pk__in=roots).order_by("pk").values_list("pk"))


@contextmanager
def _busy_as_unavailable() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise Unavailable("TREE_BUSY", _("组织树正在调整，请稍后再试。")) from error


def standings(union_id: int, axis: str, day: date) -> list[Standing]:
    """Where a union stands on ``day`` and on all days after it, in order of time."""
    return [standing for _union, found, standing in standings_of([union_id], day) if found == axis]


def standings_of(union_ids: Iterable[int], day: date) -> list[tuple[int, str, Standing]]:
    """The same for many unions on all axes, as (union id, axis, standing)."""
    lasting = Q(valid_to=None) | Q(valid_to__gt=day)
    rows = UnionSpan.objects.filter(lasting, union_id__in=list(union_ids)).order_by("valid_from")
    return [
        (row.union_id, row.axis, Standing(row.valid_from, row.valid_to, row.parent_id, row.path, row.depth))
        for row in rows
    ]


def below_parent(union_id: int, parent_id: int, parents: Sequence[Standing], day: date) -> list[Standing]:
    """The standings of a union that is under the parent from ``day`` on, one for each of the parent's."""
    return [
        Standing(max(day, above.start), above.end, parent_id, f"{above.path}{union_id}.", above.depth + 1)
        for above in parents
        if above.end is None or above.end > day
    ]


def levels_below(axis: str, own: Sequence[Standing]) -> int:
    """How many levels there are, or will be, in the subtree of these standings; 1 for a leaf."""
    levels = 1
    for standing in own:
        until = Q() if standing.end is None else Q(valid_from__lt=standing.end)
        lasting = Q(valid_to=None) | Q(valid_to__gt=standing.start)
        rows = UnionSpan.objects.filter(until, lasting, axis=axis).below(standing.path)
        levels = max(levels, (rows.aggregate(deepest=Max("depth"))["deepest"] or standing.depth) - standing.depth + 1)
    return levels


def graft(union_id: int, parent_id: int, axis: str, day: date) -> None:
    """Put a union with all below it under another parent from ``day`` on.

    Three statements, however large the subtree: end the old spans, continue them from that day on, rewrite the paths
    of the continued ones. Where the old or the new line itself changes later, three for each such day.
    """
    targets = standings(parent_id, axis, day)
    for cut_day in [day, *(target.start for target in targets if target.start > day)]:
        _cut(union_id, axis, cut_day)
    for own in standings(union_id, axis, day):
        above = next(target for target in reversed(targets) if target.start <= own.start)
        _rewrite(axis, own, f"{above.path}{union_id}.", above.depth + 1)
    UnionSpan.objects.filter(union_id=union_id, axis=axis, valid_from__gte=day).update(parent_id=parent_id)


def _cut(union_id: int, axis: str, day: date) -> None:
    """Split every span of the subtree that lasts over ``day`` into one before and one from that day on."""
    path = UnionSpan.objects.on(day, axis).values_list("path", flat=True).get(union_id=union_id)
    lasting = Q(valid_to=None) | Q(valid_to__gt=day)
    UnionSpan.objects.filter(lasting, axis=axis, valid_from__lt=day).below(path).update(valid_to=day)
    moment = connection.ops.adapt_datefield_value(day)
    with connection.cursor() as cursor:
        # The ORM has no INSERT … SELECT, and a district's fifty thousand spans should not travel through Python.
        cursor.execute(_CONTINUE, [moment, moment, axis, path, path[:-1] + "/", moment, moment])


_CONTINUE = """INSERT INTO unions_unionspan (union_id, axis, parent_id, path, depth, valid_from, valid_to)
SELECT ended.union_id, ended.axis, ended.parent_id, ended.path, ended.depth, %s,
       (SELECT MIN(later.valid_from) FROM unions_unionspan later
         WHERE later.union_id = ended.union_id AND later.axis = ended.axis AND later.valid_from > %s)
  FROM unions_unionspan ended
 WHERE ended.axis = %s AND ended.path >= %s AND ended.path < %s AND ended.valid_to = %s
   AND NOT EXISTS (SELECT 1 FROM unions_unionspan other
                    WHERE other.union_id = ended.union_id AND other.axis = ended.axis AND other.valid_from = %s)"""
"""Continue from a day on what was ended on it. A union's spans have no gaps, so one that is not yet continued on that
day was cut just now, and it lasted until the union's next span."""


def _rewrite(axis: str, own: Standing, path: str, depth: int) -> None:
    """Give the subtree of one standing its new path."""
    until = Q() if own.end is None else Q(valid_from__lt=own.end)
    UnionSpan.objects.filter(until, axis=axis, valid_from__gte=own.start).below(own.path).update(
        path=Concat(Value(path), Substr("path", len(own.path) + 1)), depth=F("depth") + (depth - own.depth)
    )
