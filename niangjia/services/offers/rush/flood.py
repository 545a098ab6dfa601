"""How fast one session may ask for reservations: a bucket of tries in the memory of each process.

Nothing is written: a counter in the database would cost the rush a statement for everybody because of a few. With
several processes somebody gets as many buckets; see docs/decisions/0010-flood-guard-in-memory.md.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from threading import Lock

from niangjia.kernel.errors import TooMany
from niangjia.kernel.text import _

BURST = 12
"""So many tries at once: every kind of a campaign in turn, or an impatient thumb."""

PER_SECOND = 1.0
"""So fast tries come back."""

MOST = 50_000
"""So many sessions are remembered; who has not asked for longest is forgotten, and begins with a full bucket."""

_buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
_lock = Lock()


def take(whom: str) -> None:
    """Take one try from the bucket of ``whom``, the hash of a session's token. Raises TooMany TOO_MANY."""
    now = time.monotonic()
    with _lock:
        left, at = _buckets.pop(whom, (float(BURST), now))
        left = min(float(BURST), left + (now - at) * PER_SECOND)
        is_empty = left < 1
        _buckets[whom] = (left if is_empty else left - 1, now)
        if len(_buckets) > MOST:
            _buckets.popitem(last=False)
    if is_empty:
        wait = max(1, math.ceil((1 - left) / PER_SECOND))
        sentence = _("点得太快了，请 {seconds} 秒后再试。已经约到的不会丢。", seconds=wait)
        raise TooMany("TOO_MANY", sentence, retry_after=wait)
