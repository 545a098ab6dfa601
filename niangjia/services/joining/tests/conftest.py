from __future__ import annotations

from types import SimpleNamespace

import pytest

from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.services.joining import testing


@pytest.fixture
def world(db, clock):
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
        clock=clock,
    )


@pytest.fixture
def sent(world):
    """An application at the street, and its applicant."""
    application, applicant = testing.application(1, world.street)
    return SimpleNamespace(application=application, applicant=applicant, key=application.public_id)
