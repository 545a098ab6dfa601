"""A small tree, its officers at their desks, members and an application that waits."""

from __future__ import annotations

import pytest
from django.test import Client

from niangjia.commons.people.models import Membership
from niangjia.commons.people.testing import a_member
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.testing import an_officer, small_tree
from niangjia.kernel.actor import Actor
from niangjia.platform.testing.clients import staff_client
from niangjia.platform.testing.kept import kept


@pytest.fixture
def unions(db: None) -> dict[str, Union]:
    return kept(small_tree)


@pytest.fixture
def officer(unions: dict[str, Union]) -> Actor:
    """An officer of the street EAST-1."""
    return an_officer([(unions["EAST-1"], "union_officer")], "east")


@pytest.fixture
def desk(officer: Actor) -> Client:
    return staff_client(officer)


@pytest.fixture
def elsewhere(unions: dict[str, Union]) -> Client:
    """An officer of the street WEST-1."""
    return staff_client(an_officer([(unions["WEST-1"], "union_officer")], "west"))


@pytest.fixture
def reading(unions: dict[str, Union]) -> Client:
    """A reviewer of the district above, who reads and changes nothing."""
    return staff_client(an_officer([(unions["EAST"], "reviewer")], "reader"))


@pytest.fixture
def membership(unions: dict[str, Union]) -> Membership:
    return a_member(unions["FIRM"], "欧阳建国")
