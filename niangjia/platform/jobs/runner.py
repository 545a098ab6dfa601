"""Running one job and writing down how it went."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from django.db import close_old_connections, connection

from niangjia.kernel.errors import DomainError, TooMany, Unavailable
from niangjia.platform.jobs import queue, registry
from niangjia.platform.jobs.handle import Interrupted, JobHandle, LeaseLost
from niangjia.platform.jobs.models import Job

log = structlog.get_logger("niangjia.jobs")

_PACKAGE = Path(__file__).resolve().parents[2]


def run(job: Job, must_stop: Callable[[], bool] = lambda: False) -> None:
    """Run a job that this worker has claimed. Faults of the work end in its row, never here.

    A refusal by rule is final; anything else is tried again. A fault's text may quote personal data, so that only its
    kind and place are kept.
    """
    with _named(job):
        try:
            _work(job, must_stop)
        except LeaseLost:
            log.warning("job_lease_lost", kind=job.kind, job=job.public_id)


def _work(job: Job, must_stop: Callable[[], bool]) -> None:
    task = registry.find(job.kind)
    if task is None:
        queue.retry(job, "unknown kind of work")
        return
    try:
        result = task.run(JobHandle(job, must_stop))
    except LeaseLost:
        raise
    except Interrupted:
        queue.put_back(job)
    except (TooMany, Unavailable) as later:
        queue.retry(job, later.code)
    except DomainError as refusal:
        queue.bury(job, refusal.code)
    except Exception as fault:  # noqa: BLE001 - whatever the work does, the worker lives on
        if not connection.in_atomic_block:  # the fault may have been the connection's
            close_old_connections()
        where = place_of(fault)
        log.warning("job_failed", kind=job.kind, job=job.public_id, attempt=job.attempts, why=where)
        queue.retry(job, where)
    else:
        queue.finish(job, result or {})


def place_of(fault: BaseException) -> str:
    """The kind of a fault and the line of ours that it came through last, without its text."""
    frames = [
        frame for frame in traceback.extract_tb(fault.__traceback__) if Path(frame.filename).is_relative_to(_PACKAGE)
    ]
    place = f" {Path(frames[-1].filename).relative_to(_PACKAGE)}:{frames[-1].lineno}" if frames else ""
    return f"{type(fault).__name__}{place}"


@contextmanager
def _named(job: Job) -> Iterator[None]:
    """Every log line of the work carries the job, and the trace of the request that asked for it."""
    with structlog.contextvars.bound_contextvars(job=job.public_id, kind=job.kind, trace=job.trace):
        yield
