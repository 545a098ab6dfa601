"""How fast a tree of a hundred thousand unions is, for the bench. Needs an empty database of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from niangjia.commons.unions import scope, testing, tree
from niangjia.commons.unions.actions import move_union
from niangjia.commons.unions.kinds import Axis, UnionKind
from niangjia.commons.unions.models import Union
from niangjia.kernel.actor import Actor, ActorKind, Grant

ROUNDS = 5


@dataclass(frozen=True)
class Timing:
    """The best time of a reading in milliseconds, and how many unions it found."""

    name: str
    milliseconds: float
    found: int


def measure() -> Iterator[Timing]:
    """Grow the tree on all axes, then read it and move a district's street, the best of five each."""
    yield _timed("grow 101,191 unions on three axes", lambda: len(testing.grown_tree(axes=tuple(Axis))), rounds=1)
    first = {kind: Union.objects.filter(kind=kind).order_by("pk").values_list("pk", flat=True)[0] for kind in _KINDS}
    for kind in _KINDS:
        yield _timed(f"below a {kind.value}", partial(_below, first[kind]))
        yield _timed(f"scope of a {kind.value} officer", partial(_in_scope, first[kind]))
    leaf = Union.objects.filter(kind=UnionKind.PRIMARY).order_by("-pk").values_list("pk", flat=True)[0]
    yield _timed("ancestors of a leaf", lambda: len(tree.ancestors(leaf)))
    street, other = first[UnionKind.STREET], first[UnionKind.DISTRICT] + 1
    below = tree.below(street).count()
    yield _timed("move a street with all below", lambda: _move(street, other, below), rounds=1)


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


def _move(union_id: int, parent_id: int, below: int) -> int:
    move_union(actor=Actor.system("bench"), union_id=union_id, parent_id=parent_id)
    return below
