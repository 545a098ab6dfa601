"""Waiting list, waves and draws with two and more connections, on PostgreSQL."""

from __future__ import annotations

import time
from contextvars import ContextVar
from datetime import timedelta

import pytest
from django.db.models import F

from niangjia.kernel.errors import DomainError
from niangjia.platform.testing.races import at_once, two_connections
from niangjia.services.offers import actions, testing
from niangjia.services.offers.campaign import waves
from niangjia.services.offers.campaign.campaigns import Stock
from niangjia.services.offers.chances import drawing, offering, queueing
from niangjia.services.offers.models import Cell, Mode, Reservation, Waiting, Wave, Wish
from niangjia.services.offers.testing import SYSTEM

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

MEET: ContextVar = ContextVar("meet", default=None)
A_MOMENT = 0.4


def codes(outcomes) -> list[str]:
    return sorted("done" if outcome.ok else getattr(outcome.error, "code", repr(outcome.error)) for outcome in outcomes)


def states() -> list[str]:
    return sorted(Waiting.objects.values_list("state", flat=True))


def met() -> None:
    """Wait for the other one, then give it time to finish if nothing holds it up."""
    if (meet := MEET.get()) is not None:
        meet()
        time.sleep(A_MOMENT)


def when_met(act):
    def call(meet):
        meet()
        return act()

    return call


def meeting(act):
    def call(meet):
        MEET.set(meet)
        return act()

    return call


def queue(offer, actor):
    return actions.queue(campaign=offer.key, choice=offer.choice, actor=actor)


def a_full_offer(world, pieces=1, **more):
    """Every piece of eggs is reserved, by invented members; theirs are returned as well."""
    offer = testing.an_offer(world.district, pieces=pieces, has_waiting_list=True, offer_hours=1, **more)
    holders = [testing.a_member(world.street, serial) for serial in range(50, 50 + pieces)]
    return offer, [(testing.reserve(offer, holder), holder) for holder in holders]


def reserves(offer, actor):
    return lambda: testing.reserve(offer, actor)


def leaves(place, actor):
    return lambda: actions.leave(public_id=place.public_id, actor=actor)


def cancels(held):
    row, holder = held
    return lambda: actions.cancel(public_id=row.public_id, actor=holder)


def unlocked(cell_id):
    return Cell.objects.select_related("campaign", "item", "site").get(pk=cell_id)


def queueing_while_a_piece_comes_back(world, monkeypatch, lock):
    def read_and_meet(cell_id):
        cell = lock(cell_id)
        met()
        return cell

    offer, held = a_full_offer(world)
    monkeypatch.setattr(offering, "locked_cell", read_and_meet)
    outcomes = two_connections(meeting(lambda: queue(offer, world.member)), when_met(cancels(held[0])))
    assert codes(outcomes) == ["done", "done"]
    return states(), offer.cell().left


def test_without_the_lock_on_the_cell_somebody_waits_beside_a_free_piece(world, monkeypatch):
    assert queueing_while_a_piece_comes_back(world, monkeypatch, unlocked) == (["waiting"], 1)


def test_a_piece_that_comes_back_while_somebody_queues_is_theirs(world, monkeypatch):
    assert queueing_while_a_piece_comes_back(world, monkeypatch, offering.locked_cell) == (["offered"], 0)


def test_two_cancellations_at_once_serve_two_who_wait(world):
    offer, held = a_full_offer(world, pieces=2)
    for actor in (world.member, world.second):
        queue(offer, actor)
    assert codes(two_connections(cancels(held[0]), cancels(held[1]))) == ["done", "done"]
    assert (states(), offer.cell().taken) == (["offered", "offered"], 2)


def test_a_cancellation_and_a_reservation_at_once_leave_the_piece_to_who_waits(world):
    offer, held = a_full_offer(world)
    queue(offer, world.member)
    outcomes = two_connections(cancels(held[0]), lambda: testing.reserve(offer, world.second))
    assert codes(outcomes) == ["SOLD_OUT", "done"]
    assert (states(), offer.cell().taken) == (["offered"], 1)


def at_the_deadline(world, monkeypatch, lock):
    """Take and pass on meet when one clock says that it is in time and the other that it is over."""
    offer, held = a_full_offer(world)
    place = queue(offer, world.member)
    cancels(held[0])()
    late: ContextVar = ContextVar("late", default=False)
    monkeypatch.setattr(queueing, "is_over", lambda _waiting: late.get())
    monkeypatch.setattr(queueing, "_locked", lock)

    def pass_on(meet):
        MEET.set(meet)
        late.set(True)
        return actions.pass_on(public_id=place.public_id, actor=SYSTEM)

    take = meeting(lambda: actions.take(public_id=place.public_id, actor=world.member))
    outcomes = two_connections(take, pass_on)
    assert (
        offer.cell().taken == Reservation.objects.counting().count() + Waiting.objects.filter(state="offered").count()
    )
    return codes(outcomes)


def test_without_the_lock_on_the_place_take_and_pass_on_are_told_apart_only_by_the_state(world, monkeypatch):
    def read_and_meet(actor, public_id):
        names = ("campaign", "cell__item", "cell__site", "person")
        found = Waiting.objects.select_related(*names).get(public_id=public_id)
        MEET.get()()
        return found

    assert at_the_deadline(world, monkeypatch, read_and_meet) == ["STALE", "done"]


