"""What is known of the people of some rows, looked up by a handful of statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.states import CURRENT
from niangjia.services.protection.enrolment.rules import Standing
from niangjia.services.protection.models import Enrolment
from niangjia.services.protection.states import EnrolmentState

_CURRENT = ", ".join(f"'{state.value}'" for state in CURRENT)
_CANCELLED = EnrolmentState.CANCELLED.value


class Known(NamedTuple):
    """A living person. ``union_id`` is where the current membership is, if there is one."""

    pk: int
    name_key: str
    union_id: int | None
    standing: Standing


_SQL = f"""SELECT w.key, p.id, p.name_key, m.union_id, p.category, p.sex, p.birth_date, e.to_day, e.protected_since
 FROM {{wanted}} JOIN people_person p ON p.{{column}} = w.key AND p.canonical_id IS NULL AND p.erased_at IS NULL
 LEFT JOIN people_membership m ON m.person_id = p.id AND m.state IN ({_CURRENT})
 LEFT JOIN LATERAL (SELECT to_day, protected_since FROM {Enrolment._meta.db_table} x WHERE x.person_id = p.id
 AND x.plan_id = %s AND x.state <> '{_CANCELLED}' ORDER BY x.from_day DESC LIMIT 1) e ON true"""  # noqa: S608

_TEXTS = "unnest(string_to_array(%s, ',')) w(key)"
_NUMBERS = "unnest(%s::bigint[]) w(key)"


def by_number(plan_id: int, id_indexes: Sequence[str]) -> dict[str, Known]:
    """Those with one of these blind indexes of ID numbers, by it."""
    if not id_indexes:
        return {}
    if connection.vendor == "postgresql":
        return _asked(_SQL.format(wanted=_TEXTS, column="id_index"), [",".join(id_indexes), plan_id])
    return _portably(plan_id, "id_index", id_indexes)


def by_id(plan_id: int, person_ids: Sequence[int]) -> dict[int, Known]:
    """Those with these ids, by id."""
    if not person_ids:
        return {}
    if connection.vendor == "postgresql":
        return _asked(_SQL.format(wanted=_NUMBERS, column="id"), [list(person_ids), plan_id])
    return _portably(plan_id, "pk", person_ids)


def _asked(sql: str, parameters: list[Any]) -> dict[Any, Known]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return {
            key: Known(pk, name, union, Standing(category, sex, born, until, since))
            for key, pk, name, union, category, sex, born, until, since in cursor.fetchall()
        }


def _portably(plan_id: int, column: str, keys: Sequence[Any]) -> dict[Any, Known]:
    people = list(
        Person.objects.canonical()
        .filter(erased_at=None, **{f"{column}__in": keys})
        .values_list(column, "pk", "name_key", "category", "sex", "birth_date")
    )
    ids = [row[1] for row in people]
    unions = dict(Membership.objects.current().filter(person__in=ids).values_list("person_id", "union_id"))
    last = _last(plan_id, ids)
    return {
        key: Known(pk, name, unions.get(pk), Standing(category, sex, born, *last.get(pk, (None, None))))
        for key, pk, name, category, sex, born in people
    }


def _last(plan_id: int, person_ids: Sequence[int]) -> dict[int, tuple[date, date]]:
    """Until when and since when the last enrolment protects, by person."""
    rows = Enrolment.objects.filter(plan=plan_id, person__in=person_ids).exclude(state=_CANCELLED)
    found = rows.order_by("from_day").values_list("person_id", "to_day", "protected_since")
    return {person: (until, since) for person, until, since in found}
