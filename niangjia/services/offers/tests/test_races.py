"""The rush with two and more connections, on PostgreSQL: first that it goes wrong without the guard."""

from __future__ import annotations

from contextvars import ContextVar
from uuid import uuid4

import pytest
from django.db import connection

from niangjia.commons.ledger.models import LedgerRow
from niangjia.platform.testing.races import at_once, two_connections
from niangjia.services.offers import actions, testing
from niangjia.services.offers.models import Cell, Reservation
from niangjia.services.offers.rush import reserving

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

MEET: ContextVar = ContextVar("meet")


def codes(outcomes) -> list[str]:
    return sorted("done" if outcome.ok else getattr(outcome.error, "code", repr(outcome.error)) for outcome in outcomes)


@pytest.fixture
def meeting(monkeypatch):
    """Everybody has read and was judged before anybody writes."""
    write = reserving._write

    def meet_and_write(*arguments):
        MEET.get()()
        return write(*arguments)

    monkeypatch.setattr(reserving, "_write", meet_and_write)


def reserves(offer, actor, choice=None, *, key=""):
    def call(meet):
        MEET.set(meet)
        return testing.reserve(offer, actor, choice, key=key)

    return call


@pytest.fixture
def without(request):
    """Take a constraint of ``request.param`` away for one test, and put it back when its rows are gone."""
    table, name, definition = request.param
    with connection.cursor() as cursor:
        drop = "DROP INDEX {1}" if definition.startswith("CREATE") else "ALTER TABLE {0} DROP CONSTRAINT {1}"
        cursor.execute(drop.format(table, name))
    yield
    Reservation.objects.all().delete()
    Cell.objects.all().delete()
    with connection.cursor() as cursor:
        restore = definition if definition.startswith("CREATE") else f"ALTER TABLE {table} ADD CONSTRAINT {definition}"
        cursor.execute(restore)


CHECK = (
    "offers_cell",
    "offers_cell_never_oversold",
    "offers_cell_never_oversold CHECK (taken <= size + extra)",
)
UNIQUE = (
    "offers_reservation",
    "offers_one_item_for_each_person",
    "CREATE UNIQUE INDEX offers_one_item_for_each_person ON offers_reservation (campaign_id, person_id)"
    " WHERE state IN ('reserved', 'collected', 'given_up')",
)


@pytest.mark.parametrize("without", [CHECK], indirect=True)
def test_without_the_check_the_last_piece_is_sold_twice(world, meeting, without):
    offer = testing.an_offer(world.district, pieces=1)
    assert codes(two_connections(reserves(offer, world.member), reserves(offer, world.second))) == ["done", "done"]
    assert offer.cell().taken == 2 > offer.cell().size


def test_the_last_piece_goes_to_one_of_two(world, meeting):
    offer = testing.an_offer(world.district, pieces=1)
    assert codes(two_connections(reserves(offer, world.member), reserves(offer, world.second))) == ["SOLD_OUT", "done"]
    assert (
        offer.cell().taken
        == Reservation.objects.count()
        == LedgerRow.objects.live().filter(measure="offers.reserved").count()
        == 1
    )


@pytest.mark.parametrize("without", [UNIQUE], indirect=True)
def test_without_the_unique_index_one_member_gets_two(world, meeting, without, monkeypatch):
    monkeypatch.setattr(reserving, "_write_hot", reserving._write_portable)
    offer = testing.an_offer(world.district)
    both = two_connections(reserves(offer, world.member), reserves(offer, world.member, offer.choices[1]))
    assert codes(both) == ["done", "done"]
    assert Reservation.objects.counting().count() == 2


def test_one_member_at_two_kinds_gets_one(world, meeting):
    offer = testing.an_offer(world.district)
    both = two_connections(reserves(offer, world.member), reserves(offer, world.member, offer.choices[1]))
    assert codes(both) == ["ONE_PER_CARD", "done"]
    assert sum(Cell.objects.values_list("taken", flat=True)) == Reservation.objects.count() == 1


def test_two_taps_with_one_key_get_one_receipt(world, meeting):
    offer, key = testing.an_offer(world.district), uuid4().hex
    first, second = two_connections(reserves(offer, world.member, key=key), reserves(offer, world.member, key=key))
    assert first.value == second.value
    assert (offer.cell().taken, Reservation.objects.count()) == (1, 1)


def test_twenty_connections_of_one_member_get_one(world):
    offer = testing.an_offer(world.district, pieces=50)
    found = codes(at_once([reserves(offer, world.member) for _number in range(20)]))
    assert found == ["ONE_PER_CARD"] * 19 + ["done"]
    assert (offer.cell().taken, Reservation.objects.count()) == (1, 1)


def test_twenty_members_at_three_pieces_leave_none_over_and_none_twice(world):
    offer = testing.an_offer(world.district, pieces=3)
    members = [testing.a_member(world.street, serial) for serial in range(100, 120)]
    found = codes(at_once([reserves(offer, member) for member in members]))
    assert found == ["SOLD_OUT"] * 17 + ["done"] * 3
    assert (offer.cell().taken, Reservation.objects.count()) == (3, 3)


def test_cancelling_and_reserving_at_once_lose_no_piece(world):
    offer = testing.an_offer(world.district, pieces=1)
    made = testing.reserve(offer, world.member)
    outcomes = two_connections(
        lambda: actions.cancel(public_id=made.public_id, actor=world.member), reserves(offer, world.second)
    )
    assert codes(outcomes) in (["done", "done"], ["SOLD_OUT", "done"])
    assert offer.cell().taken == Reservation.objects.counting().count()
