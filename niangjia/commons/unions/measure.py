"""How fast a tree of a hundred thousand unions is, for the bench. Needs an empty database of its own.

A move is timed three times over: our action with its rights, rules, dated event and audit; the bare statements that
write the dated spans; and one UPDATE that overwrites the paths and forgets where the unions stood. The second is what
history costs at least, the third what a tree without days would cost. Each moves other unions that never moved before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from django.db import connection, transaction

from niangjia.commons.unions import scope, spans, testing, tree
from niangjia.commons.unions.actions import move_union
from niangjia.commons.unions.kinds import Axis, UnionKind
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind, Grant

ROUNDS = 5


@dataclass(frozen=True)
class Timing:
    """The best time of a reading in milliseconds, and how many unions it found."""

    name: str
    milliseconds: float
    found: int


def measure() -> Iterator[Timing]:
    """Grow the tree on all axes, then read it and move streets and associations, the best of five each."""
    yield _timed("grow 101,191 unions on three axes", lambda: len(testing.grown_tree(axes=tuple(Axis))), rounds=1)
    first = {kind: Union.objects.filter(kind=kind).order_by("pk").values_list("pk", flat=True)[0] for kind in _KINDS}
    for kind in _KINDS:
        yield _timed(f"below a {kind.value}", partial(_below, first[kind]))
        yield _timed(f"scope of a {kind.value} officer", partial(_in_scope, first[kind]))
    leaf = Union.objects.filter(kind=UnionKind.PRIMARY).order_by("-pk").values_list("pk", flat=True)[0]
    yield _timed("ancestors of a leaf", lambda: len(tree.ancestors(leaf)))
    for kind in (UnionKind.STREET, UnionKind.ASSOCIATION):
        yield from _moves(kind)


_KINDS = (UnionKind.DISTRICT, UnionKind.STREET, UnionKind.ASSOCIATION)


def _timed(name: str, act: Callable[[], int], rounds: int = ROUNDS) -> Timing:
    best, found = float("inf"), 0
    for _round in range(rounds):
        start = time.perf_counter()
        found = act()
        best = min(best, time.perf_counter() - start)
    return Timing(name, best * 1000, found)


def _below(union_id: int) -> int:
    return len(tree.below(tree.path_of(union_id)))


def _in_scope(union_id: int) -> int:
    actor = Actor(ActorKind.STAFF, grants=(Grant("union_officer", union_id, tree.path_of(union_id)),))
    return Union.objects.filter(scope.within(actor, field="pk")).count()


def _moves(kind: UnionKind) -> Iterator[Timing]:
    unions = Union.objects.filter(kind=kind).order_by("-pk").values_list("pk", flat=True)
    below, ways = tree.below(unions[0]).count(), (_by_action, _by_statements, _overwriting)
    chosen = iter(unions[: ROUNDS * len(ways)])
    elsewhere = tree.span_of(unions.reverse()[0]).parent_id or 0
    for way, name in zip(ways, ("our action", "the bare statements", "overwriting, without history"), strict=True):
        trips = [way(next(chosen), elsewhere) for _round in range(ROUNDS)]
        best = min(_timed("", trip, rounds=1).milliseconds for trip in trips)
        yield Timing(f"move a {kind.value}: {name}", best, below)


def _by_action(union_id: int, parent_id: int) -> Callable[[], int]:
    return lambda: move_union(actor=Actor.system("bench"), union_id=union_id, parent_id=parent_id).pk


def _by_statements(union_id: int, parent_id: int) -> Callable[[], int]:
    day = clock.today()
    lines = spans.lines_of([union_id, parent_id], Axis.AFFILIATION, day)

    def write() -> int:
        with transaction.atomic():
            spans.graft(union_id, parent_id, Axis.AFFILIATION, day, lines)
        return union_id

    return write


def _overwriting(union_id: int, parent_id: int) -> Callable[[], int]:
    old, path = tree.path_of(union_id), f"{tree.path_of(parent_id)}{union_id}."
    values: list[str | int] = [path, len(old) + 1, Axis.AFFILIATION.value, old, old[:-1] + "/"]

    def write() -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_OVERWRITE, values)
        return union_id

    return write


_OVERWRITE = """UPDATE unions_unionspan SET path = %s || substr(path, %s)
 WHERE axis = %s AND path >= %s AND path < %s AND valid_to IS NULL"""
