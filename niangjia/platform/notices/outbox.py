"""Writing what is to be told, in the transaction of the act: both are stored, or neither."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from niangjia.kernel import clock
from niangjia.platform.accounts import policy_settings
from niangjia.platform.lifecycle.effects import Batch
from niangjia.platform.notices.kinds import CODE, Channel, Notice, Priority
from niangjia.platform.notices.models import Message, Outgoing

_ROWS_PER_STATEMENT = 2000


def write_batch(batch: Batch) -> None:
    """The outbox slot of the lifecycle: every notice of a batch in a handful of statements."""
    write([notice for item in batch.items for notice in item.notices], at=batch.at)


def write(notices: Sequence[Notice], *, at: datetime | None = None) -> None:
    """Store ``notices`` for delivery. Needs an open transaction, so that they share the fate of what they tell.

    With ``at`` in the future they are written down now and heard at that moment, on every channel.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("a notice needs the transaction of the act it tells of")
    moment = at or clock.now()
    told = [notice for notice in notices if notice.to_user_id is not None]
    Message.objects.bulk_create(_messages(told, moment), batch_size=_ROWS_PER_STATEMENT)
    Outgoing.objects.bulk_create(_outgoing(told, moment), batch_size=_ROWS_PER_STATEMENT)


def send_code(phone: str, code: str, purpose: str) -> Outgoing:
    """Put a code by SMS on its way to ``phone``, ahead of everything else; it is given up when the code has run out.

    ``purpose`` is kept for the log only. Called outside a transaction or in it.
    """
    now, life = clock.now(), policy_settings.code_life()
    return Outgoing.objects.create(
        channel=Channel.SMS,
        kind=CODE.code,
        values={"purpose": purpose, "minutes": str(int(life / timedelta(minutes=1)))},
        sealed=json.dumps({"address": phone, "values": {"code": code}}),
        priority=Priority.CODE,
        created_at=now,
        due_at=now,
        expires_at=now + life,
    )


def _messages(notices: Iterable[Notice], at: datetime) -> list[Message]:
    return [
        Message(user_id=user_id, kind=notice.kind.code, values=dict(notice.values), link=notice.link, created_at=at)
        for notice in notices
        if Channel.IN_APP in notice.kind.channels and (user_id := notice.to_user_id) is not None
    ]


def _outgoing(notices: Iterable[Notice], at: datetime) -> list[Outgoing]:
    return [
        Outgoing(
            channel=channel,
            user_id=notice.to_user_id,
            kind=notice.kind.code,
            values=dict(notice.values),
            priority=Priority.IMPORTANT if notice.kind.important else Priority.NORMAL,
            created_at=at,
            due_at=at,
        )
        for notice in notices
        for channel in notice.kind.channels
        if channel != Channel.IN_APP
    ]
