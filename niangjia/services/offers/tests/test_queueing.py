"""The waiting list: who may queue, whose turn it is, deadlines, and what becomes of a piece that comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from niangjia.commons.ledger.models import LedgerRow
from niangjia.kernel.errors import Conflict, DomainError, Gone, InvalidMove, NotAllowed, NotFound, RuleBroken
from niangjia.platform.notices.models import Message
from niangjia.services.offers import actions, testing
from niangjia.services.offers.campaign.campaigns import Stock
from niangjia.services.offers.models import Bar, Cell, Reservation, Waiting
from niangjia.services.offers.testing import SYSTEM


@pytest.fixture
def full(world):
    """One piece of eggs, reserved by the member; a waiting list; held for two hours."""
    offer = testing.an_offer(world.district, pieces=1, has_waiting_list=True, offer_hours=2)
    world.held = testing.reserve(offer, world.member)
    return offer


@pytest.fixture
def third(world):
    return testing.a_member(world.street, 4, name="赵六")


def queue(offer, actor, choice=None) -> Waiting:
    return actions.queue(campaign=offer.key, choice=choice or offer.choice, actor=actor)


def code_of(act) -> str:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value.code


def state(waiting) -> str:
    return Waiting.objects.get(pk=waiting.pk).state


def cancel(world) -> None:
    actions.cancel(public_id=world.held.public_id, actor=world.member)


def test_what_comes_back_is_held_for_who_came_first(world, full, third):
    first, second = queue(full, world.second), queue(full, third)
    cancel(world)
    assert (state(first), state(second)) == ("offered", "waiting")
    assert (full.cell().taken, full.cell().left) == (1, 0)
    told = Message.objects.get(kind="offers.offered")
    assert (told.user_id, told.values["until"]) == (world.second.user_id, "3月4日 12:00")
    assert code_of(lambda: testing.reserve(full, world.stranger)) == "SOLD_OUT"


def test_taking_makes_a_reservation_without_touching_the_stock(world, full):
    place = queue(full, world.second)
    cancel(world)
    made = actions.take(public_id=place.public_id, actor=world.second)
    assert (made.state, made.source, made.person_id) == ("reserved", "waiting_list", world.second.person_id)
    assert actions.take(public_id=place.public_id, actor=world.second) == made
    assert full.cell().taken == 1
    assert LedgerRow.objects.live().get(measure="offers.reserved").source_id == made.pk
    assert Waiting.objects.get(pk=place.pk).reservation == made
    assert Message.objects.filter(user_id=world.second.user_id, kind="offers.reserved").count() == 1


def test_the_clock_ends_an_offer_and_the_next_one_has_it(world, full, third):
    first, second = queue(full, world.second), queue(full, third)
    cancel(world)
    assert code_of(lambda: actions.pass_on(public_id=first.public_id, actor=SYSTEM)) == "OFFER_STANDS"
    world.clock.forward(hours=2)
    assert code_of(lambda: actions.take(public_id=first.public_id, actor=world.second)) == "OFFER_OVER"
    actions.pass_on(public_id=first.public_id, actor=SYSTEM)
    assert (state(first), state(second), full.cell().taken) == ("passed", "offered", 1)
    assert Message.objects.filter(user_id=world.second.user_id, kind="offers.passed").exists()
    assert code_of(lambda: actions.pass_on(public_id=first.public_id, actor=SYSTEM)) == "MOVE_NOT_ALLOWED"


def test_a_millisecond_before_the_deadline_is_in_time(world, full):
    place = queue(full, world.second)
    cancel(world)
    world.clock.set(Waiting.objects.get(pk=place.pk).offered_until - timedelta(milliseconds=1))
    assert actions.take(public_id=place.public_id, actor=world.second).state == "reserved"


def test_when_nobody_waits_the_stock_has_it_again(world, full):
    place = queue(full, world.second)
    cancel(world)
    world.clock.forward(hours=2)
    actions.pass_on(public_id=place.public_id, actor=SYSTEM)
    assert full.cell().taken == 0
    assert testing.reserve(full, world.stranger).state == "reserved"


def test_leaving_gives_a_held_piece_to_the_next_one(world, full, third):
    first, second = queue(full, world.second), queue(full, third)
    cancel(world)
    for _twice in range(2):
        actions.leave(public_id=first.public_id, actor=world.second)
    assert (state(first), state(second), full.cell().taken) == ("left", "offered", 1)
    actions.leave(public_id=second.public_id, actor=third)
    assert full.cell().taken == 0


def test_an_offer_ends_with_the_day_of_collection(world):
    offer = testing.an_offer(world.district, pieces=1, has_waiting_list=True, offer_hours=48)
    held, place = testing.reserve(offer, world.member), queue(offer, world.second)
    actions.cancel(public_id=held.public_id, actor=world.member)
    until = Waiting.objects.get(pk=place.pk).offered_until
    assert until - world.clock.now == timedelta(hours=14)


def test_nothing_is_offered_for_a_day_that_is_over(world, full):
    place = queue(full, world.second)
    world.clock.forward(days=1)
    actions.revoke(public_id=world.held.public_id, reason="会员已经离会", actor=world.officer)
    assert (state(place), full.cell().taken) == ("waiting", 0)


def test_who_has_a_piece_meanwhile_is_passed_over_and_keeps_the_place(world, full, third):
    first, second = queue(full, world.second), queue(full, third)
    honey = testing.reserve(full, world.second, full.choices[1])
    cancel(world)
    assert (state(first), state(second)) == ("waiting", "offered")
    actions.cancel(public_id=honey.public_id, actor=world.second)
    actions.leave(public_id=second.public_id, actor=third)
    assert state(first) == "offered"


def test_who_reserves_something_else_cannot_take_as_well(world, full):
    place = queue(full, world.second)
    cancel(world)
    testing.reserve(full, world.second, full.choices[1])
    assert code_of(lambda: actions.take(public_id=place.public_id, actor=world.second)) == "ONE_PER_CARD"
    assert Reservation.objects.counting().filter(person=world.second.person_id).count() == 1


def test_a_wave_goes_to_the_waiting_list_first(world, full, third):
    places = [queue(full, world.second), queue(full, third)]
    moment = world.clock.now + timedelta(hours=1)
    stock = Stock("k01", full.sites[0].pk, full.choice.day, 3)
    actions.add_wave(public_id=full.key, opens_at=moment, stocks=[stock], actor=world.officer)
    world.clock.set(moment)
    late = testing.a_member(world.street, 5)
    assert testing.reserve(full, late).state == "reserved"
    assert [state(place) for place in places] == ["offered", "offered"]
    assert (full.cell().size, full.cell().taken) == (4, 4)


def test_an_officer_may_offer_by_hand_in_the_order_of_the_list(world, full, third):
    first, second = queue(full, world.second), queue(full, third)
    assert code_of(lambda: actions.offer(public_id=first.public_id, actor=world.officer)) == "NOTHING_LEFT"
    Cell.objects.filter(pk=full.cell().pk).update(size=2)
    assert code_of(lambda: actions.offer(public_id=second.public_id, actor=world.officer)) == "NOT_FIRST"
    assert actions.offer(public_id=first.public_id, actor=world.officer).state == "offered"
    with pytest.raises(NotFound):
        actions.offer(public_id=second.public_id, actor=world.other_officer)
    with pytest.raises(NotAllowed):
        actions.offer(public_id=second.public_id, actor=third)


@pytest.mark.parametrize(
    ("prepare", "who", "code", "kind"),
    [
        (None, "second", "ALREADY_QUEUED", Conflict),
        (None, "member", "ONE_PER_CARD", Conflict),
        ("bar", "stranger", "BANNED_UNTIL", NotAllowed),
        ("piece", "stranger", "STILL_LEFT", RuleBroken),
        ("close", "stranger", "CLOSED", Gone),
        ("no list", "stranger", "NO_WAITING_LIST", RuleBroken),
    ],
)
def test_who_may_not_queue_is_told_why(world, full, prepare, who, code, kind):
    queue(full, world.second)
    if prepare == "bar":
        today = world.clock.today
        Bar.objects.create(person_id=world.stranger.person_id, reservation=world.held, starts_on=today, until=today)
    elif prepare == "piece":
        Cell.objects.filter(pk=full.cell().pk).update(size=2)
    elif prepare == "close":
        world.clock.set(full.campaign.closes_at)
    elif prepare == "no list":
        full = testing.an_offer(world.district, pieces=1)
    with pytest.raises(kind) as caught:
        queue(full, getattr(world, who))
    assert caught.value.code == code


def test_who_is_not_meant_cannot_queue(world):
    offer = testing.an_offer(
        world.district, pieces=1, has_waiting_list=True, rule=[{"is": "union", "any_of": ["EAST"]}]
    )
    testing.reserve(offer, world.member)
    assert code_of(lambda: queue(offer, world.stranger)) == "NOT_ELIGIBLE"
    assert code_of(lambda: queue(offer, world.officer)) == "MEMBER_SESSION_REQUIRED"


def test_somebody_elses_place_is_not_found(world, full):
    place = queue(full, world.second)
    for act in (actions.take, actions.leave, actions.pass_on):
        with pytest.raises(NotFound):
            act(public_id=place.public_id, actor=world.stranger)
    with pytest.raises(InvalidMove):
        actions.take(public_id=place.public_id, actor=world.second)
    with pytest.raises(NotAllowed):
        actions.leave(public_id=place.public_id, actor=world.officer)


def test_called_off_ends_the_list_and_holds_nothing(world, full):
    first = queue(full, world.second)
    cancel(world)
    actions.call_off(public_id=full.key, reason="供货单位停产", actor=world.officer)
    assert (state(first), full.cell().taken) == ("left", 0)


def test_once_a_year_is_taken_by_the_waiting_list_too(world):
    rule = {"who": [], "once": {"per": "person", "period": "year"}}
    offer = testing.an_offer(world.district, pieces=1, has_waiting_list=True, rule=rule)
    held, place = testing.reserve(offer, world.member), queue(offer, world.second)
    actions.cancel(public_id=held.public_id, actor=world.member)
    actions.take(public_id=place.public_id, actor=world.second)
    other = testing.an_offer(world.district, rule=rule)
    assert code_of(lambda: testing.reserve(other, world.second)) == "ALREADY_USED"
