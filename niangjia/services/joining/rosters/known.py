"""What is known about the people of some rows, looked up by a handful of statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from django.db import connection
from django.db.models import Max

from niangjia.commons.people.models import Membership, Person, PersonQuerySet

PersonKey = tuple[str, date | None, str]
"""Name key, birth date and sex."""


_OF_TEXTS = "SELECT * FROM unnest(string_to_array(%s, ','), string_to_array(%s, ',')::date[], string_to_array(%s, ','))"


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
        _among(_living(), "id_index", id_indexes).values("pk", "public_id", "name_key", "phone_index", "id_index")
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
    held = _among(_living(), "phone_index", [index for index in phone_indexes if index])
    phones = dict(held.values_list("phone_index", "pk"))
    return Register(numbers, phones, _same_traits(traits))


def _living() -> PersonQuerySet:
    return Person.objects.canonical().filter(erased_at=None)


def _memberships(people: Sequence[int]) -> tuple[dict[int, int], dict[int, date]]:
    if not people:
        return {}, {}
    current = Membership.objects.current().filter(person__in=people)
    ended = Membership.objects.ended().filter(person__in=people).values_list("person").annotate(last=Max("until"))
    return dict(current.values_list("person_id", "union_id")), dict(ended.order_by())


def _among(people: PersonQuerySet, column: str, indexes: Sequence[str]) -> PersonQuerySet:
    """Those with one of thousands of blind indexes. PostgreSQL takes them as one text, in a tenth of the time."""
    if not indexes:
        return people.none()
    if connection.vendor != "postgresql":
        return people.filter(**{f"{column}__in": indexes})
    where = f"people_person.{column} = ANY(string_to_array(%s, ','))"
    return cast(PersonQuerySet, people.extra(where=[where], params=[",".join(indexes)]))  # noqa: S610 - the column is one of two above


def _same_traits(traits: Iterable[PersonKey]) -> dict[PersonKey, int]:
    """By one join over the names, not by two lists that the database would have to cross."""
    wanted = list(dict.fromkeys(key for key in traits if key[0] and key[1] is not None))
    if not wanted or not Person.objects.exists():
        return {}
    source, parameters = _as_texts(wanted) if connection.vendor == "postgresql" else _as_values(wanted)
    sql = f"""WITH wanted(name_key, born, sex) AS ({source})
        SELECT w.name_key, p.birth_date, w.sex, MIN(p.id) FROM wanted w
        JOIN people_person p ON p.birth_date = w.born AND p.name_key = w.name_key AND p.sex = w.sex
        WHERE p.canonical_id IS NULL AND p.erased_at IS NULL GROUP BY w.name_key, p.birth_date, w.sex"""  # noqa: S608 - only marks
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return {(key, _as_date(born), sex): pk for key, born, sex, pk in cursor.fetchall()}


def _as_texts(wanted: Sequence[PersonKey]) -> tuple[str, list[Any]]:
    """Three texts of many parts; names, days and sexes hold no comma."""
    texts = [",".join(map(str, part)) for part in zip(*wanted, strict=True)]
    return _OF_TEXTS, texts


def _as_values(wanted: Sequence[PersonKey]) -> tuple[str, list[Any]]:
    values = ", ".join(["(%s, %s, %s)"] * len(wanted))
    return f"VALUES {values}", [value for key, born, sex in wanted for value in (key, _day(born), sex)]


def _day(born: date | None) -> Any:
    return connection.ops.adapt_datefield_value(born)


def _as_date(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
