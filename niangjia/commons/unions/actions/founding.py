"""Founding unions: one, or a whole city in a handful of statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction

from niangjia.commons.unions import policies, queries, records, rules, scope, spans, tree
from niangjia.commons.unions.kinds import TERRITORIAL, Axis, accepts_members_by_default
from niangjia.commons.unions.models import TreeChange, Union, UnionSpan
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import _

_ROWS = 2000


@dataclass(frozen=True)
class NewUnion:
    """A union to be founded. ``parent``, ``fund_parent`` and ``area_parent`` are codes; the last two follow the first
    if empty; no parent makes it the root. ``founded_on`` None is today, ``accepts_members`` None goes by kind."""

    code: str
    name: str
    kind: str
    parent: str = ""
    short_name: str = ""
    area_code: str = ""
    founded_on: date | None = None
    accepts_members: bool | None = None
    fund_parent: str = ""
    area_parent: str = ""

    def parent_on(self, axis: Axis) -> str:
        """The code of the union above on ``axis``; empty for the root."""
        special = {Axis.FUND: self.fund_parent, Axis.AREA: self.area_parent}.get(axis, "")
        return (special or self.parent).strip().upper()


@dataclass
class _Known:
    """The unions that something can be founded under, by code, and where they stand on each axis."""

    unions: dict[str, Union] = field(default_factory=dict)
    standings: dict[tuple[str, Axis], list[spans.Standing]] = field(default_factory=dict)


def found_union(*, actor: Actor, plan: NewUnion, reason: str = "") -> Union:
    """Found one union. Raises what :func:`found_unions` raises."""
    return found_unions(actor=actor, plans=[plan], reason=reason)[0]


@transaction.atomic
def found_unions(*, actor: Actor, plans: Sequence[NewUnion], reason: str = "") -> list[Union]:
    """Found unions, all or none; a parent comes before its children.

    Raises NotFound for a parent out of sight, NotAllowed, Conflict (CODE_TAKEN, UNION_CLOSED, ROOT_EXISTS,
    AREA_TAKEN), RuleBroken (NAME_…, CODE_INVALID, AREA_INVALID, KIND_UNKNOWN, PARENT_KIND, PARENT_MISSING, TOO_DEEP,
    BEFORE_FOUNDING, FOUNDED_LATER).
    """
    spans.lock_tree()
    known = _parents(actor, plans)
    decision = _right(actor, plans, known)
    fresh = [_built(plan) for plan in plans]
    _require_free(fresh)
    Union.objects.bulk_create(fresh, batch_size=_ROWS)
    placed: list[UnionSpan] = []
    for plan, union in zip(plans, fresh, strict=True):
        placed += _place(plan, union, known)
    _require_no_twins(placed, fresh)
    UnionSpan.objects.bulk_create(placed, batch_size=_ROWS)
    events = [_event(plan, union, known, reason) for plan, union in zip(plans, fresh, strict=True)]
    records.record(actor, decision, events)
    return fresh


def _parents(actor: Actor, plans: Sequence[NewUnion]) -> _Known:
    """The existing unions that the plans name as parents; one that is out of the actor's sight does not exist."""
    own = {plan.code.strip().upper() for plan in plans}
    named = {plan.parent_on(axis) for plan in plans for axis in Axis} - own - {""}
    rows = Union.objects.filter(scope.within(actor, field="pk"), code__in=named)
    known = _Known({union.code: union for union in rows})
    if named - set(known.unions):
        raise tree.no_such_union()
    if closed := next((union for union in known.unions.values() if union.closed_on is not None), None):
        raise Conflict("UNION_CLOSED", _("“{union}”已撤销，不能再隶属于它。", union=closed.name))
    first = min((plan.founded_on or clock.today() for plan in plans), default=clock.today())
    codes = {union.pk: union.code for union in known.unions.values()}
    for union_id, axis, standing in spans.standings_of(codes, first):
        known.standings.setdefault((codes[union_id], Axis(axis)), []).append(standing)
    return known


