"""The way a code takes to a phone: a hook, filled by the notices above.

``background`` hands the message to a small pool of threads, so that a slow gateway neither holds a web worker nor
tells by its delay that a message was sent (a disabled phone gets the same answer but no message).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.db import connection

Sender = Callable[[str, str, str], object]

log = structlog.get_logger("niangjia.accounts")
_pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="codes")
_senders: list[tuple[Sender, bool]] = []


def register_sender(sender: Sender, *, background: bool = False) -> None:
    """``sender(phone, code, purpose)`` sends one code; the last one registered counts.

    It may raise Unavailable, which the user sees unless it works in the background.
    """
    _senders[:] = [(sender, background)]


def deliver(*, phone: str, code: str, purpose: str) -> None:
    """Send a code. Without a sender nothing is sent, which is logged as a fault of the installation."""
    if not _senders:
        log.error("code_without_sender", purpose=purpose)
        return
    sender, background = _senders[0]
    if background:
        _pool.submit(_send_apart, sender, phone, code, purpose)
    else:
        sender(phone, code, purpose)


def _send_apart(sender: Sender, phone: str, code: str, purpose: str) -> None:
    try:
        sender(phone, code, purpose)
    except Exception:
        log.exception("code_not_sent", purpose=purpose)
    finally:
        connection.close()
