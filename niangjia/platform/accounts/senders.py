"""The way a code takes to a phone: a hook, filled by the notices above.

A disabled phone gets the same answer as any other but no message, and the time of the answer must not tell. So a sender
that ``queues`` (writes rows of this database and does nothing else) also runs where no message is due, and its rows are
taken back in the same transaction. One that works in the ``background`` holds nobody up, whatever its gateway does.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum

import structlog
from django.db import connection, transaction

Sender = Callable[[str, str, str], object]

log = structlog.get_logger("niangjia.accounts")
_pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="codes")


class Way(StrEnum):
    """How a sender works."""

    AT_ONCE = "at once"
    QUEUES = "queues"
    BACKGROUND = "background"


_senders: list[tuple[Sender, Way]] = []


def register_sender(sender: Sender, *, queues: bool = False, background: bool = False) -> None:
    """``sender(phone, code, purpose)`` sends one code; the last one registered counts.

    It may raise Unavailable, which the user sees unless it works in the background.
    """
    way = Way.QUEUES if queues else Way.BACKGROUND if background else Way.AT_ONCE
    _senders[:] = [(sender, way)]


def queue(*, phone: str, code: str, purpose: str, due: bool) -> None:
    """Let a sender that queues write its rows inside the open transaction; undo them unless a message is ``due``."""
    if not _senders or _senders[0][1] is not Way.QUEUES:
        return
    with transaction.atomic():
        _senders[0][0](phone, code, purpose)
        transaction.set_rollback(not due)


def deliver(*, phone: str, code: str, purpose: str) -> None:
    """Let any other sender send, outside all transactions; that there is none is logged as a fault."""
    if not _senders:
        log.error("code_without_sender", purpose=purpose)
        return
    sender, way = _senders[0]
    if way is Way.BACKGROUND:
        _pool.submit(_send_apart, sender, phone, code, purpose)
    elif way is Way.AT_ONCE:
        sender(phone, code, purpose)


def _send_apart(sender: Sender, phone: str, code: str, purpose: str) -> None:
    try:
        sender(phone, code, purpose)
    except Exception:
        log.exception("code_not_sent", purpose=purpose)
    finally:
        connection.close()
