from __future__ import annotations

import pytest

from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.testing import a_member, a_person
from niangjia.commons.unions import testing as unions
from niangjia.platform.accounts.models import User
from niangjia.platform.testing.kept import kept


@pytest.fixture
def tree(db, clock):
    """The small tree by code, on Wednesday, 4 March 2026."""
    return kept(unions.small_tree)


@pytest.fixture
def wang(tree):
    """A member of EAST-1 with an account, hence with a card."""
    user = User.objects.create(display_name="")
    return a_member(tree["EAST-1"], person=a_person("王小丽", user_id=user.pk)).person


@pytest.fixture
def card(wang):
    return Card.objects.get(person=wang)
