"""How somebody stands towards a campaign: the one reading before a reservation.

It is raw SQL because it is the hot path: one statement joins session, account, person, membership, the reservation
there may be, the kept answer to the same request, the stock asked for, and who may take part. The same text runs on
SQLite and PostgreSQL; on PostgreSQL it is prepared once for each connection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from niangjia.kernel import clock
from niangjia.platform.accounts import policy_settings, tokens
from niangjia.platform.lifecycle import statements
from niangjia.services.offers.rush.catalogue import Remembered

PURPOSE = "offers.reserve"


@dataclass(frozen=True)
class ByToken:
    """Somebody known by the token of a session that nobody has checked yet."""

    token: str


@dataclass(frozen=True)
class ByUser:
    """Somebody whose session was checked before."""

    user_id: int


Who = ByToken | ByUser


@dataclass(frozen=True)
class Standing:
    """What was read. ``left`` is None when no cell was asked for; ``barred_until`` is the last barred day.

    ``body_hash`` and ``answer`` are of the kept answer to the same request key, None when there is none.
    """

    session_id: int | None
    session_kind: str
    user_id: int
    person_id: int | None
    person_key: str
    person_name: str
    category: str
    union_id: int | None
    existing_id: int | None
    barred_until: date | None
    body_hash: str | None
    answer: str | None
    left: int | None
    state: str
    revision: int
    entitled: bool


_READ = """
SELECT {session}, u.id, p.id, p.public_id, p.name, p.category, m.union_id, r.id,
  (SELECT MAX(b.until) FROM offers_bar b
    WHERE b.person_id = p.id AND b.lifted_at IS NULL AND b.starts_on <= %s AND b.until >= %s),
  a.body_hash, a.answer, k.size + k.extra - k.taken, g.state, g.revision,
  CASE WHEN EXISTS (SELECT 1 FROM ({entitled}) entitled WHERE entitled.id = p.id) THEN 1 ELSE 0 END
FROM {who}
JOIN offers_campaign g ON g.id = %s
LEFT JOIN people_person p ON p.user_id = u.id AND p.canonical_id IS NULL AND p.erased_at IS NULL
LEFT JOIN people_membership m ON m.person_id = p.id AND m.state IN ('active', 'retained', 'transferring')
LEFT JOIN offers_reservation r
  ON r.campaign_id = g.id AND r.person_id = p.id AND r.state IN ('reserved', 'collected', 'given_up')
LEFT JOIN requests_answer a ON a.owner = {owner} AND a.purpose = 'offers.reserve' AND a.key = %s
LEFT JOIN offers_cell k ON k.id = %s
WHERE {found}
"""
_BY_TOKEN = {
    "session": "s.id, s.kind",
    "who": "accounts_session s JOIN accounts_user u ON u.id = s.user_id",
    "found": "s.token_hash = %s AND s.ended_at IS NULL AND NOT s.held AND s.expires_at > %s AND u.is_active"
    " AND ((s.kind = 'member' AND s.seen_at >= %s) OR (s.kind = 'staff' AND s.seen_at >= %s))",
}
_BY_USER = {"session": "NULL, 'member'", "who": "accounts_user u", "found": "u.id = %s AND u.is_active"}


def read(who: Who, campaign: Remembered, *, key: str = "", cell_id: int | None = None) -> Standing | None:
    """How ``who`` stands now; None when nobody is signed in. ``key`` is the request's, empty when none is asked for."""
    today = connection.ops.adapt_datefield_value(clock.today())
    params = [today, today, *campaign.entitled_params, campaign.id, key, cell_id, *_found_params(who)]
    rows = statements.fetch(_sql(who, campaign.entitled_sql), params)
    return _standing(rows[0]) if rows else None


def _sql(who: Who, entitled: str) -> str:
    parts = _BY_TOKEN if isinstance(who, ByToken) else _BY_USER
    return _READ.format(entitled=entitled, owner="'user:' || CAST(u.id AS text)", **parts)


def _found_params(who: Who) -> list[Any]:
    if isinstance(who, ByUser):
        return [who.user_id]
    now = clock.now()
    moments = (now, now - policy_settings.member_idle(), now - policy_settings.staff_idle())
    adapted = [connection.ops.adapt_datetimefield_value(moment) for moment in moments]
    well_formed = tokens.is_well_formed(who.token)
    return [tokens.token_hash(who.token) if well_formed else "", *adapted]


def _standing(row: Sequence[Any]) -> Standing:
    return Standing(
        session_id=row[0],
        session_kind=row[1],
        user_id=row[2],
        person_id=row[3],
        person_key=row[4] or "",
        person_name=row[5] or "",
        category=row[6] or "",
        union_id=row[7],
        existing_id=row[8],
        barred_until=_day(row[9]),
        body_hash=row[10],
        answer=row[11],
        left=row[12],
        state=row[13],
        revision=row[14],
        entitled=bool(row[15]),
    )


def _day(value: Any) -> date | None:
    """SQLite gives the day back as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value
