"""The queue: asking, taking, renewing, ending. Every statement that ends or renews carries the fence."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.jobs import registry
from niangjia.platform.jobs.handle import LeaseLost
from niangjia.platform.jobs.models import Job
from niangjia.platform.jobs.states import JobState
from niangjia.platform.notices.kinds import looks_personal

log = structlog.get_logger("niangjia.jobs")

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
LOST = "the worker died or was cut off"


def enqueue(
    kind: str,
    payload: Mapping[str, Any],
    *,
    due_at: datetime | None = None,
    once_key: str | None = None,
    actor: Actor | None = None,
) -> Job:
    """Ask for work of a declared ``kind``, in the caller's transaction: it exists if the act does.

    ``payload`` is small JSON of ids and numbers. The same ``once_key`` again gives the first job, whatever became of
    it. Raises LookupError for an unknown kind, ValueError for a payload that looks personal.
    """
    task = registry.require(kind)
    if looks_personal(json.dumps(payload, ensure_ascii=False)):
        raise ValueError(f"{kind}: a payload holds ids, never personal data")
    now = clock.now()
    job = Job(
        kind=kind,
        lane=task.lane,
        payload=dict(payload),
        max_attempts=task.max_attempts,
        due_at=due_at or now,
        created_at=now,
        once_key=once_key,
        trace=actor.trace if actor else "",
        created_by_id=actor.user_id if actor else None,
    )
    return _insert_once(job) if once_key else _insert(job)


def _insert(job: Job) -> Job:
    job.save(force_insert=True)
    return job


def _insert_once(job: Job) -> Job:
    try:
        with transaction.atomic():
            return _insert(job)
    except IntegrityError:
        return Job.objects.get(once_key=job.once_key)


def claim(lane: str, worker: str) -> Job | None:
    """Take the job of ``lane`` that has been due longest, for the length of a lease."""
    now = clock.now()
    due = Job.objects.filter(lane=lane, state=JobState.WAITING, due_at__lte=now).order_by("due_at", "id")
    if not due.exists():  # asked first, because on SQLite every transaction is a write
        return None
    with transaction.atomic(durable=True):
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        job = due.first()
        if job is None or not _take(job, worker, now):
            return None
    job.refresh_from_db()
    return job


def _take(job: Job, worker: str, now: datetime) -> bool:
    rows = Job.objects.filter(pk=job.pk, state=JobState.WAITING)
    return bool(
        rows.update(
            state=JobState.RUNNING,
            attempts=F("attempts") + 1,
            worker=worker,
            started_at=now,
            lease_until=now + registry.LEASE,
            error="",
        )
    )


def store(job: Job, values: Mapping[str, Any]) -> None:
    """Write ``values`` of a running job and renew its lease. Raises LeaseLost."""
    if not mine(job).update(**values, lease_until=clock.now() + registry.LEASE):
        raise LeaseLost(job.public_id)


def renew(job: Job) -> bool:
    """Renew the lease; False when the job is no longer this run's."""
    return bool(mine(job).update(lease_until=clock.now() + registry.LEASE))


def finish(job: Job, result: Mapping[str, Any]) -> None:
    """The work is done. Raises LeaseLost."""
    _end(job, JobState.DONE, result=dict(result), error="")


def bury(job: Job, error: str) -> None:
    """The work will not succeed. Raises LeaseLost."""
    log.error("job_dead", kind=job.kind, job=job.public_id, attempts=job.attempts, why=error)
    _end(job, JobState.DEAD, error=error[:300])


def retry(job: Job, error: str) -> None:
    """Try again after a pause, or bury the job when its attempts are used up. Raises LeaseLost."""
    if job.attempts >= job.max_attempts:
        bury(job, error)
    else:
        _back(job, due_at=clock.now() + pause(job.attempts), error=error[:300])


def put_back(job: Job) -> None:
    """Give the job back untried, because its worker stops. Raises LeaseLost."""
    _back(job, due_at=clock.now(), attempts=F("attempts") - 1)


def reap() -> int:
    """Free the jobs whose worker has let the lease run out; how many. Those without attempts left are buried."""
    now = clock.now()
    lost = Job.objects.filter(state=JobState.RUNNING, lease_until__lt=now)
    if not lost.exists():
        return 0
    freed = 0
    for job in list(lost.order_by("lease_until")[:100]):
        log.warning("job_lost_its_worker", kind=job.kind, job=job.public_id, worker=job.worker)
        try:
            _free(job, now)
            freed += 1
        except LeaseLost:
            continue  # it came back, or another worker freed it
    return freed


def _free(job: Job, now: datetime) -> None:
    """No further pause: the lease that ran out was one."""
    if job.attempts >= job.max_attempts:
        bury(job, LOST)
    else:
        _back(job, due_at=now, error=LOST)


def revive(public_ids: Sequence[str]) -> int:
    """Let dead jobs be tried anew, at an operator's wish; how many. They take up at their cursor."""
    dead = Job.objects.filter(public_id__in=public_ids, state=JobState.DEAD)
    return dead.update(state=JobState.WAITING, attempts=0, due_at=clock.now(), ended_at=None, error="")


def pause(attempts: int, chance: Callable[[], float] = random.random) -> timedelta:
    """How long to wait after so many attempts: doubling, spread by half so that not all come back at once."""
    full: timedelta = min(FIRST_PAUSE * 2 ** min(attempts - 1, 30), LONGEST_PAUSE)
    return full * (0.5 + chance())


def mine(job: Job) -> QuerySet[Job]:
    """The row, as long as it is still in the hand of this run."""
    return Job.objects.filter(pk=job.pk, state=JobState.RUNNING, worker=job.worker, attempts=job.attempts)


def _end(job: Job, state: JobState, **values: Any) -> None:
    _write(job, state=state, ended_at=clock.now(), **values)


def _back(job: Job, **values: Any) -> None:
    _write(job, state=JobState.WAITING, **values)


def _write(job: Job, **values: Any) -> None:
    if not mine(job).update(**values, lease_until=None, worker=""):
        raise LeaseLost(job.public_id)
