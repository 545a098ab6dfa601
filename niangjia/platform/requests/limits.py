"""How often something may happen: counters in the database, exact over any number of processes.

A window begins with the first hit and lasts ``seconds``; in it no more than ``limit`` hits pass, and a refused hit
does not lengthen it. Counting is one statement in a transaction of its own, before the work it guards begins: a
counter must survive the rollback of that work. Inside an open transaction :func:`hit` therefore raises RuntimeError.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction

from niangjia.kernel import clock
from niangjia.kernel.errors import TooMany
from niangjia.kernel.text import Text, _
from niangjia.platform.personal_data.blind_index import blind_index
from niangjia.platform.requests.models import Counter

_NAME_LENGTH = 50

# A conditional UPSERT with RETURNING, the same on SQLite and PostgreSQL, where the ORM has none.
_HIT = """
INSERT INTO requests_counter (key, count, ends_ms) VALUES (%s, 1, %s)
ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN requests_counter.ends_ms <= %s THEN 1 ELSE requests_counter.count + 1 END,
  ends_ms = CASE WHEN requests_counter.ends_ms <= %s THEN excluded.ends_ms ELSE requests_counter.ends_ms END
RETURNING count, ends_ms
"""


@dataclass(frozen=True)
class Count:
    """``hits`` since the window began (refused ones too) and the seconds until it ends."""

    hits: int
    ends_in: int


def hit(key: str, *, limit: int, seconds: int, message: Text | None = None) -> None:
    """Count one; raises TooMany TOO_MANY with ``retry_after`` when ``limit`` in ``seconds`` is passed.

    ``key`` is ``"name:whom"``, such as ``"code.minute:13812345678"``; what follows the colon is stored as a keyed hash
    only. ``message`` replaces the sentence; it may use ``{seconds}``.
    """
    now = _now_ms()
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_HIT, [_stored(key), now + seconds * 1000, now, now])
        count, ends = cursor.fetchone()
    if count > limit:
        wait = _seconds_until(ends, now)
        sentence = Text(message.message, {**message.values, "seconds": wait}) if message else _wait_sentence(wait)
        raise TooMany("TOO_MANY", sentence, retry_after=wait)


def peek(key: str) -> Count:
    """How far a counter is, without counting."""
    now = _now_ms()
    row = Counter.objects.filter(key=_stored(key), ends_ms__gt=now).first()
    return Count(row.count, _seconds_until(row.ends_ms, now)) if row else Count(0, 0)


def clear(key: str) -> None:
    """Forget a counter, as after the right password. It takes part in the caller's transaction."""
    Counter.objects.filter(key=_stored(key)).delete()


def purge() -> int:
    """Delete counters whose window ended over an hour ago; gives how many. Run now and then by the worker."""
    ended = _now_ms() - int(timedelta(hours=1).total_seconds() * 1000)
    return Counter.objects.filter(ends_ms__lt=ended).delete()[0]


def _stored(key: str) -> str:
    """Addresses, names and phones in a key are personal data, and no counter needs to be read back."""
    name, colon, whom = key.partition(":")
    if len(name) > _NAME_LENGTH:
        raise ValueError(f"the name of a limit has at most {_NAME_LENGTH} characters: {name}")
    return f"{name}:{blind_index('requests.limit', whom or '-')}" if colon else name


def _wait_sentence(seconds: int) -> Text:
    if seconds <= 120:
        return _("操作太频繁，请 {seconds} 秒后再试。", seconds=seconds)
    if seconds <= 7200:
        return _("操作太频繁，请 {minutes} 分钟后再试。", minutes=-(-seconds // 60))
    return _("操作太频繁，请 {hours} 小时后再试。", hours=-(-seconds // 3600))


def _seconds_until(ends_ms: int, now_ms: int) -> int:
    return max(1, -(-(ends_ms - now_ms) // 1000))


def _now_ms() -> int:
    return int(clock.now().timestamp() * 1000)
