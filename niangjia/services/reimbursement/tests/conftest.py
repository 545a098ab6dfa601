from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from niangjia.commons.payments import testing as payments
from niangjia.commons.people import testing as people
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.platform.testing.kept import kept
from niangjia.services.reimbursement import testing

SINCE = date(2025, 1, 1)


def built():
    """A district with a clerk and two reviewers; two members of a firm there, a courier and somebody of another."""
    tree = unions.small_tree()
    east = tree["EAST"]
    payments.a_fund(east, 10_000_000_00, "reimbursement")
    testing.nothing_by_chance(tree["CITY"])
    members = [
        people.a_member(tree["FIRM"], person=people.a_person(name, serial=serial), day=SINCE).person
        for serial, name in ((1, "赵一"), (2, "钱二"))
    ]
    west = people.a_member(tree["WEST-1"], person=people.a_person("孙西", serial=3), day=SINCE).person
    return SimpleNamespace(
        tree=tree,
        east=east,
        members=members,
        west=west,
        clerk=unions.an_officer([(east, Role.AGENCY_CLERK)], "clerk"),
        reviewer=unions.an_officer([(east, Role.REVIEWER)], "reviewer"),
        both=unions.an_officer([(east, Role.AGENCY_CLERK), (east, Role.REVIEWER)], "both"),
        agent=unions.an_officer([(tree["FIRM"], Role.EMPLOYER_AGENT)], "agent"),
    )


def row(which, number, paid="1100.00", **more):
    """A line of the feed about one of the three."""
    return testing.a_row(("赵一", "钱二", "孙西")[which - 1], people.an_id_number(which), number, paid, **more)


@pytest.fixture
def world(db, clock):
    """The world of these tests, with what writes lines of its feed."""
    world = kept(built)
    world.row = row
    return world
