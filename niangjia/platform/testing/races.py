"""Two or more callers at once, each with its own database connection.

A test that proves a guard first shows that the race happens without it: give both callers the ``meet`` argument and
let them meet between their read and their write.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections

MEETING_SECONDS = 5.0
FINISH_SECONDS = 60.0

Meet = Callable[[], bool]
Caller = Callable[..., Any]


@dataclass(frozen=True)
class Outcome:
    """What one caller returned or raised."""

    value: Any = None
    error: BaseException | None = None

    @property
    def ok(self) -> bool:
        return self.error is None


class _Meeting:
    """A point where callers wait for each other; a caller that cannot come does not hold up the rest for ever."""

    def __init__(self, parties: int) -> None:
        self._barrier = threading.Barrier(parties)

    def __call__(self) -> bool:
        """Wait for all others. True when everybody came, False when somebody was held elsewhere (by a lock)."""
        try:
            self._barrier.wait(MEETING_SECONDS)
        except threading.BrokenBarrierError:
            return False
        return True


def two_connections(first: Caller, second: Caller) -> tuple[Outcome, Outcome]:
    """Run both at the same moment in two threads with their own connections and return what came of each.

    A caller with a parameter receives ``meet()``, which waits up to five seconds for the other. The test must use
    ``django_db(transaction=True)``, or the threads do not see its data.
    """
    one, two = at_once([first, second])
    return one, two


def at_once(callers: Sequence[Caller]) -> list[Outcome]:
    """Like :func:`two_connections` for any number of callers; outcomes come in the order of the callers."""
    start, meet = threading.Barrier(len(callers)), _Meeting(len(callers))
    outcomes: list[Outcome | None] = [None] * len(callers)

    def run(position: int, caller: Caller) -> None:
        try:
            start.wait(FINISH_SECONDS)
            outcomes[position] = Outcome(value=caller(meet) if inspect.signature(caller).parameters else caller())
        except BaseException as error:  # noqa: BLE001 - the test judges it
            outcomes[position] = Outcome(error=error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(position, caller)) for position, caller in enumerate(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(FINISH_SECONDS)
    if any(thread.is_alive() for thread in threads):
        raise TimeoutError(f"a caller did not finish within {FINISH_SECONDS} seconds: a deadlock?")
    return [outcome for outcome in outcomes if outcome is not None]
