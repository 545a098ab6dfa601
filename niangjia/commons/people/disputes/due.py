"""By when the holder must answer: told by the desk, which stands above."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from niangjia.commons.people.disputes.models import Dispute
from niangjia.kernel import clock

Due = Callable[[Dispute], "datetime | None"]

_asked: list[Due] = []


def register(due: Due) -> None:
    """``due(dispute)`` is the moment by which whoever it waits on must act, None without one. Called at start-up."""
    _asked[:] = [due]


def answer_by(dispute: Dispute) -> datetime | None:
    """The moment by which the dispute must have moved on."""
    return next((moment for due in _asked if (moment := due(dispute)) is not None), None)


def is_over(dispute: Dispute) -> bool:
    """Whether the days for moving on have passed, by the clock."""
    moment = answer_by(dispute)
    return moment is not None and moment < clock.now()
