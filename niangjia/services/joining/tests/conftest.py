from __future__ import annotations

from types import SimpleNamespace

import pytest

from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.platform.testing.kept import kept
from niangjia.services.joining import testing


def built():
    """The small tree with an officer at a street, at the firm's union, and an employer's agent there."""
    tree = unions.small_tree()
    return SimpleNamespace(
        tree=tree,
        street=tree["EAST-1"],
        firm=tree["FIRM"],
        officer=unions.an_officer([(tree["EAST-1"], Role.UNION_OFFICER)], "street"),
        other_officer=unions.an_officer([(tree["EAST-2"], Role.UNION_OFFICER)], "other street"),
        firm_officer=unions.an_officer([(tree["FIRM"], Role.UNION_OFFICER)], "firm"),
        district=unions.an_officer([(tree["EAST"], Role.REVIEWER)], "district"),
        agent=unions.an_officer([(tree["FIRM"], Role.EMPLOYER_AGENT)], "agent"),
    )


@pytest.fixture
def world(db, clock):
    """The world of these tests, with the clock."""
    world = kept(built)
    world.clock = clock
    return world


def applied(world):
    application, applicant = testing.application(1, world.street)
    return SimpleNamespace(application=application, applicant=applicant, key=application.public_id)


@pytest.fixture
def sent(world):
    """An application at the street, and its applicant."""
    return kept(applied, world)
