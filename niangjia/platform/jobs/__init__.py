"""Work that nobody waits for: enqueued with the act that wants it, done by a worker, once in effect whatever dies.

A room writes its work in ``jobs.py``::

    @jobs.task("joining.import", label=_("导入名单"))                  # work that is asked for
    def import_roster(job: jobs.JobHandle) -> dict[str, object]: ...

    @jobs.every("joining.remind", "0 9 * * *", label=_("提醒补充"))    # work by the clock, in Shanghai time
    def remind(job: jobs.JobHandle) -> dict[str, object]: ...

and asks for it inside the transaction of the act: ``jobs.enqueue("joining.import", {"file": public_id}, actor=actor)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from niangjia.kernel.actor import Actor
from niangjia.platform.jobs.handle import Interrupted, JobHandle, LeaseLost
from niangjia.platform.jobs.registry import LONG, QUICK, every, task

if TYPE_CHECKING:
    from niangjia.platform.jobs.models import Job

__all__ = ["LONG", "QUICK", "Interrupted", "JobHandle", "LeaseLost", "enqueue", "every", "task"]


def enqueue(
    kind: str,
    payload: Mapping[str, Any] | None = None,
    *,
    due_at: datetime | None = None,
    once_key: str | None = None,
    actor: Actor | None = None,
) -> Job:
    """Ask for a piece of work in the caller's transaction; see :func:`niangjia.platform.jobs.queue.enqueue`."""
    from niangjia.platform.jobs import queue

    return queue.enqueue(kind, payload or {}, due_at=due_at, once_key=once_key, actor=actor)
