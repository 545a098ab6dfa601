"""What was not collected: given up once, pieces returned or kept, pauses, appeals."""

from __future__ import annotations

from datetime import timedelta

import pytest

from niangjia.commons.desk.models import DeskItem
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.people import testing as people
from niangjia.commons.people.models import Kinship
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel.errors import DomainError, NotAllowed, NotFound
from niangjia.platform.notices.models import Message
from niangjia.services.offers import actions, testing
from niangjia.services.offers.chances import noshows
from niangjia.services.offers.counter.models import AppealCause
from niangjia.services.offers.models import Appeal, Bar, Campaign, Cell, Reservation, StockAfter, Waiting
from niangjia.services.offers.testing import SYSTEM


def code_of(act) -> str:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value.code


def given_up(world, actor, times: int = 1) -> list[Reservation]:
    """Let ``actor`` not collect ``times`` items, each of its own campaign on its own day."""
    rows = []
    for _number in range(times):
        offer = testing.an_offer(world.district, actor=SYSTEM)
        row = testing.reserve(offer, actor)
        world.clock.forward(days=1)
        actions.give_up_overdue(campaign=offer.key, actor=SYSTEM)
        row.refresh_from_db()
        rows.append(row)
    return rows


def test_the_day_after_its_day_a_reservation_is_given_up_once(world, offer):
    row = testing.reserve(offer, world.member)
    assert actions.give_up_overdue(campaign=offer.key, actor=SYSTEM) == 0
    assert code_of(lambda: actions.give_up(public_id=row.public_id, actor=world.officer)) == "TOO_EARLY"
    world.clock.forward(days=1)
    assert [actions.give_up_overdue(campaign=offer.key, actor=SYSTEM) for _twice in range(2)] == [1, 0]
    row.refresh_from_db()
    assert row.state == "given_up"
    assert LedgerRow.objects.live().filter(measure="offers.given_up").count() == 1
    assert LedgerRow.objects.live().filter(measure="offers.reserved").count() == 1
    assert Message.objects.filter(user_id=world.member.user_id, kind="offers.given_up").count() == 1
    assert offer.cell().taken == 1, "kept: the campaign does not give back"


def test_an_officer_may_give_up_one_and_strangers_none(world, offer):
    row = testing.reserve(offer, world.member)
    world.clock.forward(days=1)
    with pytest.raises(NotFound):
        actions.give_up(public_id=row.public_id, actor=world.other_officer)
    with pytest.raises(NotAllowed):
        actions.give_up(public_id=row.public_id, actor=world.member)
    with pytest.raises(NotFound):
        actions.give_up_overdue(campaign=offer.key, actor=world.agent)
    assert actions.give_up(public_id=row.public_id, actor=world.officer).state == "given_up"


def test_batches_reach_everybody(world, monkeypatch):
    monkeypatch.setattr(noshows, "BATCH", 2)
    offer = testing.an_offer(world.district, pieces=9)
    for serial in range(20, 25):
        testing.reserve(offer, testing.a_member(world.street, serial))
    world.clock.forward(days=1)
    assert actions.give_up_overdue(campaign=offer.key, actor=SYSTEM) == 5
    assert set(Reservation.objects.values_list("state", flat=True)) == {"given_up"}


