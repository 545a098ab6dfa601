"""Applying a roster on PostgreSQL by statements over the whole set: what lifecycle, people, cards, audit and ledger do
for each member in :func:`niangjia.commons.people.bulk.admit_many`. A test holds the rows of both side by side.

Only what is sealed passes through the program: names are opened and go back by COPY beside numbers and keys.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Model
from psycopg.types.json import Jsonb

from niangjia.commons.ledger import dims
from niangjia.commons.ledger.models import LedgerRow, Touched
from niangjia.commons.people import events, numbers, records, rules
from niangjia.commons.people.bulk import Admitted
from niangjia.commons.people.cards.bulk import BY_MEMBERSHIP
from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.cards.states import CARD, CardEvent
from niangjia.commons.people.categories import is_new_form
from niangjia.commons.people.models import Membership, MembershipQuerySet, MembershipStay, Person
from niangjia.commons.people.states import MEMBERSHIP, MembershipEvent, Origin
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.card_code import new_card_number
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.policy import Decision
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.lifecycle.lifecycle import Statement
from niangjia.platform.personal_data.bulk import Placed
from niangjia.platform.rows import copying, next_id
from niangjia.services.joining.records import JOINED
from niangjia.services.joining.records import PROGRAMME as JOINING
from niangjia.services.joining.rosters import content
from niangjia.services.joining.rosters.models import Roster, RosterRow
from niangjia.services.joining.rosters.states import Outcome

ROWS_PER_FETCH = 10_000
_AGES = ((25, "under_25"), (35, "25_34"), (45, "35_44"), (55, "45_54"))
"""As :func:`niangjia.services.joining.rules.age_band`; a test holds them together."""

_NAMED = """CREATE TEMPORARY TABLE joining_named (number integer, name text COLLATE "C", name_key text COLLATE "C",
 name_initials text COLLATE "C", member_number text, card_key text, card_number text) ON COMMIT DROP"""
_FACTS = """CREATE TEMPORARY TABLE joining_facts (category text, sex text, age_band text, counted_as jsonb,
 stock bigint, flow bigint) ON COMMIT DROP"""


_COMERS = f"""CREATE TEMPORARY TABLE joining_comer ON COMMIT DROP AS
SELECT r.public_id, r.person_id IS NULL AS is_unknown, coalesce(r.person_id, {{person}}) AS person_id,
 {{membership}} AS membership_id, {{card}} AS card_id, r.membership_key, r.union_id, r.since,
 coalesce(p.category, r.category) AS category, coalesce(p.sex, r.sex) AS sex, r.birth_date, r.name_tail_index,
 r.id_kind, r.id_number, r.id_index, r.phone, r.phone_index, n.name, n.name_key, n.name_initials, n.member_number,
 n.card_key, n.card_number,
 CASE {{bands}} ELSE '55_plus' END AS age_band
