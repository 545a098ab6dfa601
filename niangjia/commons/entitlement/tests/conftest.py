from __future__ import annotations

import pytest

from niangjia.commons.unions import testing as unions
from niangjia.platform.testing.kept import kept


@pytest.fixture
def tree(db, clock):
    """The small tree by code, on Wednesday, 4 March 2026."""
    return kept(unions.small_tree)
