"""A small tree and indicators for the tests of the report card."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from niangjia.commons.ledger import indicators, units, write
from niangjia.commons.ledger.indicators import Indicator, Kind, Part
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.ledger.write import Entry
from niangjia.commons.unions.models import TreeChange, Union, UnionSpan
from niangjia.kernel import clock
from niangjia.kernel.text import Text
from niangjia.platform.lifecycle.records import Record

FOUNDED = date(2000, 1, 1)
SHAPE = (
    ("city", None, "city"),
    ("east", 0, "district"),
    ("west", 0, "district"),
    ("east-1", 1, "street"),
    ("east-2", 1, "street"),
    ("east-1-a", 3, "primary"),
    ("east-2-a", 4, "primary"),
)


def grow() -> list[int]:
    """A city with two districts, two streets in the first and a primary union in each street; their ids in order."""
    ids: list[int] = []
    paths: list[str] = []
    for code, above, kind in SHAPE:
        union = Union.objects.create(
            code=code, name=f"{code}工会", short_name=code, kind=kind, founded_on=FOUNDED, accepts_members=True
        )
        path = f"{'' if above is None else paths[above]}{union.pk}."
        UnionSpan.objects.create(
            union=union,
            axis="affiliation",
            parent_id=None if above is None else ids[above],
            path=path,
            depth=path.count(".") - 1,
            valid_from=FOUNDED,
        )
        ids.append(union.pk)
        paths.append(path)
    return ids


def move(union_id: int, *, under: int, on: date) -> None:
    """Move a union without unions below it, as the tree's own action does."""
    old = UnionSpan.objects.get(union_id=union_id, axis="affiliation", valid_to=None)
    above = UnionSpan.objects.get(union_id=under, axis="affiliation", valid_to=None)
    UnionSpan.objects.filter(pk=old.pk).update(valid_to=on)
    UnionSpan.objects.create(
        union_id=union_id,
        axis="affiliation",
        parent_id=under,
        path=f"{above.path}{union_id}.",
        depth=above.depth + 1,
        valid_from=on,
    )
    TreeChange.objects.create(
        union_id=union_id,
        kind="moved",
        axis="affiliation",
        from_parent_id=old.parent_id,
        to_parent_id=under,
        effective_on=on,
        recorded_at=clock.now(),
    )


def book(union_id: int, **values: Any) -> LedgerRow:
    """One record of ``test.joined`` unless said otherwise."""
    source_id = values.pop("source_id", 1)
    source_type = values.pop("source_type", "test.thing")
    record = Record(**({"programme": "test", "measure": "test.joined", "node_id": union_id} | values))
    return write.book([Entry(record, source_type, source_id)], at=clock.now())[0]


def indicator(code: str, kind: Kind = Kind.FLOW_QTY, **values: Any) -> Indicator:
    """An indicator over ``test.joined`` unless said otherwise."""
    given = {"label": Text(code), "definition": Text(f"口径 {code}"), "unit": units.PERSONS}
    if kind is not Kind.RATE:
        given["measure"] = "test.joined"
    return Indicator(code=code, kind=kind, **(given | values))


def indicators_for_tests() -> tuple[Indicator, ...]:
    """One of each kind, some with facts."""
    women = {"sex": "f"}
    return (
        indicator("cell.qty", measure="cell.flow"),
        indicator("cell.women", measure="cell.flow", dims=women),
        indicator("cell.fen", Kind.FLOW_FEN, measure="cell.flow", unit=units.YUAN),
        indicator("cell.persons", Kind.PERSONS, measure="cell.flow"),
        indicator("cell.stock", Kind.STOCK, measure="cell.stock"),
        indicator(
            "cell.share",
            Kind.RATE,
            unit=units.PERCENT,
            numerator=Part("cell.flow", dims=women),
            denominator=Part("cell.flow"),
        ),
    )


@contextmanager
def declared(*wanted: Indicator) -> Iterator[tuple[Indicator, ...]]:
    """Only ``wanted`` are declared inside the block."""
    before = dict(indicators._declared)
    indicators._declared.clear()
    try:
        indicators.declare(*wanted)
        yield wanted
    finally:
        indicators._declared.clear()
        indicators._declared.update(before)
