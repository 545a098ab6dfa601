"""What the matrix calls on in the room of offers: campaigns of the district EAST, and what members have of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from niangjia.commons.people.models import Person
from niangjia.commons.places.models import Site
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.platform.accounts.models import User
from niangjia.services.offers import actions, testing
from niangjia.services.offers.models import Campaign, Item, Mode, Reservation
from niangjia.services.offers.rush import catalogue
from niangjia.services.offers.testing import Offer

if TYPE_CHECKING:
    from tests.matrix.world import World

FREE = "offerfree000000000000000"
"""The campaign of which nobody has anything yet."""
FULL = "offerfull000000000000000"
"""The campaign whose only piece is taken, with a waiting list."""
HELD = "offerheld000000000000000"
"""The campaign of which two members hold a reservation."""
DRAW = "offerdraw000000000000000"
"""The draw in which nobody has a wish yet."""
WISHED = "offerwish000000000000000"
"""The draw in which two members have one."""
SITE = "offersite000000000000000"
MEMBERS = ("EAST-1", "WEST-1")


def item(campaign: str) -> str:
    """The key of the campaign's first kind."""
    return campaign[:12] + "item"


def add(world: World) -> None:
    """Put it all into the world; every member may take part."""
    site = testing.a_site(world.unions["EAST"], "哨兵领取点")
    Site.objects.filter(pk=site.pk).update(public_id=SITE)
    site.public_id = SITE
    foreign = testing.a_site(world.unions["WEST"], "外区领取点")
    world.add("site", foreign.public_id, "WEST")
    world.add("kept_site", SITE, "EAST")
    world.add("kept_site", foreign.public_id, "WEST")
    _held(world, site)
    sheet = actions.begin_sheet(campaign=HELD, site=SITE, day=clock.today(), actor=testing.SYSTEM)
    world.add("sheet", sheet.public_id, "EAST")
    _chances(world, site)
    _no_shows(world, site)
    foreign_item = _offer(world, site, "offerother00000000000000").choice.item
    world.add("gift", foreign_item, "EAST")
    catalogue.forget()


def _offer(world: World, site: Site, key: str, **more: Any) -> Offer:
    """A campaign under a fixed key, its first kind too."""
    made = testing.an_offer(world.unions["EAST"], sites=[site], title=f"哨兵活动{key[:9]}", **more)
    Campaign.objects.filter(pk=made.campaign.pk).update(public_id=key)
    first = Item.objects.filter(campaign=made.campaign).order_by("position").first()
    assert first is not None
    Item.objects.filter(pk=first.pk).update(public_id=item(key))
    catalogue.forget()
    return testing.offer_of(Campaign.objects.get(pk=made.campaign.pk))


def _member(world: World, place: str) -> Actor:
    """The member who joined at ``place``."""
    user_id = world.actors[f"joined@{place}"].user_id
    person = Person.objects.get(user=User.objects.get(pk=user_id))
    return Actor(ActorKind.MEMBER, name=person.name, user_id=user_id, person_id=person.pk)


def _reserve(offer: Offer, actor: Actor) -> Reservation:
    return testing.reserve(offer, actor)


def _held(world: World, site: Site) -> None:
    _offer(world, site, FREE)
    held = _offer(world, site, HELD)
    for key in (FREE, FULL, HELD, DRAW, WISHED):
        world.add("campaign", key, "EAST")
    for place in MEMBERS:
        _mine(world, "reservation", _reserve(held, _member(world, place)), place)


def _mine(world: World, kind: str, row: Any, place: str) -> None:
    """Something of the member's; its texts are for the member and for who reads in the district."""
    owner = f"joined@{place}"
    world.add(kind, row.public_id, "EAST", owner)
    world.mark("EAST", owner, row.public_id, getattr(row, "number", ""))


def _chances(world: World, site: Site) -> None:
    """A waiting list with a piece offered, one that is full, and two draws."""
    east, west = (_member(world, place) for place in MEMBERS)
    full = _offer(world, site, FULL, pieces=1, has_waiting_list=True)
    _reserve(full, _somebody(world))
    offered = _offer(world, site, "offeroffered000000000000", pieces=1, has_waiting_list=True)
    first = _reserve(offered, west)
    _mine(world, "waiting", actions.queue(campaign=offered.key, choice=offered.choice, actor=east), "EAST-1")
    actions.cancel(public_id=first.public_id, actor=west)
    until = clock.now() + timedelta(days=1)
    _offer(world, site, DRAW, mode=Mode.DRAW, wishes_until=until)
    world.add("draw", DRAW, "EAST")
    wished = _offer(world, site, WISHED, mode=Mode.DRAW, wishes_until=until)
    for place, actor in zip(MEMBERS, (east, west), strict=True):
        _mine(world, "wish", actions.enter(campaign=wished.key, choices=[wished.choice], actor=actor), place)


def _somebody(world: World) -> Actor:
    """A member who is nobody's caller."""
    return testing.a_member(world.unions["EAST-2"], 7901, name="哨兵甲")


def _no_shows(world: World, site: Site) -> None:
    """What nobody came for: the pick-up day is made yesterday, as if a night had passed."""
    past = _offer(world, site, "offerpast000000000000000")
    for place in MEMBERS:
        row = _reserve(past, _member(world, place))
        Reservation.objects.filter(pk=row.pk).update(day=clock.today() - timedelta(days=1))
        actions.give_up(public_id=row.public_id, actor=testing.SYSTEM)
        _mine(world, "no_show", row, place)
