"""What a process remembers about a campaign, so that a rush does not read it anew for everybody.

Remembered is only what stands still: kinds, sites, days, moments, who may take part. What moves (stock, state, who has
reserved) is read each time. Every change of a campaign raises its ``revision``; the reading before each reservation
brings the present one along, and a process that remembers an older one reads again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from niangjia.commons.entitlement import compile as entitlement
from niangjia.commons.entitlement.rules import Rule, parse
from niangjia.commons.ledger import dims
from niangjia.commons.people.categories import WorkerCategory
from niangjia.kernel import clock
from niangjia.services.offers import records
from niangjia.services.offers.models import Campaign, Cell, Item
from niangjia.services.offers.rules import Schedule

REMEMBERED_SECONDS = 60
"""After this long a campaign is read again even if nothing told of a change."""

_MOST = 200


@dataclass(frozen=True)
class Choice:
    """What somebody asks for: public ids of item and site, and the day of collection."""

    item: str
    site: str
    day: date


@dataclass(frozen=True)
class Place:
    """One cell of stock with its names."""

    cell_id: int
    item_id: int
    item_name: str
    item_code: str
    site_id: int
    site_key: str
    site_name: str
    day: date


@dataclass(frozen=True)
class Remembered:
    """A campaign as a process keeps it. ``entitled_sql`` selects the ids of everybody who may take part.

    ``dimsets`` are ids of interned facts by item code, site and worker category. ``next_wave`` is when the next part of
    the stock is due. ``day`` is the day for which it was read: who may take part is judged on it.
    """

    id: int
    public_id: str
    title: str
    union_id: int
    schedule: Schedule
    is_draw: bool
    is_drawn: bool
    has_waiting_list: bool
    rule: Rule
    revision: int
    entitled_sql: str
    entitled_params: tuple[Any, ...]
    places: Mapping[Choice, Place]
    items: frozenset[str]
    dimsets: Mapping[tuple[str, str, str], int]
    next_wave: datetime | None
    day: date


_kept: dict[str, tuple[float, Remembered]] = {}


def remembered(public_id: str) -> Remembered | None:
    """The campaign, from memory if it is fresh; None when members see no such campaign."""
    kept = _kept.get(public_id)
    if kept is not None and time.monotonic() - kept[0] < REMEMBERED_SECONDS and kept[1].day == clock.today():
        return kept[1]
    return read_again(public_id)


def read_again(public_id: str) -> Remembered | None:
    """Read the campaign from the database and remember it."""
    _kept.pop(public_id, None)
    campaign = Campaign.objects.shown().filter(public_id=public_id).first()
    if campaign is None:
        return None
    if len(_kept) >= _MOST:
        _kept.clear()
    found = read(campaign)
    _kept[public_id] = (time.monotonic(), found)
    return found


def forget(**_signal: Any) -> None:
    """Forget everything: a flushed or restored database has other ids."""
    _kept.clear()


def read(campaign: Campaign) -> Remembered:
    """What there is to remember about ``campaign``."""
    rule, today = parse(campaign.rule), clock.today()
    sql, params = entitlement.select_sql(rule, today)
    cells = list(Cell.objects.filter(campaign=campaign, item__withdrawn_at=None).select_related("item", "site"))
    wave = campaign.waves.filter(released_at=None).order_by("opens_at").first()
    return Remembered(
        id=campaign.pk,
        public_id=campaign.public_id,
        title=campaign.title,
        union_id=campaign.union_id,
        schedule=schedule_of(campaign),
        is_draw=campaign.is_draw,
        is_drawn=campaign.drawn_at is not None,
        has_waiting_list=campaign.has_waiting_list,
        rule=rule,
        revision=campaign.revision,
        entitled_sql=sql,
        entitled_params=tuple(params),
        places={Choice(cell.item.public_id, cell.site.public_id, cell.day): _place(cell) for cell in cells},
        items=frozenset(Item.objects.filter(campaign=campaign, withdrawn_at=None).values_list("public_id", flat=True)),
        dimsets=_dimsets(campaign, cells),
        next_wave=wave.opens_at if wave is not None else None,
        day=today,
    )


def schedule_of(campaign: Campaign) -> Schedule:
    """The moments of a campaign as the rules take them."""
    return Schedule(
        campaign.opens_at, campaign.first_come_from, campaign.closes_at, campaign.pickup_from, campaign.pickup_until
    )


def all_facts(campaign: Campaign, cells: list[Cell]) -> dict[tuple[str, str, str], Mapping[str, str]]:
    """Every set of facts under which a piece of these cells can count, by item code, site and worker category."""
    places = {(cell.item.code, cell.site.public_id) for cell in cells}
    return {
        (item, site, category.value): records.dims(
            campaign=campaign.public_id, item=item, site=site, category=category.value
        )
        for item, site in sorted(places)
        for category in WorkerCategory
    }


def _place(cell: Cell) -> Place:
    return Place(
        cell_id=cell.pk,
        item_id=cell.item_id,
        item_name=cell.item.name,
        item_code=cell.item.code,
        site_id=cell.site_id,
        site_key=cell.site.public_id,
        site_name=cell.site.name,
        day=cell.day,
    )


def _dimsets(campaign: Campaign, cells: list[Cell]) -> dict[tuple[str, str, str], int]:
    facts = all_facts(campaign, cells)
    known = dims.find(facts.values())
    digests = {key: dims.hash_of(one) for key, one in facts.items()}
    return {key: known[digest] for key, digest in digests.items() if digest in known}
