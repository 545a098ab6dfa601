"""Reserving in one PostgreSQL statement: what lifecycle, ledger, audit, outbox and request keys do elsewhere.

The order matters: the reservation first, so that two taps of one person wait for each other and nobody else; the stock
last, so that its row, which everybody wants, is held for the shortest time; a CHECK on it decides. A test holds the
rows that this leaves beside those of the portable form.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from niangjia.commons.ledger.models import LedgerRow, Touched
from niangjia.kernel.actor import Actor
from niangjia.platform.audit.entries import written_name
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.lifecycle.lifecycle import Statement
from niangjia.platform.notices.models import Message
from niangjia.platform.requests.models import Answer
from niangjia.services.offers import notices, records
from niangjia.services.offers.models import Cell, Reservation, Source
from niangjia.services.offers.rush.standing import PURPOSE
from niangjia.services.offers.states import RESERVATION, ReservationEvent


def _insert(model: Any, **values: str) -> str:
    """``INSERT`` of one row for each row of ``made``; ``values`` are SQL by column."""
    columns = ", ".join(f'"{column}"' for column in values)
    return f"INSERT INTO {model._meta.db_table} ({columns}) SELECT {', '.join(values.values())} FROM made"  # noqa: S608


_MADE = f"""
INSERT INTO {Reservation._meta.db_table} (public_id, state, state_since, machine_version, created_at, campaign_id,
  cell_id, item_id, site_id, day, person_id, user_id, union_id, category, source, collect_nonce, note)
VALUES (%(public_id)s, %(state)s, %(at)s, %(machine_version)s, %(at)s, %(campaign)s,
  %(cell)s, %(item)s, %(site)s, %(day)s, %(person)s, %(user)s, %(union)s, %(category)s, %(source)s, '', '')
ON CONFLICT (campaign_id, person_id) WHERE state IN ('reserved', 'collected', 'given_up') DO NOTHING
RETURNING id
"""  # noqa: S608

_EFFECTS: Mapping[str, str] = {
    "answered": _insert(
        Answer,
        owner="%(owner)s",
        purpose="%(purpose)s",
        key="%(key)s",
        body_hash="%(body_hash)s",
        answer="%(answer)s",
        created_at="%(at)s",
    ),
    "audited": _insert(
        AuditEntry,
        at="%(at)s",
        actor_kind="%(actor_kind)s",
        actor_name="%(actor_name)s",
        user_id="%(user)s::bigint",
        session_id="%(session)s::bigint",
        address="%(address)s",
        trace="%(trace)s",
        action="%(action)s",
        subject_type="%(source_type)s",
        subject_id="%(public_id)s",
        subject_key="%(subject_key)s",
        node_id="%(node)s::bigint",
        ground="%(ground)s",
        reason="''",
        before="''",
        after="%(state)s",
        data="%(data)s::jsonb",
    ),
    "booked": _insert(
        LedgerRow,
        day="%(today)s",
        booked_at="%(at)s",
        programme="%(programme)s",
        measure="%(measure)s",
        union_id="%(union)s",
        person_id="%(person)s",
        dimset_id="%(dimset)s",
        qty="1",
        fen="0",
        source_type="%(source_type)s",
        source_id="id",
        subject_key="%(subject_key)s",
    ),
    "touched": _insert(Touched, measure="%(measure)s", union_id="%(union)s", day="%(today)s"),
    "told": _insert(
        Message,
        public_id="%(message)s",
        user_id="%(user)s::bigint",
        kind="%(notice)s",
        values="%(values)s::jsonb",
        link="%(link)s",
        created_at="%(at)s",
    ),
}

_MADE_ALL = ", ".join(f"{name} AS ({sql} RETURNING 1)" for name, sql in _EFFECTS.items())
_COUNTED = " + ".join(f"(SELECT count(*) FROM {name})" for name in _EFFECTS)  # noqa: S608
_SQL = f"""
WITH made AS ({_MADE}), {_MADE_ALL}, done AS (SELECT id, {_COUNTED} AS effects FROM made)
UPDATE {Cell._meta.db_table} cell SET taken = cell.taken + 1 FROM done
WHERE cell.id = %(cell)s AND done.effects > 0 RETURNING done.id
"""  # noqa: S608

RESERVE = Statement(machine=RESERVATION, event=ReservationEvent.RESERVE, sql=_SQL)


FIXED: Mapping[str, Any] = {
    "state": RESERVATION.initial,
    "machine_version": RESERVATION.version,
    "source": Source.FIRST_COME.value,
    "purpose": PURPOSE,
    "action": f"{RESERVATION.name}.{ReservationEvent.RESERVE}",
    "source_type": records.SOURCE_TYPE,
    "ground": "own",
    "programme": records.PROGRAMME,
    "measure": records.RESERVED,
    "notice": notices.RESERVED.code,
}
"""What is the same for every reservation."""


def write(values: Mapping[str, Any]) -> int | None:
    """Execute it: the id of the reservation, None when the person holds one of this campaign already.

    Raises IntegrityError when the stock is gone, or the request key was used a moment ago.
    """
    rows = RESERVE.run(values)
    return int(rows[0][0]) if rows else None


def values_of_actor(actor: Actor, at: datetime) -> dict[str, Any]:
    """The fixed columns and those that tell who acted."""
    return {
        **FIXED,
        "at": at,
        "actor_kind": str(actor.kind),
        "actor_name": written_name(actor),
        "session": actor.session_id,
        "address": actor.address,
        "trace": actor.trace,
    }


def as_json(value: Mapping[str, Any]) -> str:
    """JSON as the portable form stores it."""
    return json.dumps(value, ensure_ascii=False)
