"""Builders for tests and benchmarks: thousands of members who are like a few."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models

from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.models import Membership, Person

FIRST_ID = 1_000_000

_COPIES = """INSERT INTO {table} ({columns})
 WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})
 SELECT {values} FROM {table} model CROSS JOIN numbers WHERE model.id = {model}"""


def a_crowd(members: Sequence[Membership], each: int) -> None:
    """``each`` copies of every one of ``members`` with their persons and cards, under ids from FIRST_ID on.

    A copy shares no number, phone or account with its model.
    """
    for place, member in enumerate(members):
        first = FIRST_ID + place * each
        unshared = {"id_index": "''", "phone_index": "''", "user_id": "NULL"}
        _copy(Person, member.person_id, first, each, unshared)
        _copy(Membership, member.pk, first, each, {"person_id": "n", "number": "'C-' || n"})
        for card in Card.objects.filter(person=member.person_id).live():
            _copy(Card, card.pk, first, each, {"person_id": "n", "number": "'C-' || n"})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _copy(model: type[models.Model], pk: int, first: int, each: int, other: Mapping[str, str]) -> None:
    names = [str(field.column) for field in model._meta.concrete_fields]
    own: dict[str, Any] = {"id": "n", "public_id": "'crowd-' || n", **other}
    sql = _COPIES.format(
        table=connection.ops.quote_name(model._meta.db_table),
        columns=", ".join(connection.ops.quote_name(name) for name in names),
        values=", ".join(own.get(name) or f"model.{connection.ops.quote_name(name)}" for name in names),
        first=first,
        last=first + each - 1,
        model=pk,
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
