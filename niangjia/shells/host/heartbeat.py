"""Processes that answer no requests say here that they work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog
from django.db import DatabaseError, connection

from niangjia.kernel import clock
from niangjia.shells.host.models import Heartbeat

INTERVAL_SECONDS = 10.0
log = structlog.get_logger("niangjia.heartbeat")


def beat(process: str) -> None:
    """Note that ``process`` works now."""
    Heartbeat.objects.update_or_create(process=process, defaults={"at": clock.now()})


def last(process: str) -> datetime | None:
    """When ``process`` last said that it works; None when it never did."""
    return Heartbeat.objects.filter(process=process).values_list("at", flat=True).first()


@contextmanager
def beating(process: str) -> Iterator[None]:
    """Say every ten seconds that ``process`` works, as long as the block lasts."""
    done = threading.Event()
    thread = threading.Thread(target=_beat_until, args=(done, process), name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(INTERVAL_SECONDS)


def _beat_until(done: threading.Event, process: str) -> None:
    while True:
        try:
            beat(process)
        except DatabaseError:
            log.warning("heartbeat_failed", process=process)
            connection.close()
        if done.wait(INTERVAL_SECONDS):
            connection.close()
            return
