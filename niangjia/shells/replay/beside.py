"""Two parts of the play at once, where the database takes it: who plays waits for the server half of the time, and a
second one uses that half."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context

from django.db import connection

from niangjia.kernel.processes import tied_to_parent

PATIENCE = "5min"
"""How long one part waits for what the other has locked: a whole batch is paid in one transaction."""


@contextmanager
def beside(part: Callable[[], None]) -> Iterator[None]:
    """Play ``part`` beside the block, in a process and over a connection of its own; on SQLite, which has one writer,
    and within a transaction, which has one connection, after the block. Raises RuntimeError when the part failed."""
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        part()
        return
    connection.close()  # two processes cannot share it
    process = get_context("fork").Process(target=_alone, args=(part, tied_to_parent(signal.SIGTERM)))
    process.start()
    try:
        _be_patient()
        yield
        process.join()
    finally:
        process.terminate()
        process.join()
    if process.exitcode:
        raise RuntimeError(f"the part beside ended with {process.exitcode}")


def _alone(part: Callable[[], None], tie: Callable[[], None]) -> None:
    tie()
    _be_patient()
    part()


def _be_patient() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{PATIENCE}'")
