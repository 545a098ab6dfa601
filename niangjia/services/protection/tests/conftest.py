from __future__ import annotations

from types import SimpleNamespace

import pytest

from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.platform.testing.kept import kept
from niangjia.services.protection import testing


def built():
    """The small tree; the city's free plan in two versions; officers of the unit, an agency clerk at the street, two
    reviewers of the city's office, an employer's agent."""
    tree = unions.small_tree()
    plan, first, second = testing.six_gifts(tree["CITY"])
    return SimpleNamespace(
        tree=tree,
        city=tree["CITY"],
        firm=tree["FIRM"],
        plan=plan,
        first=first,
        second=second,
        unit=unions.an_officer([(tree["FIRM"], Role.UNION_OFFICER)], "unit"),
        agency=unions.an_officer([(tree["EAST-1"], Role.AGENCY_CLERK)], "agency"),
        office=unions.an_officer([(tree["CITY"], Role.REVIEWER)], "office"),
        other_office=unions.an_officer([(tree["CITY"], Role.REVIEWER)], "other office"),
        agent=unions.an_officer([(tree["FIRM"], Role.EMPLOYER_AGENT)], "agent"),
    )


@pytest.fixture
def world(db, clock):
    """The world of these tests, with the clock."""
    world = kept(built)
    world.clock = clock
    return world
