from __future__ import annotations

import pytest

from niangjia.commons.unions import testing


@pytest.fixture
def tree_of(db):
    """The small tree, by code."""
    return testing.small_tree()
