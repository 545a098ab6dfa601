"""Writing spans: the mechanics of the dated tree, with no right and no rule in them.

The invariant: on every day each union has one span on each axis, whose path is its parent's path of that day and the
own id. So a span ends when anything above it changes. Everything here runs under :func:`lock_tree`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.db import OperationalError, connection
from django.db.models import Max, Q

from niangjia.commons.unions.carrying import Stretch, carry
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


Lines = Mapping[int, Sequence[Standing]]
"""Where unions stand, by their ids, each in order of time."""


def lock_tree() -> None:
    """Let no other transaction change the tree until this one ends: every change locks the root's row first.

    Moving A below B and B below A at once are each harmless alone; only one at a time keeps the tree free of cycles.
    On SQLite the write transaction itself is that lock, and nothing is asked. Raises Unavailable TREE_BUSY when
    waiting takes too long.
    """
    if not connection.features.has_select_for_update:
        return
    roots = UnionSpan.objects.filter(parent=None).values("union_id")
    with _busy_as_unavailable():
        list(Union.objects.select_for_update(no_key=True).filter(pk__in=roots).order_by("pk").values_list("pk"))


@contextmanager
def _busy_as_unavailable() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise Unavailable("TREE_BUSY", _("组织树正在调整，请稍后再试。")) from error


def lines_of(union_ids: Iterable[int], axis: str, day: date) -> Lines:
    """Where each of the unions stands on ``axis`` on ``day`` and on all days after it, in order of time."""
    found: dict[int, list[Standing]] = {union_id: [] for union_id in union_ids}
    for union_id, standing_on, standing in standings_of(found, day):
        if standing_on == axis:
            found[union_id].append(standing)
    return found


def standings(union_id: int, axis: str, day: date) -> Sequence[Standing]:
    """Where a union stands on ``day`` and on all days after it, in order of time."""
    return lines_of([union_id], axis, day)[union_id]


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


def graft(union_id: int, parent_id: int, axis: str, day: date, lines: Lines) -> None:
    """Put a union with all below it under another parent from ``day`` on.

    ``lines`` are those of both, read under :func:`lock_tree`. There is one stretch of time, and one more for each later
    day on which the old or the new line itself changes. The last one goes first: what lasts beyond the beginning of a
    stretch then ends where the next one begins.
    """
    days = sorted({max(day, standing.start) for line in (lines[union_id], lines[parent_id]) for standing in line})
    ends: list[date | None] = [*days[1:], None]
    for start, end in reversed(list(zip(days, ends, strict=True))):
        own, above = _on(start, lines[union_id]), _on(start, lines[parent_id])
        path, deeper = f"{above.path}{union_id}.", above.depth + 1 - own.depth
        if path != own.path:
            carry(Stretch(union_id, parent_id, axis, start, end, own.path, path, deeper))


def _on(day: date, line: Sequence[Standing]) -> Standing:
    return next(standing for standing in reversed(line) if standing.start <= day)
