"""At the counter: every kind of try that can be made, what it leaves, and handing out exactly once."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.people.cards import actions as card_actions
from niangjia.commons.people.cards import queries as cards
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel import card_code, clock
from niangjia.kernel.errors import DomainError
from niangjia.platform.notices.models import Message
from niangjia.platform.testing.races import two_connections
from niangjia.services.offers import actions, testing
from niangjia.services.offers.closing import Counted
from niangjia.services.offers.models import Reservation, Scan, Sheet


def nonce():
    return uuid4().hex


@pytest.fixture
def counter(world, offer):
    """A member with a reservation for today at the keeper's site, and the code on the member's phone."""
    world.offer, world.made = offer, testing.reserve(offer, world.member)
    world.site = offer.sites[0].public_id
    world.card = cards.card_of(world.member.person_id)
    return world


def code_of(world):
    return cards.fresh_code(cards.card_of(world.member.person_id)).text


def look(world, text, *, site=None, actor=None, key=None):
    return actions.look(site=site or world.site, text=text, nonce=key or nonce(), actor=actor or world.keeper)


def collect(world, *, key=None, actor=None, site=None):
    return actions.collect(
        public_id=world.made.public_id, site=site or world.site, nonce=key or nonce(), actor=actor or world.keeper
    )


def refusal(act, *arguments, **named):
    with pytest.raises(DomainError) as caught:
        act(*arguments, **named)
    return caught.value


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


def test_a_second_try_is_told_when_and_where_f26_f27_f29(counter):
    collect(counter)
    error = refusal(collect, counter)
    assert (error.code, error.status) == ("ALREADY_COLLECTED", 409)
    assert "2026-03-04 10:00" in str(error.message)
    assert "职工之家" in str(error.message)
    assert refusal(look, counter, code_of(counter)).code == "ALREADY_COLLECTED"


INVALID = {
    "f01": "",
    "f02": "随便写的",
    "f03": "https://example.invalid/x",
    "f04": "wxp://f2f0abcdef",
    "f08": "NJ1.eyJhbGciOiJub25lIn0",
    "f10": "N" * 4096,
    "f11": "\x01\x02\x03",
    "f13": "NJ1.' OR 1=1 --",
    "f14": "<script>alert(1)</script>",
    "f15": "=cmd|' /C calc'!A0",
    "f16": "NJ1.\x00",
    "f17": "NJ1.\ud800",
    "f18": '{"card": 1}',
    "f19": "NJ1." + "A" * 3000,
}


@pytest.mark.parametrize("name", INVALID)
def test_what_is_no_code_is_said_and_changes_nothing(counter, unchanged, name):
    with unchanged(ignore={"offers_scan", "requests_counter"}):
        assert refusal(look, counter, INVALID[name]).code in ("CARD_CODE_INVALID", "CARD_NUMBER")


def spoiled(world):
    good = code_of(world)
    yield "f05", good[:-20]
    yield "f06", good[:-1] + ("A" if good[-1] != "A" else "B")
    yield "f07", good[:30]
    yield "f21", good[:4] + good[4:].swapcase()


def test_a_cut_changed_or_unsigned_code_is_invalid_f05_f06_f07_f21(counter):
    for name, text in spoiled(counter):
        assert refusal(look, counter, text).code == "CARD_CODE_INVALID", name


@pytest.mark.parametrize(("seconds", "code"), [(61, "CARD_CODE_EXPIRED"), (120, "CARD_CODE_EXPIRED")])
def test_an_old_picture_is_called_old_f22_f23(counter, seconds, code):
    text = code_of(counter)
    counter.clock.forward(seconds=seconds)
    assert refusal(look, counter, text).code == code


def test_a_code_of_the_future_is_refused_f25(counter):
    counter.clock.forward(minutes=5)
    text = code_of(counter)
    counter.clock.forward(minutes=-5)
    assert refusal(look, counter, text).code == "CARD_CODE_FUTURE"


def test_the_wrong_site_names_the_right_one_f34(counter):
    other = testing.a_site(counter.street, "别的站点").public_id
    for act, arguments in ((look, (counter, code_of(counter))), (collect, (counter,))):
        error = refusal(act, *arguments, site=other)
        assert error.code == "WRONG_SITE"
        assert "职工之家" in str(error.message)


def test_a_site_that_one_does_not_keep_is_not_found_f45(counter):
    foreign = testing.a_site(counter.other, "西区站点").public_id
    assert refusal(look, counter, code_of(counter), site=foreign).code == "SITE_NOT_FOUND"


def test_too_early_says_the_day_and_too_late_is_given_up_f35_f36(world):
    day = clock.today() + timedelta(days=2)
    world.offer = testing.an_offer(world.district, sites=[testing.a_site(world.street)], days=[day])
    world.made, world.site = testing.reserve(world.offer, world.member), world.offer.sites[0].public_id
    error = refusal(look, world, code_of(world))
    assert (error.code, str(day) in str(error.message)) == ("WRONG_DAY", True)
    world.clock.set(day + timedelta(days=1))
    assert refusal(look, world, code_of(world)).code == "GIVEN_UP"
    assert refusal(collect, world).code == "GIVEN_UP"


def test_cancelled_and_revoked_are_said_f39(counter):
    actions.cancel(public_id=counter.made.public_id, actor=counter.member)
    assert refusal(look, counter, code_of(counter)).code == "CANCELLED"
    again = testing.reserve(counter.offer, counter.member)
    actions.revoke(public_id=again.public_id, reason="已离开工会，不再符合条件", actor=counter.officer)
    assert refusal(look, counter, again.number).code == "REVOKED"


def test_a_lost_and_a_replaced_card_are_said_f40_f41(counter):
    old, text = counter.card.number, code_of(counter)
    card_actions.report_lost(public_id=counter.card.public_id, actor=counter.member)
    assert refusal(look, counter, old).code == "CARD_BLOCKED"
    assert refusal(collect, counter).code == "CARD_BLOCKED"
    card_actions.replace(public_id=counter.card.public_id, actor=counter.member)
    assert refusal(look, counter, text).code == "CARD_REPLACED"
    assert look(counter, code_of(counter)).public_id == counter.made.public_id


def test_who_has_nothing_here_is_told_so(counter):
    text = cards.fresh_code(cards.card_of(counter.second.person_id)).text
    assert refusal(look, counter, text).code == "NOTHING_HERE"


def test_nobody_hands_out_to_themselves_f50_f51(counter):
    keeper = unions.an_officer([(counter.street, Role.SITE_KEEPER)], "both")
    person = testing.person_of(counter.member)
    person.user_id = keeper.user_id
    person.save(update_fields=["user"])
    assert refusal(look, counter, code_of(counter), actor=keeper).code == "OWN_CASE"
    assert refusal(collect, counter, actor=keeper).code == "OWN_CASE"


def test_members_and_agents_have_no_counter_f50(counter):
    for actor in (counter.member, counter.agent):
        assert refusal(look, counter, code_of(counter), actor=actor).code == "SITE_NOT_FOUND"


def test_ten_wrong_numbers_are_enough_f59(counter):
    for _number in range(10):
        assert refusal(look, counter, "YL2026-9999999-9").code == "RESERVATION_NOT_FOUND"
    assert refusal(look, counter, counter.made.number).code == "TOO_MANY"


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
                cursor.execute("UPDATE offers_reservation SET note = note || 'x' WHERE id = %s", [row["pk"]])
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
