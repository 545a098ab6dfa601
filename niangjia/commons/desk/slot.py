"""What lifecycle's desk slot does: close the open item of each moved object and open the next.

A state waits with its own clock. Two states that name the same due parameter share one clock: sending a case on, or
up a level, does not give the staff more time. A paused state stops that clock and remembers how many working days
were left; coming back starts it again with those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from niangjia.commons.desk import calendar
from niangjia.commons.desk.models import DeskItem, DueChange
from niangjia.commons.parameters import parameters
from niangjia.kernel import clock
from niangjia.kernel.machine import Wait
from niangjia.platform.lifecycle.effects import Batch, Moved

_ROWS = 2000


class _Dues:
    """Due moments counted from one moment, each union's looked up once for the whole batch."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self._known: dict[tuple[str, int | None], datetime | None] = {}

    def of(self, code: str, union_id: int | None) -> datetime | None:
        """The moment by which ``union_id`` must act, None when the state names no parameter."""
        if (code, union_id) not in self._known:
            self._known[code, union_id] = self._count(code, union_id) if code else None
        return self._known[code, union_id]

    def _count(self, code: str, union_id: int | None) -> datetime:
        return calendar.due_moment(self.at, int(parameters.at(code, union_id, clock.day_of(self.at)).value))


@dataclass(frozen=True)
class _Clock:
    """What the next item takes over: its due moment, the days left while paused, and the word for the history."""

    kind: str
    due_at: datetime | None
    due_code: str
    days_left: int | None = None


def move_items(batch: Batch) -> None:
    """Close and open desk items for every object of the batch."""
    if not any(state.waits_for for state in batch.machine.states):
        return
    closed, dues = _close(batch), _Dues(batch.at)
    items, changes = [], []
    for moved in batch.items:
        wait = batch.machine.state(moved.after).waits_for
        if wait is not None:
            before = closed.get(moved.obj.pk)
            running = _next_clock(wait, before, moved, dues)
            item = _item(batch, moved, wait, running)
            items.append(item)
            changes.append(
                DueChange(
                    item=item,
                    at=batch.at,
                    kind=running.kind,
                    after=running.due_at,
                    before=before.due_at if before else None,
                    by_id=batch.actor.user_id,
                )
            )
    DeskItem.objects.bulk_create(items, batch_size=_ROWS)
    DueChange.objects.bulk_create(changes, batch_size=_ROWS)


def _close(batch: Batch) -> Mapping[int, DeskItem]:
    keys = [moved.obj.pk for moved in batch.items if moved.before]
    found: dict[int, DeskItem] = {}
    for start in range(0, len(keys), _ROWS):
        rows = DeskItem.objects.open().filter(
            subject_type=batch.items[0].obj.subject_type,
            machine=batch.machine.name,
            subject_id__in=keys[start : start + _ROWS],
        )
        found |= {item.subject_id: item for item in rows}
        rows.update(closed_at=batch.at, closed_by=batch.actor.user_id, outcome=batch.event)
    return found


def _next_clock(wait: Wait, before: DeskItem | None, moved: Moved, dues: _Dues) -> _Clock:
    if wait.paused:
        return _paused(wait, before, moved, dues)
    if before is not None and before.days_left is not None:
        return _Clock("resumed", calendar.due_moment(dues.at, before.days_left), wait.due)
    if before is not None and before.due_code == wait.due:
        return _Clock("carried", before.due_at, wait.due)
    return _Clock("opened", dues.of(wait.due, moved.obj.responsible_node_id), wait.due)


def _paused(wait: Wait, before: DeskItem | None, moved: Moved, dues: _Dues) -> _Clock:
    left = None
    if before is not None and before.due_at is not None:
        left = calendar.working_days_between(clock.day_of(dues.at), clock.day_of(before.due_at))
    return _Clock("paused", dues.of(wait.due, moved.obj.responsible_node_id), wait.due, left)


def _item(batch: Batch, moved: Moved, wait: Wait, running: _Clock) -> DeskItem:
    return DeskItem(
        machine=batch.machine.name,
        state=moved.after,
        subject_type=moved.obj.subject_type,
        subject_id=moved.obj.pk,
        union_id=None if wait.role == "self" else moved.obj.responsible_node_id,
        role=wait.role,
        opened_at=batch.at,
        due_code=running.due_code,
        due_at=running.due_at,
        days_left=running.days_left,
    )


def open_items_of(subject_type: str, ids: Sequence[int]) -> Mapping[int, DeskItem]:
    """The open item of each object, by the object's id."""
    rows = DeskItem.objects.open().filter(subject_type=subject_type, subject_id__in=ids)
    return {item.subject_id: item for item in rows}
