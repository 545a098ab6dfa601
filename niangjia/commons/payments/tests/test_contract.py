"""Payments keep the contract of a room."""

import pytest

from niangjia.commons.payments.room import ROOM
from niangjia.platform.testing.contract import breaches

pytestmark = pytest.mark.django_db


def test_payments_keep_the_contract():
    assert breaches(ROOM) == []
