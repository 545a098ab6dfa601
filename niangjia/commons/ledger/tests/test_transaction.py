"""The ledger is written inside the transaction of the change it tells of, or not at all."""

from __future__ import annotations

import pytest

from niangjia.commons.ledger import write
from niangjia.kernel import clock


def test_nothing_is_booked_outside_a_transaction() -> None:
    with pytest.raises(write.LedgerError):
        write.book([], at=clock.now())


def test_nothing_is_reversed_outside_a_transaction() -> None:
    with pytest.raises(write.LedgerError):
        write.reverse("test.thing", 1, at=clock.now())
