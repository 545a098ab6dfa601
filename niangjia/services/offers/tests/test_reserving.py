"""Reserving: what it leaves, whom it refuses and how, repetitions."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from niangjia.commons.ledger.models import LedgerRow, Touched
from niangjia.kernel.errors import Conflict, DomainError, Gone, NotAllowed, NotFound, RuleBroken
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.notices.models import Message
from niangjia.platform.requests.models import Answer
from niangjia.services.offers import actions, testing
from niangjia.services.offers.models import Bar, Cell, Reservation


def refused(offer, actor, choice=None, **changes):
    with pytest.raises(DomainError) as caught:
        testing.reserve(offer, actor, replace(choice or offer.choice, **changes))
    return caught.value


def test_a_reservation_leaves_its_piece_its_record_its_entry_and_its_message(world, offer):
    made = testing.reserve(offer, world.member)
    assert (made.state, made.person_id, made.union) == ("reserved", world.member.person_id, world.street)
    assert offer.cell().taken == 1
    row = LedgerRow.objects.get(source_type="offers.reservation", source_id=made.pk)
    assert (row.measure, row.qty, row.union_id, row.person_id) == ("offers.reserved", 1, made.union_id, made.person_id)
    assert Touched.objects.filter(measure="offers.reserved", union_id=made.union_id, day=row.day).exists()
    entry = AuditEntry.objects.get(subject_id=made.public_id)
    assert (entry.action, entry.after, entry.ground) == ("offers.reservation.reserve", "reserved", "own")
    assert Message.objects.get(user_id=world.member.user_id, kind="offers.reserved").values["item"] == "鸡蛋"


def test_the_second_is_refused_and_the_first_is_shown(world, offer):
    first = testing.reserve(offer, world.member)
    error = refused(offer, world.member, offer.choices[1])
    assert (error.code, isinstance(error, Conflict)) == ("ONE_PER_CARD", True)
    assert first.number in str(error.message)
    assert "鸡蛋" in str(error.message)


def test_a_double_tap_gets_the_same_receipt(world, offer):
    key = uuid4().hex
    first = testing.reserve(offer, world.member, key=key)
    assert testing.reserve(offer, world.member, key=key) == first
    assert Reservation.objects.count() == 1
    assert offer.cell().taken == 1


def test_the_winner_keeps_the_answer_after_the_stock_is_gone(world):
    offer = testing.an_offer(world.district, pieces=1)
    key = uuid4().hex
    first = testing.reserve(offer, world.member, key=key)
    assert refused(offer, world.second).code == "SOLD_OUT"
    assert testing.reserve(offer, world.member, key=key) == first


def test_a_key_used_for_one_thing_does_not_serve_for_another(world, offer):
    key = uuid4().hex
    testing.reserve(offer, world.member, key=key)
    with pytest.raises(RuleBroken) as caught:
        testing.reserve(offer, world.member, offer.choices[1], key=key)
    assert caught.value.code == "KEY_REUSED"


def test_cancelling_gives_the_piece_back_and_takes_the_record_out(world, offer):
    made = testing.reserve(offer, world.member)
    actions.cancel(public_id=made.public_id, actor=world.member)
    actions.cancel(public_id=made.public_id, actor=world.member)
    assert offer.cell().taken == 0
    assert not LedgerRow.objects.live().filter(measure="offers.reserved").exists()
    assert testing.reserve(offer, world.member).state == "reserved"


def test_somebody_elses_reservation_is_not_found(world, offer):
    made = testing.reserve(offer, world.member)
    with pytest.raises(NotFound):
        actions.cancel(public_id=made.public_id, actor=world.second)


def test_the_opening_moment_is_open_and_a_millisecond_before_is_not(world):
    opens = world.clock.now + timedelta(hours=1)
    offer = testing.an_offer(world.district, opens_at=opens)
    world.clock.set(opens - timedelta(milliseconds=1))
    error = refused(offer, world.member)
    assert (error.code, isinstance(error, NotAllowed)) == ("NOT_OPEN", True)
    assert "3月4日 11:00" in str(error.message)
    world.clock.set(opens)
    assert testing.reserve(offer, world.member).state == "reserved"


def test_the_closing_moment_is_closed(world, offer):
    world.clock.set(offer.campaign.closes_at - timedelta(milliseconds=1))
    assert refused(offer, world.member, day=offer.choice.day).code == "CLOSED"  # that pick-up day is over
    world.clock.set(offer.campaign.closes_at)
    error = refused(offer, world.member)
    assert (error.code, isinstance(error, Gone)) == ("CLOSED", True)


def test_who_is_not_meant_is_told_why(world, offer):
    error = refused(offer, world.stranger)
    assert (error.code, error.status) == ("NOT_ELIGIBLE", 403)
    assert "EAST" in str(error.message)


def test_who_did_not_come_too_often_waits(world, offer):
    past = testing.reserve(testing.an_offer(world.district), world.member)
    today = world.clock.today
    Bar.objects.create(person_id=world.member.person_id, reservation=past, starts_on=today, until=today)
    error = refused(offer, world.member)
    assert (error.code, error.status) == ("BANNED_UNTIL", 403)
    world.clock.forward(days=1)
    assert refused(offer, world.member).code == "CLOSED"  # only the day of this choice is over now


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"item": "unknown"}, "ITEM_NOT_FOUND", 404),
        ({"item": ""}, "ITEM_NOT_FOUND", 404),
        ({"site": "unknown"}, "NOT_AT_THIS_PLACE", 422),
    ],
)
def test_what_is_not_there_cannot_be_had(world, offer, changes, code, status):
    error = refused(offer, world.member, **changes)
    assert (error.code, error.status) == (code, status)


def test_a_day_outside_of_the_pick_up_days_is_closed(world, offer):
    for days in (-1, 7, 400):
        assert refused(offer, world.member, day=offer.choice.day + timedelta(days=days)).code == "CLOSED"


def test_a_draft_is_not_found(world):
    campaign = testing.a_draft(world.district)
    with pytest.raises(NotFound) as caught:
        testing.reserve(testing.offer_of(campaign), world.member)
    assert caught.value.code == "CAMPAIGN_NOT_FOUND"


def test_a_withdrawn_item_is_seen_by_the_next_request(world, offer):
    testing.reserve(offer, world.member)
    offer.campaign.items.filter(public_id=offer.choice.item).update(withdrawn_at=world.clock.now)
    from niangjia.services.offers.campaign.campaigns import touch

    touch(offer.campaign.pk)
    assert refused(offer, world.second).code == "ITEM_NOT_FOUND"


def test_staff_never_reserve(world, offer):
    with pytest.raises(NotAllowed):
        testing.reserve(offer, world.officer)


def test_once_a_year_holds_over_campaigns_and_comes_back_with_the_cancellation(world):
    rule = {"who": [], "once": {"per": "person", "period": "year"}}
    first, second = (testing.an_offer(world.district, rule=rule) for _number in range(2))
    made = testing.reserve(first, world.member)
    assert refused(second, world.member).code == "ALREADY_USED"
    assert second.cell().taken == 0
    actions.cancel(public_id=made.public_id, actor=world.member)
    assert testing.reserve(second, world.member).state == "reserved"


def test_called_off_voids_what_was_not_collected_and_tells_why(world, offer):
    made = testing.reserve(offer, world.member)
    actions.call_off(public_id=offer.key, reason="供货单位停产，改期举行", actor=world.officer)
    made.refresh_from_db()
    assert (made.state, made.note) == ("revoked", "供货单位停产，改期举行")
    assert offer.cell().taken == 0
    assert Message.objects.filter(user_id=world.member.user_id, kind="offers.called_off").exists()
    assert refused(offer, world.second).code == "CAMPAIGN_NOT_FOUND"


WRITTEN = (Reservation, Answer, AuditEntry, LedgerRow, Touched, Message, Cell)
OWN = {"id", "public_id", "source_id", "subject_id", "answer", "link", "key"}


def rows_of(model):
    columns = [field.attname for field in model._meta.concrete_fields if field.attname not in OWN]
    return Counter(map(repr, model.objects.values(*columns)))


@pytest.mark.postgresql
def test_the_one_statement_leaves_the_rows_of_the_portable_form(world, offer, monkeypatch):
    from niangjia.services.offers.rush import reserving

    def written(form):
        before = {model: rows_of(model) for model in WRITTEN}
        monkeypatch.setattr(reserving, "_write", form)
        made = testing.reserve(offer, world.member)
        new = {model: rows_of(model) - before[model] for model in WRITTEN}
        actions.cancel(public_id=made.public_id, actor=world.member)
        for model in (Answer, Message, Touched):
            model.objects.all().delete()
        return new

    portable = written(reserving._write_portable)
    hot = written(reserving._write_hot)
    assert {model: rows.total() for model, rows in hot.items()} == dict.fromkeys(WRITTEN, 1)
    assert hot == portable