def test_a_run_that_breaks_off_is_taken_up(world, monkeypatch):
    monkeypatch.setattr(noshows, "BATCH", 1)
    offer = testing.an_offer(world.district)
    for actor in (world.member, world.second):
        testing.reserve(offer, actor)
    world.clock.forward(days=1)
    part, calls = noshows._give_up_part, []

    def breaks(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return part(*arguments)

    monkeypatch.setattr(noshows, "_give_up_part", breaks)
    with pytest.raises(RuntimeError):
        actions.give_up_overdue(campaign=offer.key, actor=SYSTEM)
    assert actions.give_up_overdue(campaign=offer.key, actor=SYSTEM) == 1
    assert LedgerRow.objects.live().filter(measure="offers.given_up").count() == 2


# What becomes of the pieces


@pytest.fixture
def three_days(world):
    """Two pieces of eggs on each of three days; what is not collected goes back; a waiting list."""
    today = world.clock.today
    return testing.an_offer(
        world.district,
        items=["鸡蛋"],
        days=[today, today + timedelta(days=1), today + timedelta(days=2)],
        pieces=1,
        stock_after=StockAfter.RETURN,
        has_waiting_list=True,
    )


def sizes(offer) -> list[tuple[int, int]]:
    return list(Cell.objects.filter(campaign=offer.campaign).order_by("day").values_list("size", "taken"))


def test_a_returned_piece_moves_to_the_next_day(world, three_days):
    testing.reserve(three_days, world.member)
    world.clock.forward(days=1)
    actions.give_up_overdue(campaign=three_days.key, actor=SYSTEM)
    assert sizes(three_days) == [(0, 0), (2, 0), (1, 0)]
    assert testing.reserve(three_days, world.second, three_days.choices[1]).state == "reserved"


def test_a_returned_piece_goes_to_the_day_for_which_somebody_waits(world, three_days):
    late = testing.a_member(world.street, 30)
    testing.reserve(three_days, world.member)
    testing.reserve(three_days, world.second, three_days.choices[2])
    place = actions.queue(campaign=three_days.key, choice=three_days.choices[2], actor=late)
    world.clock.forward(days=1)
    actions.give_up_overdue(campaign=three_days.key, actor=SYSTEM)
    assert sizes(three_days) == [(0, 0), (1, 0), (2, 2)]
    assert Waiting.objects.get(pk=place.pk).state == "offered"


def test_after_the_last_day_a_returned_piece_is_left_where_it_is(world, three_days):
    testing.reserve(three_days, world.member, three_days.choices[2])
    world.clock.forward(days=3)
    actions.give_up_overdue(campaign=three_days.key, actor=SYSTEM)
    assert sizes(three_days) == [(1, 0), (1, 0), (1, 0)]


# Pauses


def test_the_second_no_show_within_a_year_pauses_for_ninety_days(world):
    _first, second = given_up(world, world.member, 2)
    bar = Bar.objects.get()
    assert (bar.reservation_id, bar.until - second.day) == (second.pk, timedelta(days=90))
    assert Message.objects.get(kind="offers.barred").user_id == world.member.user_id
    later = testing.an_offer(world.district)
    assert code_of(lambda: testing.reserve(later, world.member)) == "BANNED_UNTIL"
    world.clock.set(bar.until + timedelta(days=1))
    assert testing.reserve(testing.an_offer(world.district), world.member).state == "reserved"


def test_no_shows_long_ago_do_not_count(world):
    given_up(world, world.member)
    world.clock.forward(days=366)
    given_up(world, world.member)
    assert not Bar.objects.exists()


# Appeals


def appeal(row, actor, cause=AppealCause.ON_SHIFT, text="那天临时加班") -> Appeal:
    return actions.appeal(reservation=row.public_id, cause=cause, text=text, actor=actor)


def test_an_accepted_appeal_ends_the_pause_and_counts_no_more(world):
    _first, second = given_up(world, world.member, 2)
    made = appeal(second, world.member)
    assert DeskItem.objects.open().get(subject_type="offers.appeal").subject_id == made.pk
    assert actions.accept_appeal(public_id=made.public_id, actor=world.officer).state == "accepted"
    second.refresh_from_db()
    assert second.state == "given_up"
    assert testing.reserve(testing.an_offer(world.district), world.member).state == "reserved"
    assert Message.objects.filter(user_id=world.member.user_id, kind="offers.appeal_accepted").exists()
    assert not DeskItem.objects.open().filter(subject_type="offers.appeal").exists()


def test_accepting_the_first_ends_the_pause_that_counted_it(world):
    first, _second = given_up(world, world.member, 2)
    actions.accept_appeal(public_id=appeal(first, world.member).public_id, actor=world.officer)
    assert Bar.objects.get().lifted_at is not None
    given_up(world, world.member)
    assert Bar.objects.filter(lifted_at=None).count() == 1, "two that count are one too many again"


def test_accepting_one_of_three_leaves_the_pause_of_the_other_two(world):
    first, second = given_up(world, world.member, 2)
    actions.accept_appeal(public_id=appeal(second, world.member).public_id, actor=world.officer)
    given_up(world, world.member)
    assert Bar.objects.filter(lifted_at=None).count() == 1
    actions.accept_appeal(public_id=appeal(first, world.member).public_id, actor=world.officer)
    assert not Bar.objects.filter(lifted_at=None).exists()


def test_a_refused_appeal_changes_nothing_and_says_why(world):
    _first, second = given_up(world, world.member, 2)
    made = appeal(second, world.member)
    assert code_of(lambda: actions.refuse_appeal(public_id=made.public_id, reason="", actor=world.officer)) == (
        "REASON_NEEDED"
    )
    actions.refuse_appeal(public_id=made.public_id, reason="没有提供证明材料", actor=world.officer)
    made.refresh_from_db()
    assert (made.state, made.answer_reason) == ("refused", "没有提供证明材料")
    assert Bar.objects.get().lifted_at is None


def test_one_appeals_once_in_time_and_only_against_a_no_show(world, offer):
    assert code_of(lambda: appeal(testing.reserve(offer, world.second), world.second)) == "NOT_GIVEN_UP"
    (row,) = given_up(world, world.member)
    with pytest.raises(NotFound):
        appeal(row, world.second)
    world.clock.set(row.day + timedelta(days=30))
    appeal(row, world.member)
    assert code_of(lambda: appeal(row, world.member)) == "ALREADY_APPEALED"
    (late,) = given_up(world, world.second)
    world.clock.set(late.day + timedelta(days=31))
    assert code_of(lambda: appeal(late, world.second)) == "APPEAL_TOO_LATE"


def test_nobody_decides_on_their_own_or_a_relatives_appeal(world):
    (row,) = given_up(world, world.member)
    made = appeal(row, world.member)
    kin = unions.an_officer([(world.district, Role.UNION_OFFICER)], "kin")
    relative = people.a_person("孙九", serial=40, user_id=kin.user_id)
    Kinship.objects.create(person=relative, relative=testing.person_of(world.member), relation="parent")
    for act in (
        lambda: actions.accept_appeal(public_id=made.public_id, actor=kin),
        lambda: actions.refuse_appeal(public_id=made.public_id, reason="没有证明材料", actor=kin),
    ):
        assert code_of(act) == "OWN_CASE"


def test_an_appeal_out_of_sight_is_not_found(world, offer):
    (row,) = given_up(world, world.member)
    Campaign.objects.filter(pk=row.campaign_id).update(union=world.district)
    made = appeal(row, world.member)
    for actor in (world.other_officer, world.second, world.agent):
        with pytest.raises(NotFound):
            actions.accept_appeal(public_id=made.public_id, actor=actor)
