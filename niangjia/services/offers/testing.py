"""Builders for tests, benchmarks and the demonstration: a site, a campaign with stock, members who reserve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from niangjia.commons.people import testing as people
from niangjia.commons.people.models import Person
from niangjia.commons.places.actions import open_site
from niangjia.commons.places.models import Site
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.identifiers import invented_phone
from niangjia.platform.accounts import phones
from niangjia.platform.accounts.models import User
from niangjia.services.offers import actions
from niangjia.services.offers.campaign.campaigns import NewItem, Plan, Stock
from niangjia.services.offers.models import Campaign, Cell, Reservation
from niangjia.services.offers.rush.catalogue import Choice

SYSTEM = Actor.system("test")


def a_site(union: Union, name: str = "职工之家") -> Site:
    """A place of collection of a union."""
    return open_site(actor=SYSTEM, union_id=union.pk, name=name, address="甲路 1 号", hours="9:00–17:00")


def a_member(union: Union, serial: int, *, name: str = "张三", **more: Any) -> Actor:
    """The actor of a member of ``union`` with an account, the invented person ``serial``; member for a month."""
    phone = invented_phone(serial)
    user = User.objects.create(phone=phone, phone_index=phones.index_of(phone))
    person = people.a_person(name, serial=serial, user_id=user.pk, **more)
    people.a_member(union, person=person, day=clock.today() - timedelta(days=30))
    return people.signed_in(person)


def a_plan(**changes: Any) -> Plan:
    """First come, open since a minute ago for a week, pick-up today and the six days after, for every member."""
    now = clock.now()
    plan = Plan(
        title="新春礼物",
        opens_at=now - timedelta(minutes=1),
        closes_at=now + timedelta(days=6),
        pickup_from=clock.today(),
        pickup_until=clock.today() + timedelta(days=6),
        summary="十三种礼物，每人一份",
    )
    return replace(plan, **changes)


@dataclass(frozen=True)
class Offer:
    """A published campaign with its sites, and the choices there are, in the order of items, sites and days."""

    campaign: Campaign
    sites: tuple[Site, ...]
    choices: tuple[Choice, ...]

    @property
    def key(self) -> str:
        return self.campaign.public_id

    @property
    def choice(self) -> Choice:
        """The first choice."""
        return self.choices[0]

    def cell(self, choice: Choice | None = None) -> Cell:
        """The stock of a choice as it stands now."""
        wanted = choice or self.choice
        return Cell.objects.get(
            campaign=self.campaign, item__public_id=wanted.item, site__public_id=wanted.site, day=wanted.day
        )


def a_draft(
    union: Union,
    *,
    pieces: int = 2,
    items: Sequence[str] = ("鸡蛋", "蜂蜜"),
    sites: Sequence[Site] = (),
    days: Sequence[date] = (),
    actor: Actor = SYSTEM,
    **plan: Any,
) -> Campaign:
    """A draft with ``pieces`` of each item at each site (one is made when none is given) on each day (today)."""
    campaign = actions.draw_up(union_id=union.pk, plan=a_plan(**plan), actor=actor)
    named = [NewItem(f"k{number:02d}", name) for number, name in enumerate(items, 1)]
    actions.set_items(public_id=campaign.public_id, items=named, actor=actor)
    places = sites or (a_site(union, f"{union.name}{campaign.pk}号领取点"),)
    stocks = [
        Stock(item.code, site.pk, day, pieces)
        for item in named
        for site in places
        for day in (days or (campaign.pickup_from,))
    ]
    actions.set_stock(public_id=campaign.public_id, stocks=stocks, actor=actor)
    return campaign


def an_offer(union: Union, **more: Any) -> Offer:
    """A published campaign; see :func:`a_draft` and :func:`a_plan` for what may be said."""
    campaign = actions.publish(public_id=a_draft(union, **more).public_id, actor=more.get("actor", SYSTEM))
    return offer_of(campaign)


def offer_of(campaign: Campaign) -> Offer:
    """What there is to choose in a campaign."""
    cells = Cell.objects.filter(campaign=campaign).select_related("item", "site").order_by("item", "site", "day")
    choices = tuple(Choice(cell.item.public_id, cell.site.public_id, cell.day) for cell in cells)
    return Offer(campaign, tuple(dict.fromkeys(cell.site for cell in cells)), choices)


def reserve(offer: Offer, actor: Actor, choice: Choice | None = None, *, key: str = "") -> Reservation:
    """Reserve as a member would, with a request key of its own unless one is given."""
    made = actions.reserve(campaign=offer.key, choice=choice or offer.choice, key=key or uuid4().hex, actor=actor)
    found: Reservation = Reservation.objects.with_names().select_related("person").get(pk=made.id)
    return found


def person_of(actor: Actor) -> Person:
    """The person behind a member's session."""
    return Person.objects.get(user_id=actor.user_id or 0)
