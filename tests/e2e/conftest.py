"""What several stories begin with, beside the demonstration."""

from __future__ import annotations

import pytest

from niangjia.commons.payments import testing as payments
from niangjia.commons.unions import testing as unions
from niangjia.platform.testing.kept import kept


@pytest.fixture
def tree(transactional_db):
    """The small tree by code."""
    return kept(unions.small_tree)


@pytest.fixture
def finance(tree):
    """Who prepares payments of the city, and who releases them."""
    return payments.finance(tree["CITY"])
