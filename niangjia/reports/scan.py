"""Counting an indicator's part straight from the ledger: the definition that every faster way must equal."""

from __future__ import annotations

from datetime import datetime

from niangjia.commons.ledger import queries
from niangjia.commons.ledger.indicators import Kind, Part
from niangjia.commons.ledger.queries import Question
from niangjia.commons.unions.models import UnionSpan
from niangjia.kernel.periods import Period


def question(
    part: Part, node_id: int, period: Period, *, programme: str = "", known_on: datetime | None = None
) -> Question | None:
    """The ledger's question for ``part``: the union and all below it in the tree of the period's last day; None when
    the union did not exist by then."""
    tree = UnionSpan.objects.on(period.last)
    path = tree.filter(union_id=node_id).values_list("path", flat=True).first()
    if path is None:
        return None
    return Question(
        measure=part.measure,
        first=None if part.kind is Kind.STOCK else period.first,
        last=period.last,
        dims=part.dims,
        unions=tree.below(path).values("union_id"),
        programme=programme,
        known_on=known_on,
    )


def count(part: Part, node_id: int, period: Period, *, programme: str = "", known_on: datetime | None = None) -> int:
    """The value of ``part`` in base units, 0 for a union that did not exist yet."""
    asked = question(part, node_id, period, programme=programme, known_on=known_on)
    if asked is None:
        return 0
    if part.kind is Kind.PERSONS:
        return queries.persons(asked)
    total = queries.total(asked)
    return total.fen if part.kind is Kind.FLOW_FEN else total.qty
