"""What ends with a campaign that is settled or called off: places on waiting lists, wishes, what was not yet heard."""

from __future__ import annotations

from django.db.models import F

from niangjia.commons.entitlement.models import Use
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import allow
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices.models import Message
from niangjia.services.offers import notices
from niangjia.services.offers.models import Campaign, Cell, Waiting, Wish
from niangjia.services.offers.states import WaitingEvent, WaitingState, WishEvent, WishState

BATCH = 500
WISH_SOURCE = "offers.wish"


def end_chances(campaign: Campaign, *, actor: Actor) -> None:
    """End everything that still hopes for a piece of ``campaign``. Needs a transaction."""
    end_places(campaign, actor=actor)
    end_wishes(campaign, actor=actor)
    withdraw_announcement(campaign)


def end_places(campaign: Campaign, *, actor: Actor) -> int:
    """End every place on its waiting lists, held pieces back in the stock; returns how many."""
    queued = Waiting.objects.queued().filter(campaign=campaign).order_by("id")
    held_first = queued.filter(state=WaitingState.OFFERED.value).select_for_update(of=("self",), no_key=True)
    list(held_first.values_list("pk", flat=True))
    cells = Cell.objects.filter(pk__in=list(queued.values_list("cell_id", flat=True))).order_by("pk")
    list(cells.select_for_update(no_key=True).values_list("pk", flat=True))
    places = list(queued.select_for_update(of=("self",), no_key=True).select_related("campaign", "person"))
    held: dict[int, int] = {}
    for place in places:
        if place.state == WaitingState.OFFERED:
            held[place.cell_id] = held.get(place.cell_id, 0) + 1
    for start in range(0, len(places), BATCH):
        part = places[start : start + BATCH]
        lifecycle.apply_many(part, WaitingEvent.LEAVE, actor=actor, decision=allow("campaign ended"))
    for cell_id, count in sorted(held.items()):
        Cell.objects.filter(pk=cell_id).update(taken=F("taken") - count)
    return len(places)


def end_wishes(campaign: Campaign, *, actor: Actor) -> int:
    """Take every wish back that was not drawn; returns how many."""
    rows = Wish.objects.filter(campaign=campaign, state=WishState.ENTERED.value).select_related("campaign", "person")
    wishes = list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))
    for start in range(0, len(wishes), BATCH):
        part = wishes[start : start + BATCH]
        lifecycle.apply_many(part, WishEvent.TAKE_BACK, actor=actor, decision=allow("campaign ended"))
        give_back_uses(part)
    return len(wishes)


def give_back_uses(wishes: list[Wish]) -> None:
    """What may be had once was taken with the wish, and is free again."""
    Use.objects.filter(source_type=WISH_SOURCE, source_id__in=[wish.pk for wish in wishes]).delete()


def withdraw_announcement(campaign: Campaign) -> int:
    """Remove announcements that were written down and that nobody can have heard yet."""
    unheard = Message.objects.filter(created_at__gt=clock.now(), kind=notices.ANNOUNCED.code)
    return unheard.filter(link=announced_link(campaign)).delete()[0]


def announced_link(campaign: Campaign) -> str:
    """Where an announcement leads."""
    return f"/offers/{campaign.public_id}/"
