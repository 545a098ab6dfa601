"""The endpoint of the rush with real connections at once, on PostgreSQL, and with a row that is held elsewhere."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection, transaction

from niangjia.platform.testing.races import at_once
from niangjia.services.offers import testing
from niangjia.services.offers.models import Cell, Reservation
from niangjia.services.offers.rush import catalogue
from niangjia.services.offers.tests.test_api import Caller

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def pause(monkeypatch):
    """Nobody is slowed down here: how many get through is asked, not how fast they may come."""
    from niangjia.services.offers.rush import flood

    monkeypatch.setattr(flood, "BURST", 1000)


def answers(callers):
    return [outcome.value for outcome in at_once(callers)]


def test_twice_at_once_with_one_key_is_one_reservation_e20(world):
    offer = testing.an_offer(world.district, pieces=5)
    caller = Caller(offer, world.member)
    caller.reserve(item="abc")
    found = answers([lambda: caller.reserve(key="k1") for _number in range(2)])
    assert [answer.status_code for answer in found] == [201, 201]
    assert found[0].json() == found[1].json()
    assert (offer.cell().taken, Reservation.objects.count()) == (1, 1)


def test_twenty_connections_of_one_member_get_one_e46(world, pause):
    offer = testing.an_offer(world.district, pieces=50)
    caller = Caller(offer, world.member)
    codes = sorted(answer.status_code for answer in answers([lambda: caller.reserve() for _number in range(20)]))
    assert codes == [201] + [409] * 19
    assert (offer.cell().taken, Reservation.objects.count()) == (1, 1)


@pytest.fixture
def held_row():
    """Somebody holds the row of a cell until the test lets go."""
    taken, let_go, threads = threading.Event(), threading.Event(), []

    def hold(cell_id):
        def work():
            with transaction.atomic():
                Cell.objects.select_for_update().get(pk=cell_id)
                taken.set()
                let_go.wait(10)
            connection.close()

        threads.append(threading.Thread(target=work))
        threads[0].start()
        assert taken.wait(5)

    yield hold
    let_go.set()
    for thread in threads:
        thread.join()


def test_a_row_that_is_held_for_ten_seconds_e66(world, held_row):
    offer = testing.an_offer(world.district)
    caller = Caller(offer, world.member)
    caller.reserve(item="abc")
    held_row(offer.cell().pk)
    began = time.monotonic()
    answer = caller.reserve(key="k1")
    assert time.monotonic() - began < 4
    assert (answer.status_code, answer.json()["code"]) == (503, "BUSY")
    assert int(answer.headers["Retry-After"]) >= 1
    assert not Reservation.objects.exists()
    assert caller.reserve(offer.choices[1], key="k2").status_code == 201, "other rows are free"
    catalogue.forget()
