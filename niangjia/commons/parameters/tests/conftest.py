from __future__ import annotations

import pytest

from niangjia.commons.unions import testing
from niangjia.platform.testing.kept import kept


@pytest.fixture
def tree_of(db):
    """The small tree, by code."""
    return kept(testing.small_tree)
