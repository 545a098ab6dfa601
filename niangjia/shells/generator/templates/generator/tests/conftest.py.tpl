from __future__ import annotations

from types import SimpleNamespace

import pytest

from @package@ import actions
from niangjia.commons.people import testing as people
from niangjia.commons.unions import testing as unions


def a_member(union, name, sign_in_name):
    user = unions.a_user(sign_in_name)
    person = people.a_person(name, user_id=user.pk)
    people.a_member(union, person=person)
    return people.signed_in(person)


@pytest.fixture
def world(db, clock):
    """A street with two members and an officer, its sibling, the district, and an employer's agent."""
    tree = unions.small_tree()
    street = tree["EAST-1"]
    return SimpleNamespace(
        street=street,
        member=a_member(street, "张三", "member"),
        neighbour=a_member(street, "李四", "neighbour"),
        officer=unions.an_officer([(street, "union_officer")], "street"),
        sibling=unions.an_officer([(tree["EAST-2"], "union_officer")], "sibling"),
        district=unions.an_officer([(tree["EAST"], "union_officer")], "district"),
        agent=unions.an_officer([(street, "employer_agent")], "agent"),
    )


@pytest.fixture
def sent(world):
    """A request of the member."""
    return actions.submit(wish="需要一次法律咨询", actor=world.member)
