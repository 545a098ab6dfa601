"""Opening a figure: the unions below with their share of it, and the records behind it as far as one may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from niangjia.commons.ledger import queries
from niangjia.commons.ledger.indicators import DrillLevel, Indicator, Kind, Part
from niangjia.commons.ledger.models import LedgerRowQuerySet
from niangjia.commons.unions.models import Union
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotAllowed
from niangjia.kernel.periods import Period
from niangjia.kernel.text import _
from niangjia.platform.web.paging import Page, clamp
from niangjia.reports import figures, floor, scan
from niangjia.reports.grouped import Count

PAGE_SIZE = 50


@dataclass(frozen=True)
class Share:
    """What one union directly below contributes; ``union`` is None for what was booked on the node itself.

    ``value`` is in base units and None where it is hidden (``hidden``) or cannot be said. The shares of persons need
    not sum up: one person may be served in two places.
    """

    union: Union | None
    value: int | None
    hidden: bool


@dataclass(frozen=True)
class Record:
    """One ledger row behind a figure, as its room shows it to this viewer."""

    day: date
    qty: int
    fen: int
    title: str
    detail: str
    url: str


@dataclass(frozen=True)
class Records:
    """A page of records; ``beyond`` are the records behind the figure that the viewer may not see one by one."""

    page: Page
    beyond: int


def shares(union: Union, period: Period, indicator: Indicator) -> list[Share]:
    """The figure by the unions directly below, largest first, the node's own records last; small ones hidden.

    Raises NotAllowed NOT_OPENED for an indicator that opens nothing.
    """
    _demand(indicator)
    by_part = [(part, floor.breakdown(union.pk, period, part)) for part in indicator.parts]
    hidden: set[int] = set()
    for part, counts in by_part:
        hidden |= floor.hidden_in(floor.values_of(part, counts), indicator.smallest_cell)
    values = {key: _value(indicator, [(part, counts[key]) for part, counts in by_part]) for key in by_part[0][1]}
    unions = Union.objects.in_bulk([key for key in values if key != union.pk])
    found = [
        Share(unions.get(key), None if key in hidden else value, key in hidden)
        for key, value in values.items()
        if key != union.pk or value
    ]
    return sorted(
        found, key=lambda share: (share.union is None, -(share.value or 0), share.union.code if share.union else "")
    )


def records(actor: Actor, union: Union, period: Period, indicator: Indicator, *, page: str = "1") -> Records:
    """The records behind the figure, newest first, as far as the room lets ``actor`` see their objects.

    Raises NotAllowed NOT_OPENED for an indicator that opens no single records.
    """
    if indicator.drill is None:
        raise _not_opened()
    behind = _rows(indicator.parts[0], union, period)
    if behind is None:
        return Records(Page([], 1, PAGE_SIZE, 0), 0)
    drill = indicator.drill
    seen = behind.filter(source_type=drill.source_type, source_id__in=drill.visible(actor).order_by().values("pk"))
    total = seen.count()
    number = clamp(page, max(1, -(-total // PAGE_SIZE)))
    rows = list(seen.order_by("-day", "-id")[(number - 1) * PAGE_SIZE : number * PAGE_SIZE])
    lines = drill.lines(actor, [row.source_id for row in rows])
    shown = [
        Record(row.day, row.qty, row.fen, line.title, line.detail, line.url)
        for row in rows
        if (line := lines.get(row.source_id)) is not None
    ]
    return Records(Page(shown, number, PAGE_SIZE, total), behind.count() - total)


def _rows(part: Part, union: Union, period: Period) -> LedgerRowQuerySet | None:
    asked = scan.question(part, union.pk, period)
    return None if asked is None else queries.rows(asked)


def _value(indicator: Indicator, counts: Sequence[tuple[Part, Count]]) -> int | None:
    numbers = [
        count.fen if part.kind is Kind.FLOW_FEN else count.persons if part.kind is Kind.PERSONS else count.qty
        for part, count in counts
    ]
    return figures.rate(*numbers) if indicator.kind is Kind.RATE else numbers[0]


def _demand(indicator: Indicator) -> None:
    if indicator.drill_level is DrillLevel.NONE:
        raise _not_opened()


def _not_opened() -> NotAllowed:
    return NotAllowed("NOT_OPENED", _("这个数字不展开明细，以保护当事人的隐私。"))
