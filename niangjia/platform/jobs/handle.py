"""What a running job holds in its hand: its payload, its place, and the lease on itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text

if TYPE_CHECKING:
    from niangjia.platform.jobs.models import Job

SQLITE_GAP_SECONDS = 0.01
"""SQLite has one writer, and who waits for it asks now and then: steps without a gap would keep everybody else out."""


class LeaseLost(Exception):
    """Another worker has taken this job over: stop, and let the open transaction roll back."""


class Interrupted(Exception):
    """The worker is asked to stop: the job goes back to the queue and is taken up at its cursor."""


@dataclass
class JobHandle:
    """One run of one job.

    ``payload`` is what was enqueued. ``cursor`` is what the last run saved, None at first. ``created_by_id`` is the
    user who asked for it, whose rights the work must look up anew.
    """

    job: Job
    must_stop: Callable[[], bool] = field(default=lambda: False)

    @property
    def public_id(self) -> str:
        return self.job.public_id

    @property
    def payload(self) -> Mapping[str, Any]:
        payload: dict[str, Any] = self.job.payload
        return payload

    @property
    def cursor(self) -> Any:
        return self.job.cursor

    @property
    def attempts(self) -> int:
        """Which attempt this is, from 1."""
        return self.job.attempts

    @property
    def created_by_id(self) -> int | None:
        return self.job.created_by_id

    @property
    def actor(self) -> Actor:
        """The system at this work, with the trace of the request that asked for it."""
        return Actor.system(self.job.kind, trace=self.job.trace)

    def save_cursor(self, cursor: Any, *, done: int | None = None, total: int | None = None) -> None:
        """Remember how far the work has come, inside the transaction that holds the work itself.

        Both are stored or neither, so that every step has its effect once even if the worker is killed. Raises
        LeaseLost when another worker has taken over: the step then rolls back.
        """
        if not transaction.get_connection().in_atomic_block:
            raise transaction.TransactionManagementError("a cursor is saved in the transaction of its step")
        self._store({"cursor": cursor, **_known(progress_done=done, progress_total=total)})
        self.job.cursor = cursor

    def progress(self, done: int, total: int, message: Text | None = None) -> None:
        """Show how far the work has come, committed at once, and renew the lease. Call it between transactions.

        Raises LeaseLost when another worker has taken over, Interrupted when this worker is to stop.
        """
        said = {"message": _as_json(message)} if message is not None else {}
        with transaction.atomic(durable=True):
            self._store({"progress_done": done, "progress_total": total, **said})
        if self.must_stop():
            raise Interrupted
        if connection.vendor == "sqlite":
            time.sleep(SQLITE_GAP_SECONDS)

    def _store(self, values: Mapping[str, Any]) -> None:
        from niangjia.platform.jobs import queue

        queue.store(self.job, values)


def _known(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _as_json(message: Text) -> dict[str, Any]:
    return {"message": message.message, "values": {name: str(value) for name, value in message.values.items()}}
