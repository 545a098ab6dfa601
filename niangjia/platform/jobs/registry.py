"""Which kinds of work there are. Pure: modules named ``jobs`` fill it when Django starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from croniter import croniter

from niangjia.kernel import clock
from niangjia.kernel.text import Text
from niangjia.platform.jobs.handle import JobHandle

QUICK, LONG = "quick", "long"
"""A worker does both lanes at once, so that no short work waits behind a roster of 300,000 rows."""

LANES = (QUICK, LONG)
LEASE = timedelta(seconds=60)
TIME_LIMIT = timedelta(hours=1)

Work = Callable[[JobHandle], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Task:
    """One kind of work, how people call it, and how much patience it deserves."""

    kind: str
    label: Text
    run: Work
    max_attempts: int
    lane: str
    time_limit: timedelta
    cron: str = ""

    def latest_due(self, now: datetime) -> datetime:
        """The latest moment, not after ``now``, at which the clock asks for this work."""
        local = now.astimezone(clock.SHANGHAI) + timedelta(microseconds=1)
        due: datetime = croniter(self.cron, local).get_prev(datetime)
        return due.astimezone(now.tzinfo)


_tasks: dict[str, Task] = {}


def task(
    kind: str, *, label: Text, max_attempts: int = 5, lane: str = LONG, time_limit: timedelta = TIME_LIMIT
) -> Callable[[Work], Work]:
    """Declare work that is asked for by ``jobs.enqueue(kind, …)``; ``label`` is what staff read of it.

    The function may run again after a failure or a death of its worker: it takes up where ``job.cursor`` says, or is
    harmless when repeated. It returns a small result (JSON, nothing personal). After ``time_limit`` it counts as stuck.
    """

    def declare(work: Work) -> Work:
        _add(Task(kind, label, work, max_attempts, lane, time_limit))
        return work

    return declare


def every(
    kind: str, cron: str, *, label: Text, max_attempts: int = 3, lane: str = QUICK, time_limit: timedelta = TIME_LIMIT
) -> Callable[[Work], Work]:
    """Declare work by the clock: five fields of cron, or six with seconds last, in Shanghai time.

    ``label`` is what staff read of it. Each due moment is done once over all workers. Moments that were missed while no
    worker ran are made up for by one run, and a moment is passed over while the run of an earlier one is not finished.
    """
    if not croniter.is_valid(cron):
        raise ValueError(f"{kind}: {cron!r} is no cron expression")

    def declare(work: Work) -> Work:
        _add(Task(kind, label, work, max_attempts, lane, time_limit, cron))
        return work

    return declare


def label_of(kind: str) -> Text | str:
    """How people call this work; its code where this version knows no such work any more."""
    known = _tasks.get(kind)
    return known.label if known else kind


def find(kind: str) -> Task | None:
    return _tasks.get(kind)


def require(kind: str) -> Task:
    """Raises LookupError for work that nobody declared: a mistake of the programmer."""
    if kind not in _tasks:
        raise LookupError(f"no task is called {kind}")
    return _tasks[kind]


def every_task() -> tuple[Task, ...]:
    """All kinds of work, in the order of their codes."""
    return tuple(_tasks[kind] for kind in sorted(_tasks))


def periodic() -> tuple[Task, ...]:
    """All work by the clock."""
    return tuple(task for task in _tasks.values() if task.cron)


def _add(added: Task) -> None:
    known = _tasks.get(added.kind)
    if known and (known.run.__module__, known.run.__qualname__) != (added.run.__module__, added.run.__qualname__):
        raise ValueError(f"two tasks are called {added.kind}")
    if added.lane not in LANES:
        raise ValueError(f"{added.kind}: unknown lane {added.lane}")
    _tasks[added.kind] = added
