"""The only source of "now". A day is a day in Shanghai.

``NIANGJIA_CLOCK=file:PATH`` lets a demonstration or a replay read the moment from a file (an ISO moment on one line);
production refuses it at start. Tests travel with :func:`travelling`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_fixed: datetime | None = None


def now() -> datetime:
    """The present moment, aware, in UTC."""
    if _fixed is not None:
        return _fixed
    source = os.environ.get("NIANGJIA_CLOCK", "")
    if source.startswith("file:"):
        return datetime.fromisoformat(Path(source.removeprefix("file:")).read_text().strip()).astimezone(UTC)
    return datetime.now(UTC)


def today() -> date:
    """Today in Shanghai."""
    return day_of(now())


def day_of(moment: datetime) -> date:
    """The Shanghai day in which ``moment`` lies."""
    return moment.astimezone(SHANGHAI).date()


def moment(day: date, at: time = time(0, 0)) -> datetime:
    """The aware moment at which the Shanghai clock shows ``at`` on ``day``."""
    return datetime.combine(day, at, tzinfo=SHANGHAI).astimezone(UTC)


def is_real() -> bool:
    """Whether the clock is the machine's own."""
    return _fixed is None and not os.environ.get("NIANGJIA_CLOCK")


@contextmanager
def travelling(to: datetime | date) -> Iterator[None]:
    """Hold the clock at ``to`` (a day means its noon) inside the block."""
    global _fixed
    before = _fixed
    _fixed = to if isinstance(to, datetime) else moment(to, time(12, 0))
    try:
        yield
    finally:
        _fixed = before
