"""Taking items, handing them to a colleague, giving one more time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction

from niangjia.commons.desk import calendar
from niangjia.commons.desk.models import DeskItem, DueChange
from niangjia.commons.desk.queries import my_items
from niangjia.commons.unions.models import Appointment
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, NotFound, RuleBroken
from niangjia.kernel.text import _
from niangjia.platform.audit import entries


@transaction.atomic()
def take(*, item_public_id: str, actor: Actor) -> DeskItem:
    """Put an item of the actor's offices into the actor's own hands. Raises NotFound."""
    item = _mine(actor, item_public_id)
    return _hold(item, actor.user_id, "desk.item.take", actor=actor)


@transaction.atomic()
def put_back(*, item_public_id: str, actor: Actor) -> DeskItem:
    """Give an item back to everybody of its office. Raises NotFound."""
    return _hold(_mine(actor, item_public_id), None, "desk.item.put_back", actor=actor)


@transaction.atomic()
def hand_over(*, item_public_id: str, to_user_id: int, actor: Actor) -> DeskItem:
    """Hand an item to a colleague who holds the same office today. Raises NotFound, RuleBroken NOT_A_COLLEAGUE."""
    item = _mine(actor, item_public_id)
    offices = Appointment.objects.in_force(clock.today()).filter(user_id=to_user_id, union=item.union, role=item.role)
    if not offices.exists():
        raise RuleBroken("NOT_A_COLLEAGUE", _("只能交给同一工会担任同一职务的同事。"))
    return _hold(item, to_user_id, "desk.item.hand_over", actor=actor)


@dataclass(frozen=True)
class Done:
    """What became of many at once: how many were moved, and why the others were not."""

    moved: int
    refused: list[DomainError]


def take_many(*, item_public_ids: Sequence[str], actor: Actor) -> Done:
    """Take each by itself; what cannot be taken holds up nothing."""
    return _each(item_public_ids, lambda public_id: take(item_public_id=public_id, actor=actor))


def hand_over_many(*, item_public_ids: Sequence[str], to_user_id: int, actor: Actor) -> Done:
    """Hand over each by itself; what is of another office than the colleague's stays."""
    return _each(
        item_public_ids, lambda public_id: hand_over(item_public_id=public_id, to_user_id=to_user_id, actor=actor)
    )


@transaction.atomic()
def extend(*, item_public_id: str, working_days: int, reason: str, actor: Actor) -> DeskItem:
    """Move the due moment by ``working_days``, before it has passed and with a reason.

    Raises NotFound, RuleBroken (REASON_NEEDED, EXTENSION_DAYS, EXTENSION_TOO_LATE).
    """
    item = _mine(actor, item_public_id)
    _require_extensible(item, working_days, reason)
    before, item.due_at = item.due_at, calendar.due_moment(item.due_at or clock.now(), working_days)
    item.save(update_fields=["due_at"])
    DueChange.objects.create(
        item=item, kind="extended", before=before, after=item.due_at, by_id=actor.user_id, reason=reason
    )
    _record(actor, "desk.item.extend", item, reason)
    return item


def note_reminded(items: Sequence[DeskItem]) -> None:
    """Remember that the ones who must act were reminded, so that it happens once. In the caller's transaction."""
    DeskItem.objects.filter(pk__in=[item.pk for item in items]).update(reminded_at=clock.now())


@transaction.atomic()
def _each(item_public_ids: Sequence[str], act: Callable[[str], DeskItem]) -> Done:
    """In one order for everybody, or two desks would wait for each other."""
    moved, refused = 0, []
    for public_id in sorted(set(item_public_ids)):
        try:
            act(public_id)
        except DomainError as error:
            refused.append(error)
        else:
            moved += 1
    return Done(moved, refused)


def _require_extensible(item: DeskItem, working_days: int, reason: str) -> None:
    if not reason.strip():
        raise RuleBroken("REASON_NEEDED", _("请写明理由。"), fields={"reason": [_("请写明理由。")]})
    if not 1 <= working_days <= 30:
        raise RuleBroken(
            "EXTENSION_DAYS", _("一次最多延长 30 个工作日。"), fields={"working_days": [_("请填 1 到 30。")]}
        )
    if item.is_overdue:
        raise RuleBroken("EXTENSION_TOO_LATE", _("已经超过期限，不能再延长。请尽快办理。"))


def _mine(actor: Actor, public_id: str) -> DeskItem:
    item = my_items(actor).select_for_update(of=("self",)).filter(public_id=public_id).first()
    if item is None:
        raise NotFound("NOT_FOUND", _("没有找到这一件，可能已经办完或交给了别人。"))
    return item


def _hold(item: DeskItem, holder_id: int | None, action: str, *, actor: Actor) -> DeskItem:
    item.holder_id = holder_id
    item.save(update_fields=["holder"])
    _record(actor, action, item)
    return item


def _record(actor: Actor, action: str, item: DeskItem, reason: str = "") -> None:
    entries.record(
        actor, action, subject_type="desk.item", subject_id=item.public_id, node_id=item.union_id, reason=reason
    )
