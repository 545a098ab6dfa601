"""What happened to a person, drawn from audit entries. Rooms add what the viewer may see of their own cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from niangjia.commons.people.cards.states import CARD
from niangjia.commons.people.models import Person
from niangjia.commons.people.states import MEMBERSHIP
from niangjia.commons.unions.models import Union
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text, _
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.web.parts import TimelineEntry

LONGEST = 200

Source = Callable[[Actor, Person], Iterable[TimelineEntry]]

_sources: dict[str, Source] = {}

_LABELS: dict[str, Text] = {
    "people.person.registered": _("登记个人信息"),
    "people.person.linked": _("关联登录账号"),
    "people.person.category_changed": _("更正职业类别"),
    "people.person.identity_corrected": _("更正身份信息"),
    "people.person.kinship_stated": _("登记亲属关系"),
    "people.person.kinship_withdrawn": _("取消亲属关系"),
    "people.household.founded": _("登记家庭"),
    "people.household.joined": _("迁入家庭"),
    "people.household.left": _("迁出家庭"),
    f"{MEMBERSHIP.name}.{MEMBERSHIP.opening}": MEMBERSHIP.opening_label,
    **{f"{MEMBERSHIP.name}.{move.event}": move.label for move in MEMBERSHIP.moves if move.event != "count_anew"},
    **{f"{CARD.name}.{move.event}": move.label for move in CARD.moves if move.event != "close"},
}
"""Acts that a timeline shows. Looks have a page of their own; corrections of counting interest nobody, and a card
comes and goes with the membership."""


def register(room: str, source: Source) -> None:
    """``source(actor, person)`` gives the room's entries for a person whom the actor sees, as far as the actor may see
    the cases they tell of, with a number of statements that does not grow."""
    _sources[room] = source


def of(actor: Actor, person: Person, subject_keys: Sequence[str]) -> list[TimelineEntry]:
    """Everything that the actor may see, newest first; ``subject_keys`` include merged entries of the person."""
    told = (source(actor, person) for source in _sources.values())
    entries = [*_own(subject_keys), *chain.from_iterable(told)]
    return sorted(entries, key=lambda entry: str(entry.at), reverse=True)[:LONGEST]


def _own(subject_keys: Sequence[str]) -> list[TimelineEntry]:
    rows = AuditEntry.objects.filter(subject_key__in=subject_keys, action__in=_LABELS).order_by("-id")[:LONGEST]
    entries = list(rows)
    ids = chain.from_iterable((entry.node_id, entry.data.get("from")) for entry in entries)
    names = dict(Union.objects.filter(pk__in={pk for pk in ids if pk}).values_list("pk", "short_name"))
    return [_drawn(entry, names) for entry in entries]


def _drawn(entry: AuditEntry, names: dict[int, str]) -> TimelineEntry:
    return TimelineEntry(
        _LABELS[entry.action], at=entry.at, who=_who(entry), detail=_detail(entry, names), tone=_tone(entry)
    )


def _who(entry: AuditEntry) -> Text | str:
    return _("本人") if entry.actor_kind == "member" else entry.by_whom


def _detail(entry: AuditEntry, names: dict[int, str]) -> Text | str:
    union, came_from = names.get(entry.node_id or 0, ""), names.get(entry.data.get("from") or 0, "")
    parts = [f"{came_from} → {union}" if came_from and came_from != union else union, entry.reason]
    return ":".join(part for part in parts if part)


def _tone(entry: AuditEntry) -> str:
    return "good" if entry.action == f"{MEMBERSHIP.name}.{MEMBERSHIP.opening}" else "info"