def _right(actor: Actor, plans: Sequence[NewUnion], known: _Known) -> Decision:
    if any(not plan.parent for plan in plans) and tree.root() is not None:
        raise Conflict("ROOT_EXISTS", _("这里已经有最高一级工会，请选择上级工会。"))
    paths = tree.paths_of(union.pk for union in known.unions.values())
    return policies.change_below(actor, *paths.values()).require()


def _built(plan: NewUnion) -> Union:
    kind, name, longest = rules.known_kind(plan.kind), rules.clean_name(plan.name), rules.SHORT_NAME_LENGTH
    founded_on = plan.founded_on or clock.today()
    rules.require_not_future(founded_on, clock.today())
    return Union(
        code=rules.clean_code(plan.code),
        name=name,
        short_name=rules.clean_name(plan.short_name or name[:longest], field="short_name", longest=longest),
        kind=kind.value,
        area_code=rules.clean_area(plan.area_code),
        founded_on=founded_on,
        accepts_members=accepts_members_by_default(kind) if plan.accepts_members is None else plan.accepts_members,
    )


def _require_free(fresh: Sequence[Union]) -> None:
    """Codes are used once, and one open territorial union answers for each area."""
    codes = Counter(union.code for union in fresh)
    codes.update(Union.objects.filter(code__in=list(codes)).values_list("code", flat=True))
    if code := _twice(codes):
        raise Conflict("CODE_TAKEN", _("工会代码 {code} 已被使用。", code=code))
    areas = Counter(union.area_code for union in fresh if union.is_territorial and union.area_code)
    open_ones = Union.objects.filter(kind__in=TERRITORIAL, closed_on=None, area_code__in=list(areas))
    areas.update(open_ones.values_list("area_code", flat=True))
    if area := _twice(areas):
        raise Conflict("AREA_TAKEN", _("行政区划 {area} 已有地方工会。", area=area))


def _twice(counted: Mapping[str, int]) -> str:
    return min((key for key, times in counted.items() if times > 1), default="")


def _place(plan: NewUnion, union: Union, known: _Known) -> list[UnionSpan]:
    """The spans of a new union on all axes; from here on others of the same batch may stand under it."""
    placed = []
    for axis in Axis:
        found = _standings(plan, union, axis, known)
        known.standings[union.code, axis] = found
        placed += [
            UnionSpan(
                union=union,
                axis=axis.value,
                parent_id=standing.parent_id,
                path=standing.path,
                depth=standing.depth,
                valid_from=standing.start,
                valid_to=standing.end,
            )
            for standing in found
        ]
    known.unions[union.code] = union
    return placed


def _standings(plan: NewUnion, union: Union, axis: Axis, known: _Known) -> list[spans.Standing]:
    code = plan.parent_on(axis)
    if not code:
        return [spans.Standing(union.founded_on, None, None, f"{union.pk}.", 1)]
    parent = known.unions.get(code)
    if parent is None:
        raise rules.broken("PARENT_MISSING", _("上级工会 {code} 应排在前面。", code=code), "parent")
    if axis is Axis.AFFILIATION:
        rules.require_place(union.kind, parent.kind)
    rules.require_founded(parent.founded_on, union.founded_on, "founded_on")
    found = spans.below_parent(union.pk, parent.pk, known.standings[code, axis], union.founded_on)
    rules.require_depth(max(standing.depth for standing in found))
    return found


def _require_no_twins(placed: Sequence[UnionSpan], fresh: Sequence[Union]) -> None:
    """No two open unions of one name stand under one parent."""
    names = {union.pk: union.name for union in fresh}
    affiliated = {span.union_id: span.parent_id for span in placed if span.axis == Axis.AFFILIATION and span.parent_id}
    known = queries.names_under(set(affiliated.values()) - set(names), names.values())
    counted = Counter([*known, *((parent, names[union]) for union, parent in affiliated.items())])
    if twins := [name for (_parent, name), times in counted.items() if times > 1]:
        raise rules.name_taken(min(twins))


def _event(plan: NewUnion, union: Union, known: _Known, reason: str) -> TreeChange:
    parent = known.unions.get(plan.parent_on(Axis.AFFILIATION))
    return TreeChange(union=union, kind="founded", to_parent=parent, effective_on=union.founded_on, reason=reason)
