"""What the desk pages read. "My desk" is what is addressed to exactly my union and role; the rest is "below me"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from niangjia.commons.desk import subjects
from niangjia.commons.desk.models import DeskItem, DeskItemQuerySet, DueChange
from niangjia.commons.desk.subjects import DeskLine
from niangjia.commons.unions import scope
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text


class Urgency(StrEnum):
    OVERDUE = "overdue"
    TODAY = "today"
    THIS_WEEK = "this_week"
    LATER = "later"


@dataclass(frozen=True)
class DeskRow:
    """One line of a desk; ``urgency`` is its heading."""

    item: DeskItem
    line: DeskLine
    urgency: Urgency


def my_items(actor: Actor) -> DeskItemQuerySet:
    """Open items addressed to one of the actor's own offices, or taken by the actor; nothing for others."""
    offices = [Q(union_id=grant.node_id, role=grant.role) for grant in actor.grants]
    if not actor.is_staff or not offices:
        return DeskItem.objects.none()
    mine = Q(holder_id=actor.user_id) | (Q(holder=None) & reduce(or_, offices))
    return DeskItem.objects.open().filter(mine)


@dataclass(frozen=True)
class Asked:
    """What somebody looks for on their desk: one kind of object, only overdue ones, only those in the own hands."""

    kind: str = ""
    overdue: bool = False
    own: bool = False


@dataclass(frozen=True)
class Waiting:
    """How many items of one kind of object wait."""

    subject_type: str
    label: Text
    number: int


def asked_items(actor: Actor, asked: Asked) -> DeskItemQuerySet:
    """The items of the actor's desk that match."""
    found = my_items(actor)
    if asked.kind:
        found = found.filter(subject_type=asked.kind)
    if asked.overdue:
        found = found.filter(due_at__lt=clock.now())
    return found.filter(holder_id=actor.user_id) if asked.own else found


def my_desk(actor: Actor, *, limit: int = 200, asked: Asked | None = None) -> list[DeskRow]:
    """The most pressing ``limit`` items of the actor's desk that match, with their lines."""
    items = asked_items(actor, asked or Asked())
    return rows_for(actor, items.in_desk_order().select_related("union")[:limit])


def waiting(actor: Actor) -> dict[str, Waiting]:
    """What waits on the actor by kind of object, the most numerous first."""
    rows = my_items(actor).values_list("subject_type").annotate(n=Count("id")).order_by("-n", "subject_type")
    known = ((subjects.find(subject_type), number) for subject_type, number in rows)
    return {one.subject_type: Waiting(one.subject_type, one.label, number) for one, number in known if one is not None}


def rows_for(actor: Actor, items: Iterable[DeskItem]) -> list[DeskRow]:
    """Items with the lines that their rooms give; what the actor may not see is left out."""
    found = list(items)
    lines = _lines(actor, found)
    return [
        DeskRow(item, lines[item.subject_type, item.subject_id], urgency(item))
        for item in found
        if (item.subject_type, item.subject_id) in lines
    ]


def counts(actor: Actor) -> Mapping[str, int]:
    """What waits on the actor's own offices: by room code, and ``"desk"`` for all together."""
    found = {"desk": 0}
    for subject_type, number in my_items(actor).values_list("subject_type").annotate(n=Count("id")):
        room = subject_type.split(".")[0]
        found[room] = found.get(room, 0) + number
        found["desk"] += number
    return found


def below_me(actor: Actor) -> QuerySet[DeskItem, Any]:
    """``open`` and ``overdue`` items at each union below the actor's offices (``union_id``, ``union_key``,
    ``union_name``), the most overdue first."""
    rows = _below(actor).values("union_id", union_key=F("union__public_id"), union_name=F("union__name"))
    counted: Any = rows.annotate(**_counts())
    ordered: QuerySet[DeskItem, Any] = counted.order_by("-overdue", "-open", "union_id")
    return ordered


def sum_below(actor: Actor) -> Mapping[str, int]:
    """How many items are ``open`` at all unions below the actor's offices, and ``overdue``."""
    return _below(actor).aggregate(**_counts())


def _counts() -> dict[str, Count]:
    return {"open": Count("id"), "overdue": Count("id", filter=Q(due_at__lt=clock.now()))}


def _below(actor: Actor) -> DeskItemQuerySet:
    own = [grant.node_id for grant in actor.grants]
    return DeskItem.objects.open().filter(scope.within(actor, field="union")).exclude(union_id__in=own)


def done_by(actor: Actor) -> DeskItemQuerySet:
    """What the actor has dealt with, newest first."""
    return DeskItem.objects.filter(closed_by_id=actor.user_id).order_by("-closed_at")


def open_item(subject_type: str, subject_id: int) -> DeskItem | None:
    """The open item of an object, if somebody must act on it."""
    return DeskItem.objects.open().filter(subject_type=subject_type, subject_id=subject_id).first()


def due_history(subject_type: str, subject_id: int) -> list[DueChange]:
    """Every change of an object's due moments, oldest first."""
    rows = DueChange.objects.filter(item__subject_type=subject_type, item__subject_id=subject_id)
    return list(rows.select_related("item").order_by("id"))


def urgency(item: DeskItem) -> Urgency:
    """Under which heading an item stands today."""
    if item.due_at is None:
        return Urgency.LATER
    if item.is_overdue:
        return Urgency.OVERDUE
    days = (clock.day_of(item.due_at) - clock.today()).days
    if days <= 0:
        return Urgency.TODAY
    return Urgency.THIS_WEEK if days <= 6 - clock.today().weekday() else Urgency.LATER


def _lines(actor: Actor, items: Sequence[DeskItem]) -> dict[tuple[str, int], DeskLine]:
    found: dict[tuple[str, int], DeskLine] = {}
    for subject_type in {item.subject_type for item in items}:
        subject = subjects.find(subject_type)
        if subject is not None:
            ids = [item.subject_id for item in items if item.subject_type == subject_type]
            found |= {(subject_type, key): line for key, line in subject.lines(actor, ids).items()}
    return found
