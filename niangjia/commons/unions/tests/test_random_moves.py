"""Whatever is founded and moved, on whatever days: the stored paths are those of the slow model, on every day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from niangjia.commons.unions import testing
from niangjia.commons.unions.actions import NewUnion, cancel_move, found_union, found_unions, move_union
from niangjia.commons.unions.kinds import Axis
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.tests import model
from niangjia.kernel import clock
from niangjia.kernel.errors import DomainError

START = date(2026, 3, 4)

places = st.integers(0, 14)
days = st.integers(-6, 12)
steps = st.one_of(
    st.tuples(st.just("found"), places, st.integers(-6, 0)),
    st.tuples(st.just("move"), places, places, days, st.sampled_from(Axis)),
    st.tuples(st.just("cancel"), places, st.sampled_from(Axis)),
    st.tuples(st.just("wait"), st.integers(1, 5)),
)


class Edges:
    """Who stands under whom from which day on: what was asked for, told day by day."""

    def __init__(self, root: int) -> None:
        self.moves: dict[Axis, dict[int, dict[date, int | None]]] = {axis: defaultdict(dict) for axis in Axis}
        for axis in Axis:
            self.moves[axis][root][testing.FOUNDED] = None

    def on(self, day: date, axis: Axis) -> dict[int, int | None]:
        return {
            union: moves[max(since for since in moves if since <= day)]
            for union, moves in self.moves[axis].items()
            if min(moves) <= day
        }

    def put(self, axis: Axis, union: int, day: date, parent: int | None) -> None:
        """A move to where it stands that day is none: it leaves no edge behind."""
        moves = self.moves[axis][union]
        moves.pop(day, None)
        earlier = [since for since in moves if since < day]
        if not earlier or moves[max(earlier)] != parent:
            moves[day] = parent


def run(steps_taken, today: date, edges: Edges, unions: list[int]) -> int:
    """Take the steps, in the tree and in the model alike; returns how many were not refused."""
    done = 0
    for number, step in enumerate(steps_taken):
        if step[0] == "wait":
            today += timedelta(days=step[1])
            continue
        try:
            with clock.travelling(today), transaction.atomic():
                _take(step, number, today, edges, unions)
            done += 1
        except DomainError:
            continue
    return done


def _take(step, number: int, today: date, edges: Edges, unions: list[int]) -> None:
    if step[0] == "found":
        parent, day = unions[step[1] % len(unions)], today + timedelta(days=step[2])
        parent_code = Union.objects.get(pk=parent).code
        plan = NewUnion(f"N{number}", f"分会{number}", "branch", parent_code, founded_on=day)
        new = found_union(actor=testing.SYSTEM, plan=plan)
        unions.append(new.pk)
        for axis in Axis:
            edges.moves[axis][new.pk][day] = parent
    elif step[0] == "move":
        union, parent = unions[step[1] % len(unions)], unions[step[2] % len(unions)]
        day, axis = today + timedelta(days=step[3]), step[4]
        move_union(actor=testing.SYSTEM, union_id=union, parent_id=parent, day=day, axis=axis)
        edges.put(axis, union, day, parent)
    else:
        union, axis = unions[step[1] % len(unions)], step[2]
        cancel_move(actor=testing.SYSTEM, union_id=union, axis=axis)
        moves = edges.moves[axis][union]
        last = max(moves)
        edges.put(axis, union, last, moves[max(since for since in moves if since < last)])


def a_group_with_three_branches() -> tuple[Edges, list[int]]:
    plans = [NewUnion("ROOT", "根", "group", founded_on=testing.FOUNDED)]
    plans += [NewUnion(code, code, "branch", "ROOT", founded_on=testing.FOUNDED) for code in ("A", "B", "C")]
    root, *branches = found_unions(actor=testing.SYSTEM, plans=plans)
    edges = Edges(root.pk)
    for axis in Axis:
        for branch in branches:
            edges.moves[axis][branch.pk][testing.FOUNDED] = root.pk
    return edges, [root.pk, *(branch.pk for branch in branches)]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(taken=st.lists(steps, min_size=4, max_size=25))
def test_every_day_has_the_tree_that_was_asked_for(db, taken):
    with transaction.atomic():
        edges, unions = a_group_with_three_branches()
        run(taken, START, edges, unions)
        for axis in Axis:
            assert model.broken_invariants(axis) == []
            for day in model.boundaries():
                assert model.parents_on(day, axis) == edges.on(day, axis)
        transaction.set_rollback(True)


def test_the_random_steps_are_mostly_taken(db):
    """Guards the test above: were everything refused, it would pass and say nothing."""
    edges, unions = a_group_with_three_branches()
    taken = [("found", 1, -2), ("move", 2, 4, 3, Axis.AFFILIATION), ("wait", 2), ("move", 1, 3, 9, Axis.AFFILIATION)]
    taken += [("found", 4, -1), ("move", 4, 3, 0, Axis.FUND), ("cancel", 1, Axis.AFFILIATION)]
    assert run(taken, START, edges, unions) == 6
