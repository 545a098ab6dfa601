"""What happens by the clock, once in effect however often the clock comes by."""

from __future__ import annotations

from datetime import time, timedelta
from types import SimpleNamespace

import pytest

from niangjia.commons.ledger.books import check_books
from niangjia.commons.ledger.models import LedgerRow
from niangjia.kernel import clock as kernel_clock
from niangjia.platform.jobs import worker
from niangjia.platform.jobs.models import Job
from niangjia.platform.notices.models import Message
from niangjia.services.offers import actions, jobs, testing
from niangjia.services.offers.campaign.campaigns import Stock
from niangjia.services.offers.models import Campaign, Mode, Reservation, Waiting, Wave


def job(**payload):
    return SimpleNamespace(payload=payload, actor=testing.SYSTEM, progress=lambda *_at: None)


def state(offer) -> str:
    return Campaign.objects.get(pk=offer.campaign.pk).state


def test_doors_are_recorded_when_their_moment_has_come(world):
    offer = testing.an_offer(world.district, opens_at=world.clock.now + timedelta(hours=1))
    assert jobs.follow_the_clock(job())["opened"] == 0
    world.clock.set(offer.campaign.opens_at)
    assert [jobs.follow_the_clock(job())["opened"] for _twice in range(2)] == [1, 0]
    assert state(offer) == "open"
    world.clock.set(offer.campaign.closes_at)
    assert [jobs.follow_the_clock(job())["closed"] for _twice in range(2)] == [1, 0]
    assert state(offer) == "closed"


@pytest.mark.parametrize("sees_the_opening", [True, False])
def test_what_a_campaign_has_to_give_counts_from_its_opening_until_it_is_called_off(world, sees_the_opening):
    offer = testing.an_offer(world.district, opens_at=world.clock.now + timedelta(hours=1))
    assert categories() == []
    world.clock.set(offer.campaign.opens_at if sees_the_opening else offer.campaign.closes_at)
    jobs.follow_the_clock(job())
    day = kernel_clock.day_of(offer.campaign.opens_at)
    assert categories() == [(world.district.pk, day), (world.district.pk, day)]
    jobs.follow_the_clock(job())
    actions.call_off(public_id=offer.key, reason="供货商停产", actor=world.officer)
    assert (categories(), list(check_books())) == ([], [])


def categories():
    return list(LedgerRow.objects.live().filter(measure="offers.categories").values_list("union_id", "day"))


def test_a_campaign_that_nobody_asks_about_gets_its_waves(world, offer):
    moment = world.clock.now + timedelta(hours=1)
    stock = Stock("k01", offer.sites[0].pk, offer.choice.day, 3)
    actions.add_wave(public_id=offer.key, opens_at=moment, stocks=[stock], actor=world.officer)
    assert jobs.follow_the_clock(job())["waves"] == 0
    world.clock.set(moment)
    assert [jobs.follow_the_clock(job())["waves"] for _twice in range(2)] == [1, 0]
    assert (offer.cell().size, Wave.objects.get().released_at) == (5, moment)


def test_offers_that_nobody_took_are_passed_on(world):
    offer = testing.an_offer(world.district, pieces=1, has_waiting_list=True, offer_hours=1)
    held = testing.reserve(offer, world.member)
    for actor in (world.second, world.stranger):
        actions.queue(campaign=offer.key, choice=offer.choice, actor=actor)
    actions.cancel(public_id=held.public_id, actor=world.member)
    assert jobs.follow_the_clock(job())["passed"] == 0
    world.clock.forward(hours=1)
    assert [jobs.follow_the_clock(job())["passed"] for _twice in range(2)] == [1, 0]
    assert list(Waiting.objects.order_by("pk").values_list("state", flat=True)) == ["passed", "offered"]


def test_a_draw_and_an_announcement_are_asked_for_once_and_done(world):
    offer = testing.an_offer(world.district, mode=Mode.DRAW, wishes_until=world.clock.now + timedelta(hours=1))
    actions.enter(campaign=offer.key, choices=[offer.choice], actor=world.member)
    for _twice in range(2):
        jobs.follow_the_clock(job())
    assert list(Job.objects.values_list("kind", flat=True)) == ["offers.announce"]
    world.clock.set(offer.campaign.wishes_until)
    for _twice in range(2):
        jobs.follow_the_clock(job())
    assert worker.drain() == 2
    assert sorted(Job.objects.values_list("kind", "state")) == [("offers.announce", "done"), ("offers.draw", "done")]
    assert Reservation.objects.get().source == "draw"
    assert Message.objects.filter(kind="offers.announced").exists()
    assert jobs.draw(job(campaign=offer.key)) == {"won": 0, "lost": 0}


@pytest.mark.parametrize(("hour", "reminded"), [(7, 0), (16, 1)])
def test_reminders_come_in_the_afternoon_before(world, hour, reminded):
    day = world.clock.today + timedelta(days=1)
    offer = testing.an_offer(world.district, days=[day])
    testing.reserve(offer, world.member)
    world.clock.set(kernel_clock.moment(world.clock.today, time(hour)))
    assert jobs.remind(job()) == {"reminded": reminded}


def test_the_night_after_gives_up_and_settles_when_nothing_is_due(world):
    offer = testing.an_offer(world.district, pickup_until=world.clock.today, closes_at=world.clock.now + timedelta(1))
    testing.reserve(offer, world.member)
    world.clock.forward(days=1, hours=1)
    assert jobs.give_up(job()) == {"given_up": 1, "settled": 0}
    jobs.follow_the_clock(job())
    assert [jobs.give_up(job()) for _twice in range(2)] == [
        {"given_up": 0, "settled": 1},
        {"given_up": 0, "settled": 0},
    ]
    assert state(offer) == "settled"
