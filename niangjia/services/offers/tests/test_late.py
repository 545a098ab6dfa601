"""Handed out without network, given up by the night, sent in afterwards: it was collected after all."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from niangjia.commons.ledger.books import check_books
from niangjia.commons.ledger.models import LedgerRow
from niangjia.kernel import clock
from niangjia.platform.notices.models import Message
from niangjia.platform.testing.races import at_once
from niangjia.services.offers import actions, testing
from niangjia.services.offers.campaign import extra
from niangjia.services.offers.counter import double_pickups, offline
from niangjia.services.offers.counter.models import AppealCause
from niangjia.services.offers.counter.offline import OfflineScan, Outcome
from niangjia.services.offers.models import Bar, Cell, Reservation, Source, StockAfter
from niangjia.services.offers.states import AppealState

pytestmark = pytest.mark.django_db


def night(world, *, stock_after=StockAfter.CLOSE, days=1, pieces=2, source=Source.FIRST_COME):
    """A piece for today, handed out without network ten minutes after the list; then the night came."""
    site = testing.a_site(world.street, f"{clock.today()} 领取点")
    offer = testing.an_offer(
        world.district,
        sites=[site],
        items=("鸡蛋",),
        pieces=pieces,
        days=[clock.today() + timedelta(days=number) for number in range(days)],
        stock_after=stock_after,
    )
    made = testing.reserve(offer, world.member) if source == Source.FIRST_COME else given(world, offer)
    taken = offline.site_list(site=site.public_id, actor=world.keeper)
    world.clock.forward(minutes=10)
    moment = clock.now()
    world.clock.forward(days=1)
    shift = SimpleNamespace(offer=offer, made=made, site=site, list=taken, moment=moment, actor=world.keeper)
    actions.give_up_overdue(campaign=offer.key, actor=testing.SYSTEM)
    assert Reservation.objects.get(pk=made.pk).state == "given_up"
    return shift


def given(world, offer):
    """A piece beyond the stock."""
    person = testing.person_of(world.member).public_id
    return extra.give_extra(
        campaign=offer.key, choice=offer.choice, person=person, reason="页面出错没有约上", actor=world.officer
    )


def send(shift, *, at=None, key="", force=False, actor=None, row=None):
    one = OfflineScan((row or shift.made).public_id, key or uuid4().hex, at or shift.moment, force)
    return offline.upload(
        site=shift.site.public_id,
        stamp=shift.list.stamp,
        device="一号手机",
        device_now=clock.now(),
        scans=[one],
        actor=actor or shift.actor,
    ).answers[0]


def figures():
    rows = LedgerRow.objects.live().values_list("measure", "day")
    return sorted((measure.removeprefix("offers."), day) for measure, day in rows if measure.startswith("offers."))


def test_it_is_collected_on_its_day_and_no_longer_given_up(world):
    shift = night(world)
    day = shift.made.day
    assert [measure for measure, _day in figures()] == ["given_up", "reserved"]
    assert send(shift).outcome is Outcome.OK
    row = Reservation.objects.get(pk=shift.made.pk)
    assert (row.state, row.collected_at, row.collected_by_id) == ("collected", shift.moment, world.keeper.user_id)
    assert [figure for figure in figures() if figure[0] != "reserved"] == [("collected", day)]
    assert Message.objects.filter(kind="offers.collected_after_all", user=row.user_id).exists()
    assert list(check_books()) == []


def test_sent_in_again_it_is_the_same_and_by_another_scan_a_conflict(world):
    shift, key = night(world), uuid4().hex
    assert [send(shift, key=key).outcome for _time in range(2)] == [Outcome.OK, Outcome.REPEATED]
    assert send(shift).outcome is Outcome.CONFLICT
    assert [measure for measure, _day in figures()].count("collected") == 1


@pytest.mark.parametrize("force", [False, True])
def test_a_scan_of_the_day_after_stays_refused_and_in_the_report(world, force):
    shift = night(world)
    told = send(shift, at=clock.moment(clock.today()), force=force, actor=world.officer)
    assert (told.outcome, told.code) == (Outcome.REFUSED, "GIVEN_UP")
    [kept] = double_pickups.report(shift.site).refused
    assert (str(kept.reason), kept.number) == ("已逾期放弃", shift.made.number)


def test_the_pause_ends_that_the_no_show_caused_and_an_appeal_that_waits_is_granted(world):
    earlier = night(world)
    shift = night(world)
    bar = Bar.objects.get(person=shift.made.person_id)
    asked = actions.appeal(reservation=shift.made.public_id, cause=AppealCause.OTHER, text="领过了", actor=world.member)
    assert send(shift).outcome is Outcome.OK
    bar.refresh_from_db()
    asked.refresh_from_db()
    assert (bar.lifted_at, asked.state) == (clock.now(), AppealState.ACCEPTED)
    assert Reservation.objects.get(pk=earlier.made.pk).state == "given_up"


@pytest.mark.parametrize("source", [Source.FIRST_COME, Source.EXTRA])
@pytest.mark.parametrize("days", [1, 3])
def test_a_piece_that_went_back_is_taken_out_of_the_stock_again(world, days, source):
    shift = night(world, stock_after=StockAfter.RETURN, days=days, source=source)
    assert send(shift).outcome is Outcome.OK
    cell = Cell.objects.get(pk=shift.made.cell_id)
    assert (cell.taken, cell.extra) == (1, int(source == Source.EXTRA))
    assert sum(cell.size for cell in Cell.objects.all()) == 2 * days
    assert list(check_books()) == []


def test_a_piece_that_somebody_else_has_by_now_is_not_written_down(world):
    shift = night(world, stock_after=StockAfter.RETURN, days=2, pieces=1)
    later = shift.offer.choices[1]
    for member in (world.second, world.stranger):
        testing.reserve(shift.offer, member, later)
    told = send(shift)
    assert (told.outcome, told.code) == (Outcome.REFUSED, "PIECE_GONE_ON")
    assert Reservation.objects.get(pk=shift.made.pk).state == "given_up"
    assert list(check_books()) == []


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_clerks_who_send_it_in_at_once_write_one_collection(world):
    shift = night(world)
    outcomes = at_once([lambda: send(shift)] * 4)
    assert sorted(outcome.value.outcome for outcome in outcomes) == ["CONFLICT"] * 3 + ["ok"]
    assert [measure for measure, _day in figures()] == ["collected", "reserved"]
