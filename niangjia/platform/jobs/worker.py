"""The worker: two lanes of jobs, the clock, the outbox, and a pulse, each in a thread with its own connection.

A worker can be killed at any moment. What it held comes free when the lease runs out, and the next one takes up at
the cursor. Asked to stop, it lets the running step finish, gives the job back and ends.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from django.db import Error, close_old_connections, connection

from niangjia.kernel import clock
from niangjia.platform.jobs import queue, registry, runner, schedule
from niangjia.platform.jobs.models import Job, Worker
from niangjia.platform.notices import delivery

log = structlog.get_logger("niangjia.jobs")

POLL_SECONDS = 1.0
PULSE_SECONDS = 10.0
AFTER_FAULT_SECONDS = 2.0


def run(stop_event: threading.Event, *, poll_seconds: float = POLL_SECONDS) -> None:
    """Work until ``stop_event`` is set, then finish what is in hand and return. Losing the database is waited out."""
    name = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"
    log.info("worker_started", worker=name)
    hands = _Hands()
    with _pulse(name, hands), _threads(stop_event, poll_seconds, name, hands):
        _loop(lambda: _run_next(registry.LONG, name, hands, stop_event), stop_event, poll_seconds)
    _forget_worker(name)
    log.info("worker_stopped", worker=name)


def drain(*, most: int = 10_000) -> int:
    """Do all work that is due now, in this thread: jobs of both lanes and the outbox. For tests and demonstrations.

    Returns how many jobs ran. Work by the clock is not started.
    """
    done, name = 0, f"drain:{os.getpid()}:{secrets.token_hex(4)}"
    while done < most:
        delivered = delivery.deliver_due()
        job = next((job for lane in registry.LANES if (job := queue.claim(lane, name))), None)
        if job is not None:
            runner.run(job)
            done += 1
        elif not delivered:
            return done
    return done


class _Hands:
    """The jobs that this worker holds, and since when."""

    def __init__(self) -> None:
        self._held: dict[int, Job] = {}
        self._lock = threading.Lock()

    @contextmanager
    def holding(self, job: Job) -> Iterator[None]:
        with self._lock:
            self._held[job.pk] = job
        try:
            yield
        finally:
            with self._lock:
                self._held.pop(job.pk, None)

    def held(self) -> list[Job]:
        with self._lock:
            return list(self._held.values())


def _run_next(lane: str, name: str, hands: _Hands, stop: threading.Event) -> bool:
    job = queue.claim(lane, name)
    if job is None:
        return False
    with hands.holding(job):
        runner.run(job, stop.is_set)
    return True


def _quick(name: str, hands: _Hands, stop: threading.Event) -> bool:
    queue.reap()
    schedule.enqueue_due()
    return _run_next(registry.QUICK, name, hands, stop)


@contextmanager
def _threads(stop: threading.Event, poll_seconds: float, name: str, hands: _Hands) -> Iterator[None]:
    works: dict[str, Callable[[], bool]] = {
        "quick": lambda: _quick(name, hands, stop),
        "outbox": lambda: delivery.deliver_due() > 0,
    }
    threads = [
        threading.Thread(target=_loop, args=(work, stop, poll_seconds), name=title) for title, work in works.items()
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _loop(work: Callable[[], bool], stop: threading.Event, poll_seconds: float) -> None:
    """Call ``work`` until asked to stop; rest when it found nothing to do or could not do it."""
    try:
        while not stop.is_set():
            close_old_connections()
            if not _tried(work, stop):
                stop.wait(poll_seconds)
    finally:
        connection.close()


def _tried(work: Callable[[], bool], stop: threading.Event) -> bool:
    try:
        return work()
    except Error as fault:
        log.warning("worker_database", fault=type(fault).__name__, at=runner.place_of(fault))
        connection.close()
    except Exception as fault:  # noqa: BLE001 - one bad row must not end the worker
        log.error("worker_fault", fault=runner.place_of(fault))
    stop.wait(AFTER_FAULT_SECONDS)
    return False


@contextmanager
def _pulse(name: str, hands: _Hands) -> Iterator[None]:
    """Renew leases and say that this worker is alive, as long as the block lasts."""
    over = threading.Event()
    thread = threading.Thread(target=_beat, args=(over, name, hands), name="pulse", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(PULSE_SECONDS)


def _beat(over: threading.Event, name: str, hands: _Hands) -> None:
    try:
        while True:
            try:
                close_old_connections()
                beat(name, hands.held())
            except Error as fault:
                log.warning("worker_database", fault=type(fault).__name__, at=runner.place_of(fault))
                connection.close()
            if over.wait(PULSE_SECONDS):
                return
    finally:
        connection.close()


def beat(name: str, held: list[Job]) -> None:
    """One beat: renew the leases of jobs within their time limit; with a stuck job a worker calls itself not well."""
    stuck = [job for job in held if _is_stuck(job)]
    if stuck:
        log.error("job_stuck", kinds=[job.kind for job in stuck])
    else:
        Worker.objects.update_or_create(name=name, defaults={"seen_at": clock.now()})
    for job in held:
        if job not in stuck:
            queue.renew(job)


def _is_stuck(job: Job) -> bool:
    task = registry.find(job.kind)
    limit = task.time_limit if task else registry.TIME_LIMIT
    return job.started_at is not None and clock.now() - job.started_at > limit


def _forget_worker(name: str) -> None:
    try:
        Worker.objects.filter(name=name).delete()
    except Error as fault:
        log.warning("worker_database", fault=type(fault).__name__, at=runner.place_of(fault))
    finally:
        connection.close()
