from __future__ import annotations

from types import SimpleNamespace

import pytest

from niangjia.commons.people.cards import queries as cards
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.platform.testing.kept import kept
from niangjia.services.offers import testing
from niangjia.services.offers.rush import catalogue


@pytest.fixture(autouse=True)
def nothing_remembered():
    """A test's campaigns are not another's."""
    catalogue.forget()


def built():
    """The small tree with an officer at the district, a keeper at a street, an employer's agent, and two members."""
    tree = unions.small_tree()
    return SimpleNamespace(
        tree=tree,
        district=tree["EAST"],
        street=tree["EAST-1"],
        other=tree["WEST"],
        officer=unions.an_officer([(tree["EAST"], Role.UNION_OFFICER)], "district"),
        other_officer=unions.an_officer([(tree["WEST"], Role.UNION_OFFICER)], "west"),
        keeper=unions.an_officer([(tree["EAST-1"], Role.SITE_KEEPER)], "keeper"),
        agent=unions.an_officer([(tree["FIRM"], Role.EMPLOYER_AGENT)], "agent"),
        member=testing.a_member(tree["EAST-1"], 1),
        second=testing.a_member(tree["EAST-2"], 2, name="李四"),
        stranger=testing.a_member(tree["WEST-1"], 3, name="王五"),
    )


@pytest.fixture
def world(db, clock):
    """The world of these tests, with the clock."""
    world = kept(built)
    world.clock = clock
    return world


def offered(world):
    """Two pieces of eggs and two of honey, at one site of the street, today, for the district's members."""
    return testing.an_offer(
        world.district, sites=[testing.a_site(world.street)], rule=[{"is": "union", "any_of": ["EAST"]}]
    )


@pytest.fixture
def offer(world):
    """The offer of these tests, made before anything else."""
    return kept(offered, world)


@pytest.fixture
def counter(world, offer):
    """A member with a reservation for today at the keeper's site, and the code on the member's phone."""
    world.offer, world.made = offer, testing.reserve(offer, world.member)
    world.site = offer.sites[0].public_id
    world.card = cards.card_of(world.member.person_id)
    return world
