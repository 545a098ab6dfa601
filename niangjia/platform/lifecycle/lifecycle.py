"""open, apply, apply_many and statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeVar

from django.db import transaction

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, RuleBroken
from niangjia.kernel.machine import Machine
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import _
from niangjia.platform import rows
from niangjia.platform.lifecycle import effects, statements
from niangjia.platform.lifecycle.effects import Batch, Moved
from niangjia.platform.lifecycle.models import Tracked, writing
from niangjia.platform.lifecycle.records import Record
from niangjia.platform.personal_data.fields import EncryptedTextField

T = TypeVar("T", bound=Tracked)

_ROWS_PER_STATEMENT = 5000


@dataclass(frozen=True)
class Effects:
    """What one object's move brings with it: further columns, ledger records, notices, facts for the audit entry."""

    changes: Mapping[str, Any] = field(default_factory=dict)
    records: Sequence[Record] = ()
    notices: Sequence[Any] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


def open(
    obj: T,
    *,
    actor: Actor,
    decision: Decision,
    reason: str = "",
    records: Sequence[Record] = (),
    notices: Sequence[Any] = (),
    data: Mapping[str, Any] | None = None,
) -> T:
    """Create ``obj`` in its machine's initial state. Raises NotAllowed."""
    _require_ready(decision)
    at = _stamp_new(obj)
    with writing():
        obj.save(force_insert=True)
    _run(obj.MACHINE.opening, actor, decision, reason, at, [Moved(obj, "", obj.state, records, notices, data or {})])
    return obj


def open_many(
    objs: Sequence[T],
    *,
    actor: Actor,
    decision: Decision,
    reason: str = "",
    effects_for: Callable[[T], Effects] = lambda obj: Effects(),
) -> list[T]:
    """Create many objects of one kind with set-based statements."""
    _require_ready(decision)
    if not objs:
        return []
    at = clock.now()
    for obj in objs:
        _stamp_new(obj)
    created = list(objs)
    with writing():
        rows.insert(created)
    _run(
        created[0].MACHINE.opening, actor, decision, reason, at, [_moved(obj, "", effects_for(obj)) for obj in created]
    )
    return created


def apply(
    obj: T,
    event: str,
    *,
    actor: Actor,
    decision: Decision,
    reason: str = "",
    changes: Mapping[str, Any] | None = None,
    records: Sequence[Record] = (),
    notices: Sequence[Any] = (),
    data: Mapping[str, Any] | None = None,
) -> T:
    """Move ``obj`` by ``event`` and write ``changes`` of further columns with it.

    Raises NotAllowed, InvalidMove when the machine has no such move from here, RuleBroken when the move needs a
    reason, Conflict when somebody else moved it first.
    """
    brought = Effects(changes or {}, records, notices, data or {})
    return apply_many([obj], event, actor=actor, decision=decision, reason=reason, effects_for=lambda _obj: brought)[0]


def apply_many(
    objs: Sequence[T],
    event: str,
    *,
    actor: Actor,
    decision: Decision,
    reason: str = "",
    effects_for: Callable[[T], Effects] = lambda obj: Effects(),
) -> list[T]:
    """Move many objects of one kind by the same event: all of them or none. Raises as :func:`apply`."""
    _require_ready(decision)
    if not objs:
        return []
    at = clock.now()
    before = {obj.pk: obj.state for obj in objs}
    _require_moves(objs, event, reason)
    brought = {obj.pk: effects_for(obj) for obj in objs}
    with writing():
        together = _set_changes(objs, brought)
        for group in _by_state(objs):
            _write_states(group, event, at, together)
    _run(event, actor, decision, reason, at, [_moved(obj, before[obj.pk], brought[obj.pk]) for obj in objs])
    return list(objs)


@dataclass(frozen=True)
class Statement:
    """One PostgreSQL statement of a hot path that moves and writes every effect itself.

    It lives in a room's ``hot.py`` beside a test that it leaves the same rows as the portable form.
    """

    machine: Machine
    event: str
    sql: str

    def __post_init__(self) -> None:
        if self.event != self.machine.opening and self.event not in self.machine.events:
            raise ValueError(f"{self.machine.name} has no event {self.event}")

    def run(self, parameters: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Execute it and return the rows of its RETURNING clause."""
        return statements.fetch(self.sql, parameters)


def _require_ready(decision: Decision) -> None:
    decision.require()
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("a move needs an open transaction")


def _stamp_new(obj: Tracked) -> Any:
    at = clock.now()
    obj.state, obj.state_since, obj.machine_version = obj.MACHINE.initial, at, obj.MACHINE.version
    return at


def _require_moves(objs: Sequence[Tracked], event: str, reason: str) -> None:
    for obj in objs:
        move = obj.MACHINE.require(obj.state, event)
        if move.needs_reason and not reason.strip():
            raise RuleBroken("REASON_NEEDED", _("请写明理由。"), fields={"reason": [_("请写明理由。")]})


def _by_state(objs: Sequence[T]) -> Iterator[list[T]]:
    ordered = sorted(objs, key=lambda obj: (obj.state, obj.pk))
    for _state, group in groupby(ordered, key=lambda obj: obj.state):
        yield list(group)


def _write_states(group: Sequence[Tracked], event: str, at: Any, together: Mapping[str, Any]) -> None:
    first = group[0]
    before, target = first.state, first.MACHINE.require(first.state, event).target
    values = {"state": target, "state_since": at, "machine_version": first.MACHINE.version, **together}
    manager = type(first)._base_manager
    for start in range(0, len(group), _ROWS_PER_STATEMENT):
        keys = [obj.pk for obj in group[start : start + _ROWS_PER_STATEMENT]]
        if manager.filter(pk__in=keys, state=before).update(**values) != len(keys):
            raise Conflict("STALE", _("别人刚刚处理过这一件，请刷新页面后再看。"))
    for obj in group:
        obj.state, obj.state_since, obj.machine_version = target, at, first.MACHINE.version
        obj.__dict__["_loaded_state"] = target


def _set_changes(objs: Sequence[T], brought: Mapping[Any, Effects]) -> Mapping[str, Any]:
    """Set the further columns on the objects. Those that one statement can write with the state are returned, so that
    a constraint may ask for both at once; the others, encrypted or different for each object, are written here."""
    names: dict[str, None] = {}
    for obj in objs:
        for name, value in brought[obj.pk].changes.items():
            setattr(obj, name, value)
            names[name] = None
    if len(objs) == 1:
        apart = [name for name in names if isinstance(objs[0]._meta.get_field(name), EncryptedTextField)]
        if apart:
            objs[0].save(update_fields=apart)
        return {name: getattr(objs[0], name) for name in names if name not in apart}
    if names:
        type(objs[0])._base_manager.bulk_update(objs, list(names), batch_size=_ROWS_PER_STATEMENT // 10)
    return {}


def _moved(obj: Tracked, before: str, brought: Effects) -> Moved:
    return Moved(obj, before, obj.state, brought.records, brought.notices, brought.data)


def _run(event: str, actor: Actor, decision: Decision, reason: str, at: Any, items: Sequence[Moved]) -> None:
    effects.run(Batch(items[0].obj.MACHINE, event, actor, decision, reason, at, items))
