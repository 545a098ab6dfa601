"""What this room leaves in the ledger: pieces reserved, collected, given up, each for one person at that person's
union, with the facts of campaign, item, site and worker category; and the kinds of
things that a campaign has to give."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from niangjia.commons.people.categories import is_new_form
from niangjia.kernel import clock
from niangjia.platform.lifecycle.records import Record

if TYPE_CHECKING:
    from niangjia.services.offers.models import Campaign, Item, Reservation

PROGRAMME = "offers"
RESERVED, COLLECTED, GIVEN_UP = "offers.reserved", "offers.collected", "offers.given_up"
CATEGORIES = "offers.categories"
SOURCE_TYPE = "offers.reservation"


def dims(*, campaign: str, item: str, site: str, category: str) -> Mapping[str, str]:
    """The facts under which a piece counts: public ids of campaign and site, the item's code, the worker's category."""
    return {
        "campaign": campaign,
        "item": item,
        "site": site,
        "category": category,
        "new_form": "yes" if is_new_form(category) else "no",
    }


def dims_of(reservation: Reservation) -> Mapping[str, str]:
    """The facts of a reservation; campaign, item and site must be loaded."""
    return dims(
        campaign=reservation.campaign.public_id,
        item=reservation.item.code,
        site=reservation.site.public_id,
        category=reservation.category,
    )


def reserved(reservation: Reservation) -> Record:
    """One piece promised to one person."""
    return _record(reservation, RESERVED)


def collected(reservation: Reservation, day: date | None = None) -> Record:
    """One piece handed out, on ``day`` or today."""
    return _record(reservation, COLLECTED, day)


def given_up(reservation: Reservation) -> Record:
    """One piece that was not collected in time."""
    return _record(reservation, GIVEN_UP)


def category(campaign: Campaign, item: Item) -> Record:
    """One kind of thing that an opened campaign has to give, for the union that gives it."""
    facts = {"campaign": campaign.public_id, "item": item.code}
    return Record(PROGRAMME, CATEGORIES, campaign.union_id, day=clock.day_of(campaign.opens_at), dims=facts)


def _record(reservation: Reservation, measure: str, day: date | None = None) -> Record:
    person, facts = reservation.person_id, dims_of(reservation)
    return Record(PROGRAMME, measure, reservation.union_id, person_id=person, day=day, dims=facts)
