"""At the counter: every kind of try that can be made, what it leaves, and handing out exactly once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel import card_code, clock
from niangjia.kernel.errors import DomainError
from niangjia.platform.notices.models import Message
from niangjia.platform.testing.races import two_connections
from niangjia.services.offers import actions, testing
from niangjia.services.offers.counter.closing import Counted
from niangjia.services.offers.models import Reservation, Scan, Sheet
from niangjia.services.offers.tests.at_counter import code_of, collect, look, nonce, refusal


def test_the_card_shows_a_masked_name_and_the_item_and_nothing_is_handed_out(counter):
    found = look(counter, code_of(counter))
    assert (found.name, found.item, found.number, found.scanned) == ("张*", "鸡蛋", counter.made.number, True)
    assert Reservation.objects.get().state == "reserved"
    assert Scan.objects.get().outcome == "found"


@pytest.mark.parametrize("typed", [lambda world: world.card.number, lambda world: card_code.grouped(world.card.number)])
def test_the_plastic_cards_number_serves_too(counter, typed):
    found = look(counter, typed(counter))
    assert (found.public_id, found.scanned) == (counter.made.public_id, False)


def test_the_reservations_number_serves_too(counter):
    assert look(counter, f" {counter.made.number.lower()}\n").public_id == counter.made.public_id


def test_collecting_writes_the_record_and_tells_the_member(counter):
    made = collect(counter)
    assert (made.state, made.collected_by_id, made.collected_at) == ("collected", counter.keeper.user_id, clock.now())
    row = LedgerRow.objects.live().get(measure="offers.collected")
    assert (row.person_id, row.union_id, row.qty) == (made.person_id, made.union_id, 1)
    assert Message.objects.filter(user_id=counter.member.user_id, kind="offers.collected").exists()


def test_the_same_try_sent_again_is_the_same_collection_f30_f31(counter):
    key = nonce()
    assert collect(counter, key=key) == collect(counter, key=key)
    assert LedgerRow.objects.live().filter(measure="offers.collected").count() == 1


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "a b c d e f", None, 5])
def test_a_try_needs_its_number(counter, key):
    with pytest.raises(DomainError, match="NONCE"):
        actions.look(site=counter.site, text="x", nonce=key, actor=counter.keeper)


def test_a_collection_is_taken_back_soon_by_the_same_hand_with_a_reason_f62_f63(counter):
    made = collect(counter)
    colleague = unions.an_officer([(counter.street, Role.SITE_KEEPER)], "colleague")
    undo = {"public_id": made.public_id, "reason": "扫错了人，东西没有拿走"}
    assert refusal(actions.undo_collect, **undo, actor=colleague).code == "NOT_YOUR_SCAN"
    counter.clock.forward(minutes=10, seconds=1)
    assert refusal(actions.undo_collect, **undo, actor=counter.keeper).code == "TOO_LATE"
    counter.clock.forward(seconds=-2)
    actions.undo_collect(**undo, actor=counter.keeper)
    assert not LedgerRow.objects.live().filter(measure="offers.collected").exists()
    assert collect(counter).state == "collected"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_scanners_at_once_one_hands_out_f28(counter):
    outcomes = two_connections(lambda: collect(counter), lambda: collect(counter))
    assert sorted("ok" if outcome.ok else outcome.error.code for outcome in outcomes) == ["ALREADY_COLLECTED", "ok"]
    assert LedgerRow.objects.live().filter(measure="offers.collected").count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_scanners_both_hand_out(counter):
    """The proof: reading the state first and writing then, as a counter without lock and condition would."""

    def careless(meet):
        row = Reservation.objects.values("pk", "state").get()
        meet()
        if row["state"] == "reserved":
            with connection.cursor() as cursor:
                cursor.execute("UPDATE offers_reservation SET category = category || 'x' WHERE id = %s", [row["pk"]])
            return "handed out"
        return "refused"

    assert [outcome.value for outcome in two_connections(careless, careless)] == ["handed out", "handed out"]


# The closing sheet


@pytest.fixture
def sheet(counter):
    collect(counter)
    testing.reserve(counter.offer, counter.second)
    return actions.begin_sheet(
        campaign=counter.offer.key, site=counter.site, day=counter.clock.today, actor=counter.keeper
    )


def test_a_sheet_counts_expected_and_handed_out_and_says_what_is_missing(counter, sheet):
    line = sheet.lines.get(item__name="鸡蛋")
    counts = {line.item_id: Counted(delivered=5, spoiled=1, left=2)}
    actions.fill_sheet(public_id=sheet.public_id, counts=counts, note="一箱破损", actor=counter.keeper)
    actions.sign(public_id=sheet.public_id, actor=counter.keeper)
    line.refresh_from_db()
    assert (line.expected, line.handed_out, line.difference) == (2, 1, -1)


def test_a_sheet_is_begun_once_and_signed_by_two(counter, sheet):
    assert (
        actions.begin_sheet(
            campaign=counter.offer.key, site=counter.site, day=counter.clock.today, actor=counter.keeper
        )
        == Sheet.objects.get()
    )
    actions.sign(public_id=sheet.public_id, actor=counter.keeper)
    assert refusal(actions.fill_sheet, public_id=sheet.public_id, counts={}, actor=counter.keeper).code == "SIGNED"
    assert refusal(actions.countersign, public_id=sheet.public_id, actor=counter.keeper).code == "SAME_HAND"
    actions.send_back(public_id=sheet.public_id, reason="数量写错了一行", actor=counter.officer)
    actions.sign(public_id=sheet.public_id, actor=counter.keeper)
    assert actions.countersign(public_id=sheet.public_id, actor=counter.officer).state == "countersigned"


@pytest.mark.parametrize("count", [(-1, 0, 0), (1, 2, 0), (0, 0, 1_000_001), (1.5, 0, 0), (True, 0, 0)])
def test_numbers_that_cannot_be_are_said_beside_the_number(counter, sheet, count):
    item = sheet.lines.first().item_id
    error = refusal(actions.fill_sheet, public_id=sheet.public_id, counts={item: Counted(*count)}, actor=counter.keeper)
    assert (error.code, bool(error.fields)) == ("PIECES", True)


def test_strangers_find_no_sheet(counter, sheet):
    for actor in (counter.other_officer, counter.agent, counter.member):
        assert refusal(actions.sign, public_id=sheet.public_id, actor=actor).code == "SHEET_NOT_FOUND"
    assert refusal(
        actions.begin_sheet, campaign=counter.offer.key, site=counter.site, day=counter.clock.today - timedelta(days=1),
        actor=counter.keeper,
    ).code == "NO_PICKUP_DAY"  # fmt: skip
