"""The figures of one campaign, read from the ledger: by kind, site, union and day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from django.db.models import Count, QuerySet, Sum

from niangjia.commons.ledger import dims
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.places.models import Site
from niangjia.commons.unions.models import Union
from niangjia.kernel.text import Text, _
from niangjia.platform.sheets.write import Column, Kind, Sheet, workbook
from niangjia.services.offers.models import Campaign
from niangjia.services.offers.records import COLLECTED, GIVEN_UP, RESERVED

MEASURES = (RESERVED, COLLECTED, GIVEN_UP)


@dataclass
class Row:
    """Pieces under one name."""

    name: str
    pieces: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MEASURES, 0))

    @property
    def reserved(self) -> int:
        return self.pieces[RESERVED]

    @property
    def collected(self) -> int:
        return self.pieces[COLLECTED]

    @property
    def given_up(self) -> int:
        return self.pieces[GIVEN_UP]

    @property
    def rate(self) -> str:
        """Collected of reserved in per cent; empty where nothing was reserved."""
        return f"{self.collected * 100 / self.reserved:.1f}%" if self.reserved else ""


@dataclass(frozen=True)
class Group:
    """One way to divide: by kind, by site, by union, by day."""

    label: Text
    head: Text
    rows: Sequence[Row]


@dataclass(frozen=True)
class Figures:
    """``total`` in pieces, ``persons`` by measure, and the same divided in four ways."""

    total: Row
    persons: Mapping[str, int]
    groups: Sequence[Group]

    @property
    def reserved_persons(self) -> int:
        return self.persons.get(RESERVED, 0)

    @property
    def collected_persons(self) -> int:
        return self.persons.get(COLLECTED, 0)


def figures(campaign: Campaign) -> Figures:
    """All figures of a campaign: a handful of statements, whatever the size."""
    sets = dict(dims.matching({"campaign": campaign.public_id}).values_list("id", "facts"))
    rows = LedgerRow.objects.live().filter(measure__in=MEASURES, dimset_id__in=list(sets)).order_by()
    by_set = list(rows.values_list("dimset_id", "measure").annotate(Sum("qty")))
    return Figures(
        total=_total(by_set),
        persons=dict(rows.values_list("measure").annotate(Count("person_id", distinct=True))),
        groups=(
            Group(_("按品类"), _("品类"), _by_fact(by_set, sets, "item", _item_names(campaign))),
            Group(_("按领取点"), _("领取点"), _by_fact(by_set, sets, "site", _site_names(sets))),
            Group(_("按会员所在工会"), _("工会"), _by_union(rows)),
            Group(_("按日期"), _("日期"), _by_day(rows)),
        ),
    )


def as_workbook(found: Figures) -> IO[bytes]:
    """The same as an xlsx, a sheet for each way to divide."""
    return workbook(
        Sheet(name=group.label, columns=[Column("name", group.head, width=32), *_COLUMNS], rows=_cells(group.rows))
        for group in found.groups
    )


_COLUMNS = (
    Column("reserved", _("预约（件）"), Kind.NUMBER),
    Column("collected", _("领取（件）"), Kind.NUMBER),
    Column("given_up", _("逾期未领（件）"), Kind.NUMBER),
    Column("rate", _("领取率"), Kind.SHARE),
)


def _cells(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    for row in rows:
        rate = row.collected / row.reserved if row.reserved else None
        yield {
            "name": row.name,
            "reserved": row.reserved,
            "collected": row.collected,
            "given_up": row.given_up,
            "rate": rate,
        }


def _total(by_set: Sequence[tuple[int, str, int]]) -> Row:
    total = Row("")
    for _set, measure, qty in by_set:
        total.pieces[measure] += qty
    return total


def _by_fact(
    by_set: Sequence[tuple[int, str, int]], sets: Mapping[int, Mapping[str, str]], fact: str, names: Mapping[str, str]
) -> list[Row]:
    """In the order of ``names``; what has no name any more stands last under its code."""
    found = {code: Row(name) for code, name in names.items()}
    for dimset, measure, qty in by_set:
        code = sets[dimset].get(fact, "")
        found.setdefault(code, Row(code)).pieces[measure] += qty
    return [row for row in found.values() if any(row.pieces.values())]


def _by_union(rows: QuerySet[LedgerRow]) -> list[Row]:
    counted: dict[int, Row] = defaultdict(lambda: Row(""))
    for union_id, measure, qty in rows.values_list("union_id", "measure").annotate(Sum("qty")):
        counted[union_id].pieces[measure] += qty
    unions = Union.objects.in_bulk(list(counted))
    for union_id, row in counted.items():
        row.name = unions[union_id].name if union_id in unions else str(union_id)
    return sorted(counted.values(), key=lambda row: (-row.reserved, row.name))


def _by_day(rows: QuerySet[LedgerRow]) -> list[Row]:
    counted: dict[str, Row] = {}
    for day, measure, qty in rows.order_by("day").values_list("day", "measure").annotate(Sum("qty")):
        counted.setdefault(f"{day}", Row(f"{day}")).pieces[measure] += qty
    return list(counted.values())


def _item_names(campaign: Campaign) -> dict[str, str]:
    return {item.code: item.name for item in campaign.items.all()}


def _site_names(sets: Mapping[int, Mapping[str, str]]) -> dict[str, str]:
    keys = {facts.get("site", "") for facts in sets.values()}
    return dict(Site.objects.filter(public_id__in=keys).order_by("name").values_list("public_id", "name"))
