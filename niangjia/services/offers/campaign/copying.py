"""An earlier campaign as the draft of a new one: the same kinds, places and pieces on later days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db import transaction

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.services.offers.campaign import campaigns
from niangjia.services.offers.campaign.campaigns import NewItem, Plan, Stock
from niangjia.services.offers.desk import queries as console_queries
from niangjia.services.offers.models import Campaign, Cell

MARK = "（副本）"
LONGEST_TITLE = 60


@transaction.atomic()
def copy(*, public_id: str, actor: Actor) -> Campaign:
    """A draft like the campaign, moved by whole days so that it opens tomorrow or later.

    Extra pieces and waves are not copied: the first were exceptions, the second are planned anew. Raises NotFound,
    NotAllowed.
    """
    original = console_queries.campaign_for(actor, public_id)
    days = _days_later(original)
    plan = _moved(console_queries.plan_of(original), days)
    draft = campaigns.draw_up(union_id=original.union_id, plan=plan, actor=actor)
    items = [
        NewItem(item.code, item.name, item.description, item.supplier_id, item.value_fen)
        for item in original.items.filter(withdrawn_at=None)
    ]
    if items:
        campaigns.set_items(public_id=draft.public_id, items=items, actor=actor)
        campaigns.set_stock(public_id=draft.public_id, stocks=_stocks(original, days), actor=actor)
    return draft


def _days_later(original: Campaign) -> timedelta:
    tomorrow = clock.today() + timedelta(days=1)
    return max(timedelta(), tomorrow - clock.day_of(original.opens_at))


def _moved(plan: Plan, days: timedelta) -> Plan:
    return replace(
        plan,
        title=plan.title.removesuffix(MARK)[: LONGEST_TITLE - len(MARK)] + MARK,
        opens_at=plan.opens_at + days,
        closes_at=plan.closes_at + days,
        wishes_until=_later(plan.wishes_until, days),
        announce_at=_later(plan.announce_at, days),
        pickup_from=plan.pickup_from + days,
        pickup_until=plan.pickup_until + days,
    )


def _later(moment: datetime | None, days: timedelta) -> datetime | None:
    return None if moment is None else moment + days


def _stocks(original: Campaign, days: timedelta) -> list[Stock]:
    """Sites that are closed by now are left out."""
    cells = Cell.objects.filter(campaign=original, size__gt=0, item__withdrawn_at=None).select_related("item", "site")
    open_on: date = clock.today()
    return [
        Stock(cell.item.code, cell.site_id, cell.day + days, cell.size)
        for cell in cells
        if cell.site.closed_on is None or cell.site.closed_on > open_on
    ]