def test_of_take_and_pass_on_at_once_one_holds(world, monkeypatch):
    found = at_the_deadline(world, monkeypatch, queueing._locked)
    assert found in (["MOVE_NOT_ALLOWED", "done"], ["OFFER_OVER", "done"])


# Waves


@pytest.fixture
def wave(world):
    offer = testing.an_offer(world.district, pieces=1)
    moment = world.clock.now + timedelta(hours=1)
    stock = Stock("k01", offer.sites[0].pk, offer.choice.day, 3)
    actions.add_wave(public_id=offer.key, opens_at=moment, stocks=[stock], actor=world.officer)
    world.clock.set(moment)
    return offer


def test_without_the_claim_a_wave_is_given_free_twice(world, wave, monkeypatch):
    def look_then_write(found):
        is_free = Wave.objects.get(pk=found.pk).released_at is None
        MEET.get()()
        Wave.objects.filter(pk=found.pk).update(released_at=world.clock.now)
        return is_free

    monkeypatch.setattr(waves, "_claim", look_then_write)
    two_connections(*[meeting(lambda: waves.release_due(wave.campaign.pk))] * 2)
    assert wave.cell().size == 1 + 3 + 3


def test_of_two_who_come_at_the_moment_of_a_wave_one_gives_it_free(world, wave):
    released = at_once([lambda: waves.release_due(wave.campaign.pk)] * 4)
    assert sorted(outcome.value for outcome in released) == [0, 0, 0, 1]
    assert wave.cell().size == 4


def test_the_first_requests_after_the_moment_find_the_wave_without_any_job(world, wave):
    actors = [testing.a_member(world.street, serial) for serial in range(60, 66)]
    found = codes(at_once([reserves(wave, actor) for actor in actors]))
    assert found == ["SOLD_OUT", "SOLD_OUT", "done", "done", "done", "done"]
    assert (wave.cell().size, wave.cell().taken) == (4, 4)


# Draws


@pytest.fixture
def lots(world):
    return testing.an_offer(world.district, pieces=1, mode=Mode.DRAW, wishes_until=world.clock.now + timedelta(hours=1))


def enter(offer, actor):
    return actions.enter(campaign=offer.key, choices=[offer.choice], actor=actor)


def drawn_while_somebody_enters(world, lots, monkeypatch) -> str:
    """The wish was judged in time; the draw begins before it is stored."""
    store = drawing._enter

    def meet_and_store(*arguments):
        met()
        return store(*arguments)

    monkeypatch.setattr(drawing, "_enter", meet_and_store)
    monkeypatch.setattr(drawing, "_require_due", lambda campaign: None)
    draws = when_met(lambda: actions.draw(campaign=lots.key, actor=SYSTEM))
    assert codes(two_connections(meeting(lambda: enter(lots, world.member)), draws)) == ["done", "done"]
    return Wish.objects.get().state


def test_without_the_shared_lock_a_wish_in_time_misses_the_draw(world, lots, monkeypatch):
    monkeypatch.setattr(drawing, "_no_draw_meanwhile", lambda campaign_id: None)
    assert drawn_while_somebody_enters(world, lots, monkeypatch) == "entered"


def test_a_draw_waits_for_the_wishes_that_were_in_time(world, lots, monkeypatch):
    assert drawn_while_somebody_enters(world, lots, monkeypatch) == "won"


def test_of_two_draws_at_once_one_is_held(world, lots):
    enter(lots, world.member)
    world.clock.set(lots.campaign.wishes_until)
    outcomes = two_connections(*[lambda: actions.draw(campaign=lots.key, actor=SYSTEM)] * 2)
    assert codes(outcomes) == ["ALREADY_DRAWN", "done"]
    assert Reservation.objects.count() == 1


def test_one_member_who_enters_twice_at_once_has_one_wish(world, lots):
    found = codes(two_connections(*[lambda: enter(lots, world.member)] * 2))
    assert found in (["WISH_ENTERED", "done"], ["done", "done"])
    assert Wish.objects.count() == 1


# Everything at once


def test_whatever_meets_nobody_is_held_up_for_ever_and_the_stock_agrees(world):
    """Reservations, cancellations, places taken, left, passed on, waves: no deadlock, and every piece is counted."""
    offer, held = a_full_offer(world, pieces=4)
    waiting = [testing.a_member(world.street, serial) for serial in range(70, 82)]
    places = [queue(offer, actor) for actor in waiting]
    cancels(held.pop())()
    cancels(held.pop())()
    (taker, leaver), rest = places[:2], places[2:]
    Cell.objects.filter(pk=offer.cell().pk).update(size=F("size") + 1)
    acts = [
        lambda: actions.take(public_id=taker.public_id, actor=waiting[0]),
        leaves(leaver, waiting[1]),
        *[cancels(one) for one in held],
        *[leaves(rest[number], waiting[number + 2]) for number in range(3)],
        lambda: actions.offer(public_id=rest[3].public_id, actor=world.officer),
        *[reserves(offer, world.member), lambda: queue(offer, world.second)],
        lambda: actions.revoke(public_id=held[0][0].public_id, reason="会员已经离会", actor=world.officer),
    ]
    outcomes = at_once(acts)
    assert [str(one.error) for one in outcomes if one.error and not isinstance(one.error, DomainError)] == []
    cell = offer.cell()
    offered = Waiting.objects.filter(state="offered").count()
    assert cell.taken == Reservation.objects.counting().filter(cell=cell).count() + offered
    assert cell.left == 0 or not offering.next_places(cell.pk).exists()