FROM {RosterRow._meta.db_table} r JOIN joining_named n ON n.number = r.number
LEFT JOIN {Person._meta.db_table} p ON p.id = r.person_id
WHERE r.roster_id = %(roster)s AND r.outcome = '{Outcome.NEW.value}'
ORDER BY r.id_index"""  # noqa: S608 - names of tables and sequences

_TAKEN = f"""SELECT n.number FROM joining_named n JOIN {Card._meta.db_table} c ON c.number = n.card_number
UNION SELECT n.number FROM joining_named n JOIN joining_named m ON m.card_number = n.card_number
WHERE m.number < n.number"""  # noqa: S608

_HELD = f"""SELECT p.id, p.canonical_id, p.erased_at FROM {Person._meta.db_table} p
 WHERE p.id IN (SELECT person_id FROM {RosterRow._meta.db_table} WHERE roster_id = %(roster)s
 AND outcome = '{Outcome.NEW.value}' AND person_id IS NOT NULL) ORDER BY p.id FOR NO KEY UPDATE OF p"""  # noqa: S608


def _insert(model: type[Model], source: str = "joining_comer c", **values: str) -> str:
    """``INSERT … SELECT``; ``values`` are SQL by column."""
    columns = ", ".join(f'"{column}"' for column in values)
    return f"INSERT INTO {model._meta.db_table} ({columns}) SELECT {', '.join(values.values())} FROM {source}"  # noqa: S608


def _audited(action: str, machine_type: str, subject: str, **values: str) -> str:
    """The audit entries of one act for all comers."""
    columns = {
        "at": "%(at)s", "actor_kind": "%(actor_kind)s", "actor_name": "%(actor_name)s", "user_id": "%(user)s::bigint",
        "session_id": "%(session)s::bigint", "address": "%(address)s", "trace": "%(trace)s", "action": f"'{action}'",
        "subject_type": f"'{machine_type}'", "subject_id": subject, "subject_key": "c.public_id", "node_id": "NULL",
        "ground": "''", "reason": "''", "before": "''", "after": "''",
    }  # fmt: skip
    where = values.pop("where", "")
    return _insert(AuditEntry, f"joining_comer c {where}", **{**columns, **values})


def _booked(**values: str) -> str:
    """Ledger rows of one measure for all comers."""
    columns = {
        "booked_at": "%(at)s", "union_id": "c.union_id", "person_id": "c.person_id", "qty": "1", "fen": "0",
        "source_type": "'people.membership'", "source_id": "c.membership_id", "subject_key": "c.public_id",
    }  # fmt: skip
    source = "joining_comer c JOIN joining_facts f USING (category, sex, age_band)"
    return _insert(LedgerRow, source, **{**columns, **values})


_PERSONS = _insert(
    Person, "joining_comer c WHERE c.is_unknown", id="c.person_id", public_id="c.public_id",
    name="c.name", name_key="c.name_key", name_initials="c.name_initials", name_tail_index="c.name_tail_index",
    sex="c.sex", birth_date="c.birth_date", id_kind="c.id_kind", id_number="c.id_number", id_index="c.id_index",
    phone="c.phone", phone_index="c.phone_index", category="c.category", created_at="%(at)s",
)  # fmt: skip
_MEMBERSHIPS = Statement(
    MEMBERSHIP,
    MembershipEvent.ADMIT,
    _insert(
        Membership,
        "joining_comer c JOIN joining_facts f USING (category, sex, age_band)",
        id="c.membership_id", public_id="c.membership_key", state=f"'{MEMBERSHIP.initial}'", state_since="%(at)s",
        machine_version=str(MEMBERSHIP.version), created_at="%(at)s", person_id="c.person_id", union_id="c.union_id",
        number="c.member_number", since="c.since", origin=f"'{Origin.ROSTER.value}'", ended_by="''",
        counted_as="f.counted_as",
    ),
)  # fmt: skip
_STAYS = _insert(MembershipStay, membership_id="c.membership_id", union_id="c.union_id", since="c.since")
_CARDS = Statement(
    CARD,
    CardEvent.ISSUE,
    _insert(
        Card, id="c.card_id", public_id="c.card_key", state=f"'{CARD.initial}'", state_since="%(at)s",
        machine_version=str(CARD.version), created_at="%(at)s", person_id="c.person_id", number="c.card_number",
        issued_on="%(today)s", bank_code="''", bank_card_tail="''",
    ),
)  # fmt: skip
_AUDIT = (
    _audited(
        "people.person.registered", "people.person", "c.public_id", where="WHERE c.is_unknown",
        data="jsonb_build_object('category', c.category, 'linked', false)",
    ),
    _audited(
        f"{MEMBERSHIP.name}.{MembershipEvent.ADMIT.value}", "people.membership", "c.membership_key",
        node_id="c.union_id", ground="%(ground)s", after=f"'{MEMBERSHIP.initial}'",
        data=f"jsonb_build_object('day', c.since::text, 'origin', '{Origin.ROSTER.value}', 'union', c.union_id)",
    ),
    _audited(
        f"{CARD.name}.{CardEvent.ISSUE.value}", "people.card", "c.card_key", node_id="c.union_id",
        ground=f"'{BY_MEMBERSHIP.ground}'", after=f"'{CARD.initial}'",
        data="jsonb_build_object('tail', right(c.card_number, 4))",
    ),
)  # fmt: skip
_BOOKS = (
    _booked(day="%(today)s", programme=f"'{JOINING}'", measure=f"'{JOINED}'", dimset_id="f.flow"),
    _booked(day="c.since", programme=f"'{records.PROGRAMME}'", measure=f"'{records.MEMBERS}'", dimset_id="f.stock"),
    _insert(
        Touched, "(SELECT DISTINCT union_id FROM joining_comer) c", measure=f"'{JOINED}'", union_id="c.union_id",
        day="%(today)s",
    ),
    _insert(
        Touched, "(SELECT DISTINCT union_id, since FROM joining_comer) c", measure=f"'{records.MEMBERS}'",
        union_id="c.union_id", day="c.since",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class _Values:
    """What the statements are given."""

    roster: Roster
    actor: Actor
    decision: Decision

    def as_dict(self) -> Mapping[str, Any]:
        return {
            "roster": self.roster.pk, "at": clock.now(), "today": clock.today(), "actor_kind": self.actor.kind.value,
            "actor_name": self.actor.name, "user": self.actor.user_id, "session": self.actor.session_id,
            "address": self.actor.address, "trace": self.actor.trace, "ground": self.decision.ground,
        }  # fmt: skip


def admit(roster: Roster, *, actor: Actor, decision: Decision, rows: MembershipQuerySet) -> int:
    """Make the roster's people members, in the caller's transaction; how many. Raises as :func:`bulk.admit_many`."""
    decision.require()
    values = _Values(roster, actor, decision).as_dict()
    with connection.cursor() as cursor:
        _hold_known(cursor, values)
        cursor.execute(_NAMED)
        _copy_names(roster)
        _draw_taken_anew(cursor)
        ids = {"person": next_id(Person), "membership": next_id(Membership), "card": next_id(Card)}
        cursor.execute(_COMERS.format(bands=_bands(values["today"]), **ids), values)
        _write_facts(cursor)
        cursor.execute(_PERSONS, values)
        _MEMBERSHIPS.run(values)
        cursor.execute(_STAYS, values)
        _CARDS.run(values)
        for statement in (*_AUDIT, *_BOOKS):
            cursor.execute(statement, values)
        cursor.execute("SELECT count(*) FROM joining_comer")
        count = int(cursor.fetchone()[0])
        cursor.execute("DROP TABLE joining_named, joining_facts, joining_comer")
    events.members_joined.send(sender=Membership, admitted=Admitted(rows, count), actor=actor)
    return count


def _hold_known(cursor: Any, values: Mapping[str, Any]) -> None:
    """Lock who is registered already. Raises Conflict ALREADY_MEMBER when one was merged or erased meanwhile."""
    cursor.execute(_HELD, values)
    if any(canonical is not None or erased is not None for _pk, canonical, erased in cursor.fetchall()):
        raise rules.already_member()


def _copy_names(roster: Roster) -> None:
    sealed = Placed(RosterRow._meta.get_field("content"))
    assert roster.numbers_year is not None and roster.numbers_from is not None  # noqa: S101, PT018 - by the action
    last, position = 0, 0
    while some := _fetched(roster, last):
        cards = [new_card_number() for _one in some]
        with copying("COPY joining_named FROM STDIN") as copy:
            for (number, public_id, said), card in zip(some, cards, strict=True):
                name, key, initials = content.names(sealed.open(public_id, said))
                member = numbers.number_of(roster.numbers_year, roster.numbers_from + position)
                copy.write_row((number, name, key, initials, member, new_public_id(), card))
                position += 1
        last = some[-1][0]


def _draw_taken_anew(cursor: Any) -> None:
    """Card numbers are drawn blindly; those that another card or row has are drawn again until none is left."""
    while True:
        cursor.execute(_TAKEN)
        taken = [number for (number,) in cursor.fetchall()]
        if not taken:
            return
        cursor.executemany(
            "UPDATE joining_named SET card_number = %s WHERE number = %s", [(new_card_number(), one) for one in taken]
        )


def _fetched(roster: Roster, after: int) -> Sequence[tuple[int, str, bytes]]:
    rows = RosterRow.objects.filter(roster=roster, outcome=Outcome.NEW, number__gt=after).order_by("number")
    sealed: Any = rows.values_list("number", "public_id", "content")
    return list(sealed[:ROWS_PER_FETCH])


def _bands(today: date) -> str:
    """The bands of age as SQL over the birth date, by the day on which somebody is too old for each."""
    parts = []
    for years, band in _AGES:
        year = today.year - years
        short = (today.month, today.day) == (2, 29) and not isleap(year)
        last = date(year, 2, 28) if short else today.replace(year=year)
        parts.append(f"WHEN r.birth_date > DATE '{last.isoformat()}' THEN '{band}'")
    return " ".join(parts)


def _write_facts(cursor: Any) -> None:
    """The sets of facts under which these people are counted, interned once each."""
    cursor.execute("SELECT DISTINCT category, sex, age_band FROM joining_comer ORDER BY 1, 2, 3")
    cells = cursor.fetchall()
    counted = [_counted(category, sex) for category, sex, _band in cells]
    cause = MembershipEvent.ADMIT.value
    stocks = dims.intern({**facts, "cause": cause} for facts in counted)
    flows = dims.intern(_joined(*cell) for cell in cells)
    cursor.execute(_FACTS)
    with copying("COPY joining_facts FROM STDIN") as copy:
        for cell, facts, stock, flow in zip(cells, counted, stocks, flows, strict=True):
            copy.write_row((*cell, Jsonb(facts), stock, flow))


def _counted(category: str, sex: str) -> dict[str, str]:
    return records.facts_of(Person(category=category, sex=sex), MEMBERSHIP.initial)


def _joined(category: str, sex: str, band: str) -> dict[str, str]:
    return {"category": category, "new_form": "yes" if is_new_form(category) else "no", "sex": sex, "age_band": band}
