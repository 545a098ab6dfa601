"""By when somebody must act on a correction: told by the desk, which stands above."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from niangjia.commons.people.corrections.models import Correction
from niangjia.commons.people.corrections.states import CorrectionState
from niangjia.kernel import clock

Due = Callable[[Correction], "datetime | None"]

_asked: list[Due] = []


def register(due: Due) -> None:
    """``due(correction)`` is the moment by which whoever it waits on must act, None without one. Called at start-up."""
    _asked[:] = [due]


def is_over(correction: Correction) -> bool:
    """Whether the days for supplying what was asked for have passed, by the clock."""
    if correction.state != CorrectionState.SUPPLEMENT:
        return False
    moments = [moment for due in _asked if (moment := due(correction)) is not None]
    return any(moment < clock.now() for moment in moments)
