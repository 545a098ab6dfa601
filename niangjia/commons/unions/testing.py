"""Builders for tests and benchmarks: a small tree with known names, officers, and a tree of a hundred thousand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection

from niangjia.commons.unions import grants
from niangjia.commons.unions.actions import NewUnion, appoint, found_unions
from niangjia.commons.unions.kinds import Axis, UnionKind
from niangjia.commons.unions.models import Union
from niangjia.kernel.actor import Actor, ActorKind

SYSTEM = Actor.system("test")
FOUNDED = date(2020, 1, 1)

_SMALL = (
    ("CITY", UnionKind.CITY, "", "110000"),
    ("EAST", UnionKind.DISTRICT, "CITY", "110101"),
    ("WEST", UnionKind.DISTRICT, "CITY", "110102"),
    ("EAST-1", UnionKind.STREET, "EAST", "110101001"),
    ("EAST-2", UnionKind.STREET, "EAST", "110101002"),
    ("WEST-1", UnionKind.STREET, "WEST", "110102001"),
    ("TRADE", UnionKind.INDUSTRY, "CITY", ""),
    ("FIRM", UnionKind.PRIMARY, "EAST-1", "110101001"),
    ("SHOP", UnionKind.BRANCH, "FIRM", "110101001"),
)


def small_tree(actor: Actor = SYSTEM) -> dict[str, Union]:
    """City; districts EAST and WEST; streets EAST-1, EAST-2, WEST-1; TRADE; FIRM with its branch SHOP under EAST-1."""
    plans = [
        NewUnion(code, f"{code}工会", kind.value, parent, area_code=area, founded_on=FOUNDED)
        for code, kind, parent, area in _SMALL
    ]
    return {union.code: union for union in found_unions(actor=actor, plans=plans)}


def a_user(name: str = "officer") -> Any:
    """A user who can hold offices."""
    return get_user_model()._default_manager.create(sign_in_name=name, display_name=name)


def an_officer(offices: Sequence[tuple[Union, str]], name: str = "officer") -> Actor:
    """A member of staff who holds roles at unions from now on."""
    user = a_user(name)
    for union, role in offices:
        appoint(actor=SYSTEM, user_id=user.pk, union_id=union.pk, role=role)
    return staff(user)


def staff(user: Any) -> Actor:
    """The actor of a user's staff session today."""
    return Actor(ActorKind.STAFF, name=user.display_name, user_id=user.pk, grants=grants.of_user(user.pk))


LEVELS: Sequence[tuple[UnionKind, int]] = (
    (UnionKind.CITY, 1),
    (UnionKind.DISTRICT, 30),
    (UnionKind.STREET, 12),
    (UnionKind.ASSOCIATION, 10),
    (UnionKind.PRIMARY, 27),
)
"""Kind of each level and how many stand under each of the level above: 101,191 unions in all."""


def grown_tree(
    levels: Sequence[tuple[UnionKind, int]] = LEVELS, axes: Sequence[Axis] = (Axis.AFFILIATION,)
) -> Mapping[UnionKind, int]:
    """Fill an empty tree by a few statements; returns the first id of each kind. The n-th union of a level has the
    id ``first + n`` and stands under the ``n // fan``-th of the level above."""
    firsts: dict[UnionKind, int] = {}
    first, size, above = 1, 1, 0
    for kind, fan in levels:
        size *= fan
        _grow_level(kind, first, size, above, fan, axes)
        firsts[kind], above, first = first, first, first + size
    _after_growing()
    return firsts


def fell_tree() -> None:
    """Take away a tree that :func:`grown_tree` grew outside of a test's transaction."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("TRUNCATE unions_unionspan, unions_union CASCADE")
        else:
            cursor.execute("DELETE FROM unions_unionspan")
            cursor.execute("DELETE FROM unions_union")


_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < {last}) "
_UNIONS = """INSERT INTO unions_union
 (id, public_id, code, name, short_name, kind, area_code, founded_on, accepts_members, revision, created_at)
 {numbers} SELECT {first} + n, 'generated-' || ({first} + n), 'G' || ({first} + n), 'G' || ({first} + n),
 'G' || ({first} + n), '{kind}', '', '2020-01-01', {yes}, 1, '2020-01-01 00:00:00+00' FROM numbers"""
_SPANS = """INSERT INTO unions_unionspan (union_id, axis, parent_id, path, depth, valid_from)
 {numbers} SELECT {first} + n, '{axis}', above.union_id, above.path || ({first} + n) || '.', above.depth + 1,
 above.valid_from FROM numbers JOIN unions_unionspan above
 ON above.union_id = {above} + n / {fan} AND above.axis = '{axis}'"""
_ROOT = """INSERT INTO unions_unionspan (union_id, axis, path, depth, valid_from)
 VALUES (1, '{axis}', '1.', 1, '2020-01-01')"""


def _grow_level(kind: UnionKind, first: int, size: int, above: int, fan: int, axes: Sequence[Axis]) -> None:
    yes = "TRUE" if connection.vendor == "postgresql" else "1"
    numbers = _NUMBERS.format(last=size - 1)
    spans = _SPANS if above else _ROOT
    with connection.cursor() as cursor:
        cursor.execute(_UNIONS.format(numbers=numbers, first=first, kind=kind.value, yes=yes))
        for axis in axes:
            cursor.execute(spans.format(numbers=numbers, first=first, above=above, fan=fan, axis=axis.value))


def _after_growing() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(pg_get_serial_sequence('unions_union', 'id'), MAX(id)) FROM unions_union")
        cursor.execute("ANALYZE")
