"""Moving, closing and renaming unions."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest

from niangjia.commons.unions import events, policies, queries, records, rules, spans, tree
from niangjia.commons.unions.kinds import Axis
from niangjia.commons.unions.models import Appointment, TreeChange, Union, UnionSpan
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import _


@transaction.atomic
def move_union(
    *,
    actor: Actor,
    union_id: int,
    parent_id: int,
    day: date | None = None,
    axis: Axis = Axis.AFFILIATION,
    reason: str = "",
    revision: int | None = None,
) -> Union:
    """Put a union with all below it under another parent on one axis, from ``day`` on (today if None).

    A future day schedules the move, an earlier one restates figures. Moving it to where it stands changes nothing.
    Needs an office above the present and above the new parent (or at them). Raises NotFound, NotAllowed, Conflict
    (STALE, UNION_CLOSED, LATER_MOVE), RuleBroken (ROOT, CYCLE, PARENT_KIND, TOO_DEEP, BEFORE_FOUNDING, NAME_TWIN),
    Unavailable TREE_BUSY, and whatever a receiver of ``union_moving`` refuses with.
    """
    spans.lock_tree()
    at = day or clock.today()
    union, parent = queries.in_sight(actor, union_id, lock=True), queries.in_sight(actor, parent_id)
    present = _present_parent(union, axis, at)
    decision = _right_to_move(actor, present.pk, parent.pk)
    rules.require_revision(union.revision, revision)
    if present.pk == parent.pk:
        return union
    change = TreeChange(
        union=union, kind="moved", axis=axis, from_parent=present, to_parent=parent, effective_on=at, reason=reason
    )
    _carry_out(actor, decision, change)
    return union


@transaction.atomic
def cancel_move(*, actor: Actor, union_id: int, axis: Axis = Axis.AFFILIATION, reason: str = "") -> Union:
    """Take back the last of the scheduled moves: from its day on the union stays where it stood before.

    What was planned since may stand in the way, so the same rules hold as for a move. Raises NotFound, NotAllowed,
    Conflict (NO_MOVE_SCHEDULED, UNION_CLOSED), RuleBroken (CYCLE, TOO_DEEP, NAME_TWIN), Unavailable TREE_BUSY.
    """
    spans.lock_tree()
    union = queries.in_sight(actor, union_id, lock=True)
    planned = spans.standings(union.pk, axis, clock.today())
    moves = [(before, after) for before, after in pairwise(planned) if before.parent_id != after.parent_id]
    if not moves:
        raise Conflict("NO_MOVE_SCHEDULED", _("这个工会没有待生效的隶属变更。"))
    before, after = moves[-1]
    decision = _right_to_move(actor, before.parent_id, after.parent_id)
    change = TreeChange(
        union=union,
        kind="move_cancelled",
        axis=axis,
        from_parent_id=after.parent_id,
        to_parent_id=before.parent_id,
        effective_on=after.start,
        reason=reason,
    )
    _carry_out(actor, decision, change)
    return union


def _right_to_move(actor: Actor, *parent_ids: int | None) -> Decision:
    paths = tree.paths_of(parent for parent in parent_ids if parent is not None)
    return policies.change_below(actor, *paths.values()).require()


def _carry_out(actor: Actor, decision: Decision, change: TreeChange) -> None:
    """Judge a move and make it."""
    union, parent, axis, day = change.union, change.to_parent, Axis(change.axis), change.effective_on
    if parent is None or change.from_parent is None:
        raise ValueError("a root does not move, and nothing becomes one by moving")
    lines = spans.lines_of([union.pk, parent.pk], axis, day)
    _require_movable(union, parent, axis, day, lines)
    events.union_moving.send(sender=Union, union=union, parent=parent, day=day, axis=axis)
    spans.graft(union.pk, parent.pk, axis, day, lines)
    _touch(union)
    records.record(actor, decision, [change], before=change.from_parent.code, after=parent.code)


@transaction.atomic
def close_union(
    *, actor: Actor, union_id: int, day: date | None = None, reason: str = "", revision: int | None = None
) -> Union:
    """Close a union from ``day`` on and end its offices; it keeps its place in the tree, for the figures of its time.

    Raises NotFound, NotAllowed, Conflict (STALE, UNION_CLOSED, HAS_CHILDREN), RuleBroken (ROOT, BEFORE_FOUNDING), and
    whatever a receiver of ``union_closing`` refuses with, such as members or open cases.
    """
    spans.lock_tree()
    at = day or clock.today()
    union = queries.in_sight(actor, union_id, lock=True)
    present = _present_parent(union, Axis.AFFILIATION, at)
    decision = policies.change_below(actor, tree.path_of(present.pk)).require()
    rules.require_revision(union.revision, revision)
    _require_open(union)
    _require_no_children(union, at)
    events.union_closing.send(sender=Union, union=union, day=at)
    union.closed_on = at
    _touch(union, "closed_on")
    offices = Appointment.objects.filter(Q(valid_to=None) | Q(valid_to__gt=at), union=union)
    offices.update(valid_to=Greatest(F("valid_from"), at))
    records.record(actor, decision, [TreeChange(union=union, kind="closed", effective_on=at, reason=reason)])
    return union


@transaction.atomic
def rename_union(
    *,
    actor: Actor,
    union_id: int,
    name: str,
    short_name: str = "",
    reason: str = "",
    revision: int | None = None,
) -> Union:
    """Give a union another name. Raises NotFound, NotAllowed, Conflict (STALE, UNION_CLOSED), RuleBroken (NAME_…)."""
    spans.lock_tree()
    union = queries.in_sight(actor, union_id, lock=True)
    span = tree.spans().get(union=union)
    decision = policies.change_itself(actor, span.path).require()
    rules.require_revision(union.revision, revision)
    _require_open(union)
    before, union.name = union.name, rules.clean_name(name)
    shortened = short_name or union.name[: rules.SHORT_NAME_LENGTH]
    union.short_name = rules.clean_name(shortened, field="short_name", longest=rules.SHORT_NAME_LENGTH)
    _require_no_twin(union, span.parent_id)
    _touch(union, "name", "short_name")
    change = TreeChange(union=union, kind="renamed", effective_on=clock.today(), reason=reason)
    records.record(actor, decision, [change], data={"from": before, "to": union.name})
    return union


def _present_parent(union: Union, axis: str, day: date) -> Union:
    rules.require_founded(union.founded_on, day, "day")
    parent = tree.parent_of(union.pk, day, axis)
    if parent is None:
        raise rules.broken("ROOT", _("最高一级工会不能移动，也不能撤销。"), "union")
    return parent


def _require_movable(union: Union, parent: Union, axis: Axis, day: date, lines: spans.Lines) -> None:
    _require_open(union)
    _require_open(parent)
    rules.require_founded(parent.founded_on, day, "day")
    own, above = lines[union.pk], lines[parent.pk]
    rules.require_no_cycle(union.pk, [standing.path for standing in above])
    rules.require_one_parent_from(day, [(standing.start, standing.parent_id) for standing in own])
    if axis == Axis.AFFILIATION:
        rules.require_place(union.kind, parent.kind)
        _require_no_twin(union, parent.pk)
    rules.require_depth(max(standing.depth for standing in above) + spans.levels_below(axis, own))


def _require_open(union: Union) -> None:
    if union.closed_on is not None:
        raise Conflict("UNION_CLOSED", _("“{union}”已撤销，不能再这样操作。", union=union.name))


def _require_no_children(union: Union, day: date) -> None:
    lasting = Q(valid_to=None) | Q(valid_to__gt=day)
    open_ones = Q(union__closed_on=None) | Q(union__closed_on__gt=day)
    if child := UnionSpan.objects.filter(lasting, open_ones, parent=union).select_related("union").first():
        raise Conflict("HAS_CHILDREN", _("下面还有“{child}”等工会，请先移走或撤销。", child=child.union.name))


def _require_no_twin(union: Union, parent_id: int | None) -> None:
    if parent_id is None:
        return
    twins = [pk for pk in queries.names_under({parent_id}, [union.name]).values() if pk != union.pk]
    if twins:
        raise rules.name_taken(union.name)


def _touch(union: Union, *columns: str) -> None:
    union.revision += 1
    union.save(update_fields=["revision", *columns])
