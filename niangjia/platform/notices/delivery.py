"""Carrying messages out. A message is taken with a lease, sent outside any transaction, and its fate is written after.

If the worker dies in between, the lease runs out and the next worker sends again with the same business id, by which
the gateway knows the repetition: nothing is lost, and nothing arrives twice.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import translation

from niangjia.kernel import clock
from niangjia.kernel.text import Text
from niangjia.platform.notices import adapters
from niangjia.platform.notices.adapters import DeliveryFailed, DeliveryRefused
from niangjia.platform.notices.kinds import Channel, NoticeKind, State, find
from niangjia.platform.notices.models import Message, Outgoing
from niangjia.platform.personal_data.cipher import KeyMissing, Tampered
from niangjia.platform.personal_data.fields import Sealed

log = structlog.get_logger("niangjia.notices")

LEASE = timedelta(seconds=90)
MAX_ATTEMPTS = 16
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(hours=1)
"""Sixteen attempts with doubling pauses: about six hours of a gateway that is down."""

KEPT_SENT = timedelta(days=90)
KEPT_DEAD = timedelta(days=180)
KEPT_MESSAGES = timedelta(days=3 * 365)

_AT_ONCE = 8
_LANGUAGE = "zh-hans"


@dataclass(frozen=True)
class _Letter:
    """An outgoing row with everything that sending needs, so that the sending thread asks no database."""

    row: Outgoing
    address: str
    title: str
    body: str


def deliver_due(limit: int = 64) -> int:
    """Send up to ``limit`` messages that are due, several at once; returns how many were taken.

    Call it outside any transaction. Never raises for a message that cannot be sent.
    """
    rows = _claim(limit)
    letters = _prepare(rows)
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="delivery") as pool:
        sending = {pool.submit(_send, letter): letter for letter in letters}
        for done in as_completed(sending):
            _record(sending[done].row, done)
    return len(rows)


def revive(public_ids: Sequence[str]) -> int:
    """Let dead messages be tried once more, at an operator's wish; how many. Codes stay dead."""
    dead = Outgoing.objects.filter(public_id__in=public_ids, state=State.DEAD, expires_at__isnull=True)
    return dead.update(state=State.WAITING, attempts=0, due_at=clock.now(), ended_at=None, error="")


def forget_old() -> dict[str, int]:
    """Delete what nobody needs any more; how many of each."""
    now = clock.now()
    ended = Outgoing.objects.filter(ended_at__isnull=False)
    done = ended.exclude(state=State.DEAD).filter(ended_at__lt=now - KEPT_SENT)
    dead = ended.filter(state=State.DEAD, ended_at__lt=now - KEPT_DEAD)
    return {
        "outgoing": done.delete()[0] + dead.delete()[0],
        "messages": Message.objects.filter(created_at__lt=now - KEPT_MESSAGES).delete()[0],
    }


def _claim(limit: int) -> list[Outgoing]:
    now = clock.now()
    with transaction.atomic(durable=True):
        due = Outgoing.objects.filter(state__in=[State.WAITING, State.SENDING], due_at__lte=now)
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        keys = list(due.order_by("priority", "due_at", "id").values_list("pk", flat=True)[:limit])
        Outgoing.objects.filter(pk__in=keys).update(state=State.SENDING, attempts=F("attempts") + 1, due_at=now + LEASE)
        return list(Outgoing.objects.filter(pk__in=keys).order_by("priority", "id"))


def _prepare(rows: Sequence[Outgoing]) -> list[_Letter]:
    """Letters for the rows that can be sent; what becomes of the others is written at once."""
    users = get_user_model()._default_manager.in_bulk([row.user_id for row in rows if row.user_id])
    letters = []
    for row in rows:
        refusal = _not_to_be_sent(row)
        if refusal:
            _end(row, refusal, "" if refusal is State.EXPIRED else row.error or "no worker finished it")
        elif letter := _letter(row, users.get(row.user_id)):
            letters.append(letter)
    return letters


def _not_to_be_sent(row: Outgoing) -> State | None:
    if row.expires_at is not None and row.expires_at <= clock.now():
        return State.EXPIRED
    return State.DEAD if row.attempts > MAX_ATTEMPTS else None


def _address_of(row: Outgoing, user: Any) -> tuple[str, dict[str, str]]:
    if row.user_id is None:
        secret = json.loads(row.sealed or "{}")
        return secret.get("address", ""), secret.get("values", {})
    if user is None or not user.is_active:
        return "", {}
    return str(getattr(user, "phone" if row.channel == Channel.SMS else "email", "") or ""), {}


def _letter(row: Outgoing, user: Any) -> _Letter | None:
    """The letter for a row, or None when its fate is decided here: nobody to send to, or nothing that can be read."""
    kind = find(row.kind)
    try:
        address, secret = _address_of(row, user)
        values = {**row.values, **secret}
        with translation.override(_LANGUAGE):
            letter = _worded(row, kind, address, values) if kind and address else None
    except (KeyMissing, Tampered, KeyError, ValueError) as fault:
        log.error("delivery_fault", fault=type(fault).__name__, business_id=row.public_id)
        _again(row, type(fault).__name__)
        return None
    if letter is None:
        _end(row, State.SKIPPED, "no address" if kind else "unknown kind")
    return letter


def _worded(row: Outgoing, kind: NoticeKind, address: str, values: dict[str, str]) -> _Letter:
    return _Letter(row, address, str(Text(kind.title.message, values)), str(Text(kind.body.message, values)))


def _send(letter: _Letter) -> str:
    if letter.row.channel == Channel.EMAIL:
        return adapters.send_email(letter.address, letter.title, letter.body, letter.row.public_id)
    return adapters.sms().send(letter.address, letter.body, letter.row.public_id)


def _record(row: Outgoing, done: Future[str]) -> None:
    error = done.exception()
    if error is None:
        _end(row, State.SENT, "", gateway_id=done.result())
    elif isinstance(error, DeliveryRefused):
        _end(row, State.DEAD, str(error))
    else:
        if not isinstance(error, DeliveryFailed):
            log.error("delivery_fault", fault=type(error).__name__, business_id=row.public_id)
        _again(row, str(error) if isinstance(error, DeliveryFailed) else type(error).__name__)


def _again(row: Outgoing, error: str) -> None:
    if row.attempts >= MAX_ATTEMPTS:
        _end(row, State.DEAD, error)
        return
    _mine(row).update(state=State.WAITING, due_at=clock.now() + pause(row.attempts), error=error[:120])


def pause(attempts: int, chance: Callable[[], float] = random.random) -> timedelta:
    """How long to wait after so many attempts: doubling, never the same for all that failed together."""
    full: timedelta = min(FIRST_PAUSE * 2 ** min(attempts - 1, 30), LONGEST_PAUSE)
    return full * (0.5 + chance())


def _end(row: Outgoing, state: State, error: str, *, gateway_id: str = "") -> None:
    if state is State.DEAD:
        log.error("delivery_dead", channel=row.channel, kind=row.kind, business_id=row.public_id, why=error)
    _mine(row).update(state=state, ended_at=clock.now(), error=error[:120], gateway_id=gateway_id[:64], sealed=Sealed())


def _mine(row: Outgoing) -> QuerySet[Outgoing]:
    """The row, while nobody else has taken it since."""
    return Outgoing.objects.filter(pk=row.pk, state=State.SENDING, attempts=row.attempts)
