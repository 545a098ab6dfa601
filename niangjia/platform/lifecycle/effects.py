"""Ordered slots that the floors above fill: audit, then desk, then ledger, then outbox.

Lifecycle knows none of those who fill them. A handler receives a whole batch, so that a file of 300,000 rows costs
it a handful of statements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from niangjia.kernel.actor import Actor
from niangjia.kernel.machine import Machine
from niangjia.kernel.policy import Decision
from niangjia.platform.lifecycle.records import Record

if TYPE_CHECKING:
    from niangjia.platform.lifecycle.models import Tracked

SLOTS = ("audit", "desk", "ledger", "outbox")


@dataclass(frozen=True)
class Moved:
    """One object after its move; ``before`` is empty when it was just opened."""

    obj: Tracked
    before: str
    after: str
    records: Sequence[Record] = ()
    notices: Sequence[Any] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """The objects of one kind that made the same move at the same moment by the same hand."""

    machine: Machine
    event: str
    actor: Actor
    decision: Decision
    reason: str
    at: datetime
    items: Sequence[Moved]


Handler = Callable[[Batch], None]
_handlers: dict[str, list[Handler]] = {slot: [] for slot in SLOTS}


def register(slot: str, handler: Handler) -> None:
    """Fill ``slot`` with ``handler``; registering the same handler twice changes nothing."""
    if handler not in _handlers[slot]:
        _handlers[slot].append(handler)


def is_filled(slot: str) -> bool:
    return bool(_handlers[slot])


def run(batch: Batch) -> None:
    """Call the handlers of every slot in order, inside the caller's transaction."""
    for slot in SLOTS:
        for handler in _handlers[slot]:
            handler(batch)
