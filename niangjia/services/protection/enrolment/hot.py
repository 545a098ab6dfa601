"""Enrolling a list by statements over the whole set, on PostgreSQL one and on SQLite four: what lifecycle, audit and
ledger do for each enrolment in :func:`applying.enrol_portably`. A test holds the rows of both side by side."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection
from django.db.models import Max

from niangjia.commons.ledger import dims
from niangjia.commons.ledger.models import LedgerRow, Touched
from niangjia.commons.people.models import Person
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import Decision
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.lifecycle.lifecycle import Statement
from niangjia.platform.rows import next_id
from niangjia.services.protection.enrolment.models import Roster, RosterRow
from niangjia.services.protection.enrolment.states import TAKEN, Outcome
from niangjia.services.protection.models import Enrolment
from niangjia.services.protection.records import ENROLLED, enrolled_dims
from niangjia.services.protection.states import ENROLMENT, EnrolmentEvent

_ROWS, _PEOPLE = RosterRow._meta.db_table, Person._meta.db_table
_TAKEN = ", ".join(f"'{outcome}'" for outcome in TAKEN)

_CELLS = f"""SELECT DISTINCT p.category, r.outcome FROM {_ROWS} r JOIN {_PEOPLE} p ON p.id = r.person_id
 WHERE r.roster_id = %(roster)s AND r.outcome IN ({_TAKEN}) ORDER BY 1, 2"""  # noqa: S608 - names of tables and codes

_SQL = f"""WITH facts AS (
 SELECT * FROM unnest(%(categories)s::text[], %(outcomes)s::text[], %(dimsets)s::bigint[]) f(category, outcome, dimset)
), who AS MATERIALIZED (
 SELECT {{id}} AS id, o.* FROM (
  SELECT r.public_id, r.person_id, r.union_id, r.from_day, r.to_day, r.protected_since,
   r.outcome = '{Outcome.RENEWED.value}' AS renewed, p.public_id AS subject_key, f.dimset
  FROM {_ROWS} r JOIN {_PEOPLE} p ON p.id = r.person_id
  LEFT JOIN facts f ON f.category = p.category AND f.outcome = r.outcome
  WHERE r.roster_id = %(roster)s AND r.outcome IN ({_TAKEN}) ORDER BY r.person_id
 ) o
), made AS (
 INSERT INTO {Enrolment._meta.db_table} (id, public_id, state, state_since, machine_version, created_at, plan_id,
  version_id, person_id, union_id, from_day, to_day, protected_since, renewed, source, batch)
 SELECT id, public_id, '{ENROLMENT.initial}', %(at)s, {ENROLMENT.version}, %(at)s, %(plan)s, %(version)s,
  person_id, union_id, from_day, to_day, protected_since, renewed, %(source)s, %(batch)s FROM who
), told AS (
 INSERT INTO {AuditEntry._meta.db_table} (at, actor_kind, actor_name, user_id, session_id, address, trace, action,
  subject_type, subject_id, subject_key, node_id, ground, reason, before, after, data)
 SELECT %(at)s, %(actor_kind)s, %(actor_name)s, %(user)s::bigint, %(session)s::bigint, %(address)s, %(trace)s,
  '{ENROLMENT.name}.{EnrolmentEvent.ENROL.value}', 'protection.enrolment', public_id, subject_key, union_id,
  %(ground)s, '', '', '{ENROLMENT.initial}', jsonb_build_object('plan', %(code)s::text, 'from', from_day::text,
  'to', to_day::text, 'source', %(source)s::text) FROM who
), booked AS (
 INSERT INTO {LedgerRow._meta.db_table} (day, booked_at, programme, measure, union_id, person_id, dimset_id, qty, fen,
  source_type, source_id, subject_key)
 SELECT from_day, %(at)s, %(programme)s, '{ENROLLED}', union_id, person_id, dimset, 1, %(fen)s,
  'protection.enrolment', id, subject_key FROM who
), touched AS (
 INSERT INTO {Touched._meta.db_table} (measure, union_id, day)
 SELECT DISTINCT '{ENROLLED}', union_id, from_day FROM who
) SELECT count(*), count(*) FILTER (WHERE renewed) FROM who"""  # noqa: S608 - names of tables and codes
"""Who is enrolled is put together once, and three tables are written from it. Whoever has changed category since the
facts were interned has none, which the ledger refuses: the list is checked again."""


_ENROL = f"""INSERT INTO {Enrolment._meta.db_table} (public_id, state, state_since, machine_version, created_at,
 plan_id, version_id, person_id, union_id, from_day, to_day, protected_since, renewed, source, batch)
 SELECT r.public_id, '{ENROLMENT.initial}', %(at)s, {ENROLMENT.version}, %(at)s, %(plan)s, %(version)s, r.person_id,
 r.union_id, r.from_day, r.to_day, r.protected_since, r.outcome = '{Outcome.RENEWED.value}', %(source)s, %(batch)s
 FROM {_ROWS} r WHERE r.roster_id = %(roster)s AND r.outcome IN ({_TAKEN}) ORDER BY r.person_id"""  # noqa: S608

_MADE = f"FROM {Enrolment._meta.db_table} m JOIN {_PEOPLE} p ON p.id = m.person_id"
_WHERE = "WHERE m.id > %(last)s AND m.batch = %(batch)s"

_FOLLOWING = (
    f"""INSERT INTO {AuditEntry._meta.db_table} (at, actor_kind, actor_name, user_id, session_id, address, trace,
 action, subject_type, subject_id, subject_key, node_id, ground, reason, before, after, data)
 SELECT %(at)s, %(actor_kind)s, %(actor_name)s, %(user)s, %(session)s, %(address)s, %(trace)s,
 '{ENROLMENT.name}.{EnrolmentEvent.ENROL.value}', 'protection.enrolment', m.public_id, p.public_id, m.union_id,
 %(ground)s, x'', '', '{ENROLMENT.initial}',
 json_object('plan', %(code)s, 'from', m.from_day, 'to', m.to_day, 'source', %(source)s)
 {_MADE} {_WHERE} ORDER BY m.id""",
    f"""WITH facts AS (SELECT json_extract(value, '$[0]') AS category, json_extract(value, '$[1]') AS outcome,
 json_extract(value, '$[2]') AS dimset FROM json_each(%(facts)s))
 INSERT INTO {LedgerRow._meta.db_table} (day, booked_at, programme, measure, union_id, person_id, dimset_id, qty, fen,
 source_type, source_id, subject_key)
 SELECT m.from_day, %(at)s, %(programme)s, '{ENROLLED}', m.union_id, m.person_id, f.dimset, 1, %(fen)s,
 'protection.enrolment', m.id, p.public_id
 {_MADE} JOIN facts f ON f.category = p.category
 AND f.outcome = CASE WHEN m.renewed THEN '{Outcome.RENEWED.value}' ELSE '{Outcome.NEW.value}' END
 {_WHERE} ORDER BY m.id""",  # noqa: S608
    f"""INSERT INTO {Touched._meta.db_table} (measure, union_id, day)
 SELECT DISTINCT '{ENROLLED}', m.union_id, m.from_day {_MADE} {_WHERE}""",
)
_COUNT = f"SELECT count(*), sum(m.renewed) {_MADE} {_WHERE}"


def enrol(roster: Roster, source: str, *, actor: Actor, decision: Decision) -> tuple[int, int]:
    """Enrol the list's people, in the caller's transaction; how many, and how many of them renewed."""
    decision.require()
    values = {**_values(roster, source, actor, decision), **_facts(roster)}
    if connection.vendor == "sqlite":
        return _enrol_on_sqlite(values)
    statement = Statement(ENROLMENT, EnrolmentEvent.ENROL, _SQL.format(id=next_id(Enrolment)))
    ((enrolled, renewed),) = statement.run(values)
    return int(enrolled), int(renewed)


def _enrol_on_sqlite(values: dict[str, Any]) -> tuple[int, int]:
    """SQLite has no statement that writes into several tables; between these nobody else writes."""
    facts = list(zip(values.pop("categories"), values.pop("outcomes"), values.pop("dimsets"), strict=True))
    at = connection.ops.adapt_datetimefield_value(values["at"])
    last = Enrolment.objects.aggregate(last=Max("pk"))["last"] or 0
    values |= {"facts": json.dumps(facts), "at": at, "last": last}
    Statement(ENROLMENT, EnrolmentEvent.ENROL, _ENROL).run(values)
    with connection.cursor() as cursor:
        for statement in _FOLLOWING:
            cursor.execute(statement, values)
        cursor.execute(_COUNT, values)
        enrolled, renewed = cursor.fetchone()
    return int(enrolled), int(renewed or 0)


def _values(roster: Roster, source: str, actor: Actor, decision: Decision) -> dict[str, Any]:
    plan = roster.plan
    return {
        "roster": roster.pk, "at": clock.now(), "plan": plan.pk, "code": plan.code,
        "version": roster.version_id, "fen": roster.version.price_fen, "programme": plan.programme,
        "source": source, "batch": roster.public_id, "actor_kind": actor.kind.value, "actor_name": actor.name,
        "user": actor.user_id, "session": actor.session_id, "address": actor.address, "trace": actor.trace,
        "ground": decision.ground,
    }  # fmt: skip


def _facts(roster: Roster) -> dict[str, Any]:
    """The sets of facts under which these people are counted, interned once each."""
    with connection.cursor() as cursor:
        cursor.execute(_CELLS, {"roster": roster.pk})
        cells = cursor.fetchall()
    plan = roster.plan
    found = dims.intern(
        enrolled_dims(plan=plan.code, free=plan.is_free, category=category, renewed=outcome == Outcome.RENEWED)
        for category, outcome in cells
    )
    return {
        "categories": [category for category, _outcome in cells],
        "outcomes": [outcome for _category, outcome in cells],
        "dimsets": list(found),
    }
