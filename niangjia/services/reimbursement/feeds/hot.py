"""Applying a feed on PostgreSQL by statements over the whole set: what lifecycle and audit do for each case in
:func:`niangjia.services.reimbursement.cases.compute`. A test holds the rows of both side by side.

Nothing of the feed passes through the program: its rows are cases already, but for state, round and sample.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.lifecycle.lifecycle import Statement
from niangjia.services.reimbursement.cases import Sample
from niangjia.services.reimbursement.models import Case, Feed, FeedRow, Round
from niangjia.services.reimbursement.states import CASE, COUNTING, CaseEvent, CaseState, Outcome

GROUND = "computed"
_CASES, _ROWS, _AUDIT = (model._meta.db_table for model in (Case, FeedRow, AuditEntry))
_TAKEN = f"r.outcome IN ('{Outcome.DUE.value}', '{Outcome.NOTHING.value}')"

_DRAWN = """('x' || encode(substr(sha256(convert_to(%(seed)s::text || '|' || r.transaction, 'UTF8')), 1, 4), 'hex')
 )::bit(32)::bigint %% 1000 < %(per_mille)s"""
"""As :func:`niangjia.services.reimbursement.rules.is_sampled`; a test holds them together."""

_COMPUTE = Statement(
    CASE,
    CaseEvent.COMPUTE,
    f"""INSERT INTO {_CASES} (public_id, state, state_since, machine_version, created_at, programme, round_id,
 transaction, kind, from_day, to_day, year, person_id, owner_key, union_id, self_paid_fen, fen, document, sampled)
 SELECT r.public_id, '{CASE.initial}', %(at)s, {CASE.version}, %(at)s, %(programme)s, %(round)s, r.transaction, r.kind,
 r.from_day, r.to_day, extract(year FROM r.to_day), r.person_id, r.owner_key, r.union_id, r.self_paid_fen, r.fen,
 r.document, CASE WHEN r.fen = 0 THEN '' WHEN r.fen >= %(from_fen)s THEN 'amount'
 WHEN {_DRAWN} THEN 'chance' ELSE '' END
 FROM {_ROWS} r WHERE r.roster_id = %(feed)s AND {_TAKEN} ORDER BY r.number""",  # noqa: S608 - names of tables
)
_FIND_NOTHING = Statement(
    CASE,
    CaseEvent.FIND_NOTHING,
    f"""UPDATE {_CASES} SET state = '{CaseState.NOTHING.value}'
 WHERE round_id = %(round)s AND state = '{CASE.initial}' AND fen = 0""",  # noqa: S608
)


def _entries(event: CaseEvent, before: str, after: str, where: str) -> str:
    """The audit entries of one move of the round's cases."""
    return f"""INSERT INTO {_AUDIT} (at, actor_kind, actor_name, user_id, session_id, address, trace, action,
 subject_type, subject_id, subject_key, node_id, ground, reason, before, after, data)
 SELECT %(at)s, %(actor_kind)s, %(actor_name)s, %(user)s::bigint, %(session)s::bigint, %(address)s, %(trace)s,
 '{CASE.name}.{event.value}', 'reimbursement.case', c.public_id, c.owner_key, c.union_id, '{GROUND}', '', '{before}',
 '{after}', '{{}}' FROM {_CASES} c WHERE c.round_id = %(round)s {where} ORDER BY c.id"""  # noqa: S608


_ENTRIES = (
    _entries(CaseEvent.COMPUTE, "", CASE.initial, ""),
    _entries(CaseEvent.FIND_NOTHING, CASE.initial, CaseState.NOTHING.value, "AND c.fen = 0"),
)
_STATES = ", ".join(f"'{state.value}'" for state in COUNTING)
_CHANGED = f"""SELECT EXISTS (SELECT 1 FROM (
 (SELECT DISTINCT ON (r.person_id, extract(year FROM r.to_day)) r.person_id, extract(year FROM r.to_day) AS year,
 (r.document->'before'->>'self_paid_fen')::bigint AS paid, (r.document->'before'->>'granted_fen')::bigint AS granted,
 1 AS asked FROM {_ROWS} r WHERE r.roster_id = %s AND {_TAKEN}
 ORDER BY r.person_id, extract(year FROM r.to_day), r.number)
 UNION ALL
 SELECT person_id, year, -self_paid_fen, -fen, 0 FROM {_CASES} WHERE programme = %s AND state IN ({_STATES})
 ) told GROUP BY person_id, year HAVING max(asked) = 1 AND (sum(paid) <> 0 OR sum(granted) <> 0))"""  # noqa: S608
"""Not joined: of rows that were just written PostgreSQL expects one, and would look up each beside each."""


def has_changed(feed: Feed) -> bool:
    """Whether somebody's year came to something else since the rows were tried out."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, [feed.pk, feed.programme])
        return bool(cursor.fetchone()[0])


def compute(feed: Feed, round_: Round, sample: Sample, *, actor: Actor) -> int:
    """Make the cases of a feed in the caller's transaction and turn; how many."""
    values = _values(feed, round_, sample, actor)
    _COMPUTE.run(values)
    _FIND_NOTHING.run(values)
    with connection.cursor() as cursor:
        for statement in _ENTRIES:
            cursor.execute(statement, values)
    return int(Case.objects.filter(round=round_).count())


def _values(feed: Feed, round_: Round, sample: Sample, actor: Actor) -> Mapping[str, Any]:
    return {
        "feed": feed.pk, "round": round_.pk, "programme": feed.programme, "at": clock.now(), "seed": sample.seed,
        "per_mille": sample.per_mille, "from_fen": sample.from_fen, "actor_kind": actor.kind.value,
        "actor_name": actor.name, "user": actor.user_id, "session": actor.session_id, "address": actor.address,
        "trace": actor.trace,
    }  # fmt: skip
