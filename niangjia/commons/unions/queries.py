"""Reads shared by the actions and by pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from django.db.models import Q, QuerySet

from niangjia.commons.unions import scope, tree
from niangjia.commons.unions.kinds import Axis
from niangjia.commons.unions.models import Appointment, Employer, TreeChange, Union, UnionSpan
from niangjia.kernel import clock, identifiers
from niangjia.kernel.actor import Actor


def in_sight(actor: Actor, union_id: int, *, lock: bool = False) -> Union:
    """A union that the actor reaches by any office, its row locked for a change if asked. Raises NotFound."""
    rows = Union.objects.select_for_update(of=("self",), no_key=True) if lock else Union.objects.all()
    union = rows.filter(scope.within(actor, field="pk"), pk=union_id).first()
    if union is None:
        raise tree.no_such_union()
    return union


def by_code(code: str) -> Union:
    """The union with ``code``, whoever asks. Raises NotFound."""
    union = Union.objects.filter(code=code.strip().upper()).first()
    if union is None:
        raise tree.no_such_union()
    return union


def unions_of(actor: Actor, day: date | None = None) -> QuerySet[Union]:
    """The open unions within the actor's reach, for the switcher; narrow and slice it before showing."""
    return Union.objects.open_on(day or clock.today()).filter(scope.within(actor, field="pk")).order_by("code")


def search(actor: Actor, text: str, limit: int = 20) -> list[Union]:
    """Open unions within reach whose name contains ``text`` or whose code begins with it."""
    wanted = " ".join(text.split())
    if not wanted:
        return []
    found = Q(name__icontains=wanted) | Q(short_name__icontains=wanted) | Q(code__istartswith=wanted)
    return list(unions_of(actor).filter(found)[:limit])


def names_under(parent_ids: Collection[int], names: Collection[str]) -> Mapping[tuple[int, str], int]:
    """Which of ``names`` open unions directly under each parent bear today or will: (parent, name) to id."""
    lasting = Q(valid_to=None) | Q(valid_to__gt=clock.today())
    rows = UnionSpan.objects.filter(
        lasting, axis=Axis.AFFILIATION, parent_id__in=parent_ids, union__closed_on=None, union__name__in=list(names)
    )
    return {(parent, name): pk for parent, name, pk in rows.values_list("parent_id", "union__name", "union_id")}


def offices_at(union_id: int, day: date | None = None) -> QuerySet[Appointment]:
    """Who holds which office at a union."""
    rows = Appointment.objects.in_force(day or clock.today()).filter(union_id=union_id)
    return rows.select_related("user", "deputy_for").order_by("role", "valid_from")


def history_of(union_id: int) -> QuerySet[TreeChange]:
    """The dated events of a union, newest first."""
    rows = TreeChange.objects.filter(union_id=union_id).select_related("from_parent", "to_parent", "recorded_by")
    return rows.order_by("-effective_on", "-pk")


def employer_by_uscc(code: str) -> Employer | None:
    """The employer with a social credit code. Raises RuleBroken USCC_INVALID for a code that cannot be one."""
    return Employer.objects.select_related("union").filter(uscc=identifiers.uscc(code)).first()


def scheduled_moves(union_ids: Collection[int] | None = None) -> QuerySet[UnionSpan]:
    """Spans that begin after today, for the unions named (all if None)."""
    rows = UnionSpan.objects.filter(valid_from__gt=clock.today())
    return (rows if union_ids is None else rows.filter(union_id__in=union_ids)).order_by("valid_from")
