"""What comes back is held for who waited longest, until a moment; after it the next one has it.

Locks: the place that is moved, then the cell, then the places that come next (see docs/concurrency.md). Every function
here needs an open transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import Decision, allow
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.lifecycle.lifecycle import Effects
from niangjia.platform.notices.kinds import Notice
from niangjia.services.offers import notices, rules
from niangjia.services.offers.chances.models import WaitingQuerySet
from niangjia.services.offers.models import Cell, Reservation, Waiting
from niangjia.services.offers.states import CampaignState, WaitingEvent, WaitingState

OFFERING_STATES = (CampaignState.PUBLISHED, CampaignState.OPEN, CampaignState.CLOSED)
"""States of a campaign in which pieces are offered: also after the closing, as long as something can be collected."""

BATCH = 500


def offer_what_is_left(cell_id: int) -> int:
    """Hold the free pieces of a cell for those who waited longest; returns how many were offered.

    Whoever has a piece of the campaign by now is passed over and keeps the place. Nothing is offered for a day that is
    over.
    """
    if not Waiting.objects.filter(cell=cell_id).next_first().exists():
        return 0
    cell = locked_cell(cell_id)
    offered = 0
    while may_be_offered(cell) and cell.left > 0 and (places := _next_places(cell, min(cell.left, BATCH))):
        hold(cell, places, actor=Actor.system("offers.waiting_list"), decision=allow("system"))
        offered += len(places)
    return offered


def locked_cell(cell_id: int) -> Cell:
    """The cell as it stands, held until the end of the transaction; reservations may still point to it."""
    rows = Cell.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("campaign", "item", "site").get(pk=cell_id)


def hold(cell: Cell, places: Sequence[Waiting], *, actor: Actor, decision: Decision) -> None:
    """Hold a piece for each of ``places``, which wait for ``cell``; both must be locked."""
    until = offered_until(cell)
    lifecycle.apply_many(
        places,
        WaitingEvent.OFFER,
        actor=actor,
        decision=decision,
        effects_for=lambda place: Effects(changes={"offered_until": until}, notices=[_offered(cell, place, until)]),
    )
    Cell.objects.filter(pk=cell.pk).update(taken=F("taken") + len(places))
    cell.taken += len(places)


def offered_until(cell: Cell) -> datetime:
    """How long a piece is held that is offered now: never beyond the day on which it is to be collected."""
    held: datetime = clock.now() + timedelta(hours=cell.campaign.offer_hours)
    return min(held, clock.moment(cell.day + timedelta(days=1)))


def next_places(cell_id: int) -> WaitingQuerySet:
    """Those who wait for a cell and have nothing of its campaign, who came first first."""
    has_one = Reservation.objects.counting().filter(campaign=OuterRef("campaign"), person=OuterRef("person"))
    rows: WaitingQuerySet = Waiting.objects.filter(~Exists(has_one), cell=cell_id).next_first()
    return rows


def _next_places(cell: Cell, most: int) -> list[Waiting]:
    """Up to ``most`` places, locked. Who leaves at this very moment is not among them, and the next ones are asked."""
    while keys := list(next_places(cell.pk).values_list("pk", flat=True)[:most]):
        locked = Waiting.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys).order_by("id")
        places = [place for place in locked.select_related("person") if place.state == WaitingState.WAITING]
        for place in places:
            place.campaign = cell.campaign
        if places:
            return places
    return []


def may_be_offered(cell: Cell) -> bool:
    """Whether what is left of the cell can still be had: its day, its kind and its campaign are not over."""
    return cell.day >= clock.today() and cell.campaign.state in OFFERING_STATES and cell.item.withdrawn_at is None


def _offered(cell: Cell, place: Waiting, until: datetime) -> Notice:
    values = {"title": cell.campaign.title, "item": cell.item.name, "until": rules.moment_words(until)}
    return Notice(notices.OFFERED, place.user_id, values, link=f"/offers/mine/waiting/{place.public_id}/take/")
