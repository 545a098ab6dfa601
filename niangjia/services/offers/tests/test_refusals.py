"""Everything that can be shown or typed at a counter and must hand out nothing. The numbers are those of the catalogue.

After each refusal the database is as before, but for the note that it was tried.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from niangjia.commons.people import actions as people
from niangjia.commons.people.cards import actions as card_actions
from niangjia.commons.people.cards import keys
from niangjia.commons.people.models import Kinship, Membership
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel import card_code, clock
from niangjia.kernel.policy import allow
from niangjia.services.offers import actions, testing
from niangjia.services.offers.models import Reservation, Scan
from niangjia.services.offers.tests.at_counter import KEPT, code_of, collect, look, refusal

pytestmark = pytest.mark.django_db


def signed(world, key, key_id, **more):
    text = {"number": world.card.number, "issued_at": clock.now(), **more}
    return card_code.sign(private_key=key, key_id=key_id, **text)


def other_case(text):
    return text[:4] + text[4:].swapcase()


def one_bit(text):
    return text[:40] + ("A" if text[40] != "A" else "B") + text[41:]


NO_CODE = {
    "f01-empty": lambda _world: "",
    "f02-random-text": lambda _world: "随便写的",
    "f03-web-link": lambda _world: "https://example.invalid/x",
    "f04-payment-code": lambda _world: "wxp://f2f0abcdef",
    "f05-cut": lambda world: code_of(world)[:-20],
    "f06-one-bit": lambda world: one_bit(code_of(world)),
    "f07-no-signature": lambda world: code_of(world)[:31],
    "f08-alg-none": lambda _world: "eyJhbGciOiJub25lIn0.eyJjYXJkIjoxfQ.",
    "f09-foreign-key-id": lambda world: signed(world, Ed25519PrivateKey.generate(), 9),
    "f10-4096-characters": lambda _world: "N" * 4096,
    "f11-binary": lambda _world: "\x01\x02\x03\xff",
    "f12-utf16": lambda world: code_of(world).encode("utf-16").decode("latin-1"),
    "f13-sql": lambda _world: "NJ1.' OR 1=1 --",
    "f14-script": lambda _world: "<script>alert(1)</script>",
    "f15-formula": lambda _world: "=cmd|' /C calc'!A0",
    "f16-nul": lambda world: code_of(world) + "\x00",
    "f17-lone-surrogate": lambda _world: "NJ1.\ud800",
    "f18-json": lambda _world: '{"card": 1}',
    "f19-too-long": lambda world: code_of(world) + "A" * 3000,
    "f20-plus-became-space": lambda world: code_of(world).replace("A", " ").replace("a", " "),
    "f21-other-case": lambda world: other_case(code_of(world)),
    "f37-test-code": lambda world: signed(world, Ed25519PrivateKey.generate(), 1),
    "card-number-mistyped": lambda world: world.card.number[:-1] + str((int(world.card.number[-1]) + 1) % 10),
    "no-text-at-all": lambda _world: None,
}


@pytest.mark.parametrize("name", NO_CODE)
def test_what_is_no_code_is_said(counter, unchanged, name):
    text = NO_CODE[name](counter)
    with unchanged(ignore=KEPT):
        assert refusal(look, counter, text).code in ("CARD_CODE_INVALID", "CARD_NUMBER")


def rotated(world, settings):
    text = code_of(world)
    settings.CARD_KEY_ID, settings.CARD_KEYS_ACCEPTED = int(settings.CARD_KEY_ID) + 1, []
    return text


def aged(seconds):
    def make(world, _settings):
        return signed(world, keys.private_key(1), 1, issued_at=clock.now() - timedelta(seconds=seconds))

    return make


@pytest.mark.parametrize(
    ("make", "code"),
    [
        pytest.param(aged(61), "CARD_CODE_EXPIRED", id="f22-61-seconds-old"),
        pytest.param(aged(120), "CARD_CODE_EXPIRED", id="f23-photo"),
        pytest.param(rotated, "CARD_CODE_EXPIRED", id="f24-key-rotated-out"),
        pytest.param(aged(-300), "CARD_CODE_FUTURE", id="f25-issued-ahead"),
    ],
)
def test_a_code_that_is_not_fresh_is_said(counter, unchanged, settings, make, code):
    text = make(counter, settings)
    with unchanged(ignore=KEPT):
        assert refusal(look, counter, text).code == code


def test_a_code_of_sixty_seconds_with_a_newline_is_taken_f32(counter, settings):
    assert look(counter, aged(60)(counter, settings) + "\r\n").public_id == counter.made.public_id


# What stands against it


def moved_to(world, **days):
    Reservation.objects.filter(pk=world.made.pk).update(day=clock.today() + timedelta(**days))


def given_up(world):
    moved_to(world, days=-1)
    actions.give_up(public_id=world.made.public_id, actor=testing.SYSTEM)


def revoked(world):
    actions.revoke(public_id=world.made.public_id, reason="不再符合条件", actor=world.officer)


def called_off(world):
    actions.call_off(public_id=world.offer.key, reason="供货单位停产", actor=world.officer)


def left(world):
    membership = Membership.objects.current().get(person=world.member.person_id)
    people.end_membership(
        membership, cause="leave", actor=testing.SYSTEM, decision=allow("own"), day=clock.today(), reason="本人申请退会"
    )


def kin(world):
    keeper = testing.person_of(testing.a_member(world.street, 8, name="赵六"))
    keeper.user_id = world.keeper.user_id
    keeper.save(update_fields=["user"])
    for person, relative in ((keeper.pk, world.member.person_id), (world.member.person_id, keeper.pk)):
        Kinship.objects.create(person_id=person, relative_id=relative, relation="spouse")


def own(world):
    person = testing.person_of(world.member)
    person.user_id = world.keeper.user_id
    person.save(update_fields=["user"])


AGAINST = {
    "f26-second-scan": (collect, "ALREADY_COLLECTED", 409),
    "f35-day-before": (lambda world: moved_to(world, days=1), "WRONG_DAY", 409),
    "f36-day-after": (lambda world: moved_to(world, days=-1), "GIVEN_UP", 410),
    "f36-given-up": (given_up, "GIVEN_UP", 410),
    "f39-cancelled": (
        lambda world: actions.cancel(public_id=world.made.public_id, actor=world.member), "CANCELLED", 409,
    ),
    "f39-revoked": (revoked, "REVOKED", 409),
    "f39-campaign-called-off": (called_off, "CALLED_OFF", 409),
    "f41-reported-lost": (
        lambda world: card_actions.report_lost(public_id=world.card.public_id, actor=world.member), "CARD_BLOCKED", 409,
    ),
    "f42-left-the-union": (left, "LEFT_UNION", 409),
    "f51-own-gift": (own, "OWN_CASE", 403),
    "f51-of-a-relative": (kin, "OWN_CASE", 403),
}  # fmt: skip


@pytest.mark.parametrize("name", AGAINST)
def test_each_reason_is_said_by_number_and_at_confirming_and_changes_nothing(counter, unchanged, name):
    prepare, code, status = AGAINST[name]
    prepare(counter)
    with unchanged(ignore=KEPT):
        for error in (refusal(look, counter, counter.made.number), refusal(collect, counter)):
            assert (error.code, error.status) == (code, status)
            assert str(error.message).endswith("。")
    assert set(Scan.objects.exclude(outcome="ok").values_list("outcome", flat=True)) == {code}


@pytest.mark.parametrize("name", ["f35-day-before", "f36-given-up", "f39-revoked", "f39-campaign-called-off"])
def test_by_the_card_it_is_the_same(counter, name):
    prepare, code, _status = AGAINST[name]
    prepare(counter)
    assert refusal(look, counter, code_of(counter)).code == code


def test_a_second_scan_says_when_and_where_f26_f27_f29(counter):
    collect(counter)
    for error in (refusal(collect, counter), refusal(look, counter, code_of(counter))):
        assert "2026-03-04 10:00" in str(error.message)
        assert "职工之家" in str(error.message)


def test_the_wrong_site_names_the_right_one_f34_f61(counter):
    other = testing.a_site(counter.street, "别的站点").public_id
    for act, arguments in (
        (look, (counter, code_of(counter))),
        (look, (counter, counter.made.number)),
        (collect, (counter,)),
    ):
        error = refusal(act, *arguments, site=other)
        assert error.code == "WRONG_SITE"
        assert "职工之家" in str(error.message)


def test_the_right_day_is_named_f35(counter):
    moved_to(counter, days=2)
    assert str(clock.today() + timedelta(days=2)) in str(refusal(look, counter, code_of(counter)).message)


def test_a_replaced_card_is_said_and_the_new_one_serves_f40(counter):
    text = code_of(counter)
    card_actions.report_lost(public_id=counter.card.public_id, actor=counter.member)
    card_actions.replace(public_id=counter.card.public_id, actor=counter.member)
    assert refusal(look, counter, text).code == "CARD_REPLACED"
    assert look(counter, code_of(counter)).public_id == counter.made.public_id


def test_who_left_the_union_has_no_card_any_more_f42(counter):
    text = code_of(counter)
    left(counter)
    assert refusal(look, counter, text).code == "CARD_CLOSED"


def test_who_has_nothing_here_is_told_so(counter):
    assert refusal(look, counter, code_of(counter, counter.second)).code == "NOTHING_HERE"


def test_of_several_the_one_due_here_today_is_spoken_of_f33(counter):
    """Another campaign's that was given up, and another's that is due at another site today."""
    elsewhere = testing.an_offer(counter.district, sites=[testing.a_site(counter.street, "别的站点")])
    testing.reserve(elsewhere, counter.member)
    past = testing.an_offer(counter.district, sites=[counter.offer.sites[0]])
    Reservation.objects.filter(pk=testing.reserve(past, counter.member).pk).update(
        day=clock.today() - timedelta(days=3)
    )
    assert look(counter, code_of(counter)).public_id == counter.made.public_id
    collect(counter)
    assert refusal(look, counter, code_of(counter)).code == "WRONG_SITE"


def test_a_site_that_one_does_not_keep_is_not_found_f45(counter, unchanged):
    foreign = testing.a_site(counter.other, "西区站点").public_id
    with unchanged():
        assert refusal(look, counter, code_of(counter), site=foreign).code == "SITE_NOT_FOUND"
        for actor in (counter.member, counter.agent, counter.other_officer):
            assert refusal(collect, counter, actor=actor).code == "SITE_NOT_FOUND"


def test_a_keeper_of_another_union_finds_no_reservation_f45(counter):
    """At a site of the keeper's own, for a reservation that is none of the keeper's business."""
    keeper = unions.an_officer([(counter.other, Role.SITE_KEEPER)], "west-keeper")
    site = testing.a_site(counter.other, "西区站点").public_id
    assert refusal(collect, counter, site=site, actor=keeper).code == "RESERVATION_NOT_FOUND"


@pytest.mark.parametrize(
    "typed", ["YL2026-9999999-9", "YL2026-0000001-0", "YL", "YL2026-²-1", "YL２０２６-1-1", "YL-1-1-1-1"]
)
def test_a_number_that_is_none_is_not_found(counter, unchanged, typed):
    with unchanged(ignore=KEPT):
        assert refusal(look, counter, typed).code == "RESERVATION_NOT_FOUND"


def test_ten_wrong_reservation_numbers_are_enough_f59(counter):
    for _number in range(10):
        assert refusal(look, counter, "YL2026-9999999-9").code == "RESERVATION_NOT_FOUND"
    error = refusal(look, counter, counter.made.number)
    assert (error.code, error.status) == ("TOO_MANY", 429)
    assert look(counter, code_of(counter)).scanned, "a card's own code serves all the same"
    counter.clock.forward(minutes=11)
    assert look(counter, counter.made.number).public_id == counter.made.public_id


def test_ten_guessed_card_numbers_are_enough_f60(counter):
    for _number in range(10):
        assert refusal(look, counter, card_code.new_card_number()).code == "CARD_UNKNOWN"
    assert refusal(look, counter, counter.card.number).code == "TOO_MANY"


def test_a_taken_back_try_does_not_hand_out_again_by_itself(counter):
    made = collect(counter, key="nonce-of-a-lost-answer")
    actions.undo_collect(public_id=made.public_id, reason="扫错了人", actor=counter.keeper)
    assert refusal(collect, counter, key="nonce-of-a-lost-answer").code == "UNDONE"
    assert collect(counter).state == "collected"


def test_a_try_that_handed_out_something_else_is_refused(counter):
    collect(counter, key="nonce-used-before")
    second = testing.reserve(counter.offer, counter.second)
    counter.made = second
    assert refusal(collect, counter, key="nonce-used-before").code == "NONCE_USED"
    assert Scan.objects.get(nonce="nonce-used-before").outcome == "ok"
