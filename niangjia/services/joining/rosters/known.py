"""What is known about the people of some rows, looked up by a handful of statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Max

from niangjia.commons.people.models import Membership, Person, PersonQuerySet

PersonKey = tuple[str, date | None, str]
"""Name key, birth date and sex."""


@dataclass(frozen=True, slots=True)
class Known:
    """A person who stands in the register already. ``union_id`` is where the current membership is, if there is one;
    ``free_from`` the day on which the last ended."""

    pk: int
    public_id: str
    name_key: str
    phone_index: str
    union_id: int | None = None
    free_from: date | None = None


@dataclass(frozen=True)
class Register:
    """The register as far as it concerns some rows."""

    by_number: Mapping[str, Known]
    by_phone: Mapping[str, int]
    by_traits: Mapping[PersonKey, int] = field(default_factory=dict)


def about(id_indexes: Sequence[str], phone_indexes: Sequence[str], traits: Sequence[PersonKey]) -> Register:
    """Who holds one of these ID numbers or phones, or has the same name, birth date and sex."""
    found = list(
        _living().filter(id_index__in=id_indexes).values("pk", "public_id", "name_key", "phone_index", "id_index")
    )
    unions, ended = _memberships([row["pk"] for row in found])
    numbers = {
        row["id_index"]: Known(
            row["pk"],
            row["public_id"],
            row["name_key"],
            row["phone_index"],
            unions.get(row["pk"]),
            ended.get(row["pk"]),
        )
        for row in found
    }
    phones = dict(_living().filter(phone_index__in=[p for p in phone_indexes if p]).values_list("phone_index", "pk"))
    return Register(numbers, phones, _same_traits(traits))


def _living() -> PersonQuerySet:
    return Person.objects.canonical().filter(erased_at=None)


def _memberships(people: Sequence[int]) -> tuple[dict[int, int], dict[int, date]]:
    if not people:
        return {}, {}
    current = Membership.objects.current().filter(person__in=people)
    ended = Membership.objects.ended().filter(person__in=people).values_list("person").annotate(last=Max("until"))
    return dict(current.values_list("person_id", "union_id")), dict(ended.order_by())


def _same_traits(traits: Iterable[PersonKey]) -> dict[PersonKey, int]:
    """By one join over the names, not by two lists that the database would have to cross."""
    wanted = list(dict.fromkeys(key for key in traits if key[0] and key[1] is not None))
    if not wanted or not Person.objects.exists():
        return {}
    postgresql = connection.vendor == "postgresql"
    one = "(%s, CAST(%s AS date), %s)" if postgresql else "(%s, %s, %s)"
    values = ", ".join([one] * len(wanted))
    parameters: list[Any] = [value for key, born, sex in wanted for value in (key, _day(born), sex)]
    sql = f"""WITH wanted(name_key, born, sex) AS (VALUES {values})
        SELECT w.name_key, p.birth_date, w.sex, MIN(p.id) FROM wanted w
        JOIN people_person p ON p.birth_date = w.born AND p.name_key = w.name_key AND p.sex = w.sex
        WHERE p.canonical_id IS NULL AND p.erased_at IS NULL GROUP BY w.name_key, p.birth_date, w.sex"""  # noqa: S608 - only marks
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return {(key, _as_date(born), sex): pk for key, born, sex, pk in cursor.fetchall()}


def _day(born: date | None) -> Any:
    return connection.ops.adapt_datefield_value(born)


def _as_date(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
