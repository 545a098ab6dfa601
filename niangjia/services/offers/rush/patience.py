"""What a database that is busy or away means for who reserves: try again here, or say when to try again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog
from django.db import InterfaceError, OperationalError

from niangjia.kernel.errors import Unavailable
from niangjia.kernel.text import _

log = structlog.get_logger("niangjia.offers")

TRIES = 3
AT_ONCE = ("40P01", "40001")
"""Deadlock and serialization: PostgreSQL has undone the transaction, and doing it again is the remedy."""

T = TypeVar("T")


def patiently(act: Callable[[], T]) -> T:
    """What ``act`` returns. ``act`` must be safe to repeat: it is done again, up to three times in all, when the
    database undid it because of others.

    A lock that was not to be had within the limit of the connection is not waited for a second time: whoever stands
    before a phone should hear something within four seconds. Raises Unavailable BUSY.
    """
    for number in range(1, TRIES + 1):
        try:
            return act()
        except (OperationalError, InterfaceError) as error:
            state = getattr(error.__cause__, "sqlstate", None) or ""
            if state not in AT_ONCE or number == TRIES:
                log.warning("reserving_unavailable", sqlstate=state, tries=number)
                raise busy() from error
    raise AssertionError("a try returns or raises")


def busy() -> Unavailable:
    """The database cannot answer now; nothing was reserved, or it is found by asking again with the same key."""
    sentence = _("这一刻人太多，请等几秒再点一次。重复点不会多占名额，已经约到的不会丢。")
    return Unavailable("BUSY", sentence, retry_after=2)
