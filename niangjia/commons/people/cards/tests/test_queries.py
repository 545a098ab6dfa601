"""What a scanner learns from a code or a typed number, and what verifiers without network are given."""

import json
from datetime import timedelta

import pytest
from django.db import transaction

from niangjia.commons.people import actions as people
from niangjia.commons.people.cards import actions, keys, queries
from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.testing import SYSTEM, a_member, a_person, signed_in
from niangjia.commons.unions.testing import an_officer
from niangjia.kernel import card_code
from niangjia.kernel import clock as kernel_clock
from niangjia.kernel.card_code import TrustList, grouped, new_card_number
from niangjia.kernel.errors import DomainError, NotFound, TooMany
from niangjia.kernel.policy import allow

CLERK = SYSTEM


def resolve(text, actor=CLERK):
    return queries.resolve(text, actor=actor, now=kernel_clock.now())


def refusal(text, actor=CLERK):
    with pytest.raises(DomainError) as refused:
        resolve(text, actor)
    return refused.value.code


def a_code(card):
    return queries.fresh_code(card).text


def close(person):
    with transaction.atomic():
        membership = Membership.objects.current().get(person=person)
        day, yes = kernel_clock.today(), allow("test")
        people.end_membership(membership, cause="record_death", day=day, actor=SYSTEM, decision=yes)


# One's own


def test_the_card_in_force_is_the_newest(card, wang):
    assert queries.card_of(wang.pk) == card
    new = actions.replace(public_id=card.public_id, actor=SYSTEM)
    assert queries.card_of(wang.pk) == queries.own_card(signed_in(wang)) == new
    assert queries.history(signed_in(wang), wang.pk) == [new, card]


def test_who_left_sees_the_closed_card_but_has_none_in_force(card, wang):
    close(wang)
    assert queries.card_of(wang.pk) is None
    assert queries.own_card(signed_in(wang)).state == "closed"


def test_who_never_joined_is_told_where_a_card_comes_from(tree):
    with pytest.raises(NotFound) as refused:
        queries.require_own(signed_in(a_person("李四")))
    assert refused.value.code == "CARD_NONE"


def test_history_is_shown_to_who_may_see_the_person(card, wang, tree):
    east = an_officer([(tree["EAST-1"], "union_officer")], "east")
    west = an_officer([(tree["WEST-1"], "union_officer")], "west")
    assert queries.history(east, wang.pk) == [card]
    assert queries.history(west, wang.pk) == []
    assert queries.history(signed_in(a_member(tree["EAST-1"]).person), wang.pk) == []


def test_a_code_is_shown_only_of_a_card_in_force(card, wang):
    assert queries.fresh_code(card).renew_in == 30
    actions.report_lost(public_id=card.public_id, actor=signed_in(wang))
    with pytest.raises(DomainError) as refused:
        queries.fresh_code(Card.objects.get(pk=card.pk))
    assert refused.value.code == "CARD_BLOCKED"


# Scanned and typed


def test_a_fresh_code_leads_to_person_and_card(card, wang, clock):
    found = resolve(a_code(card) + "\n")
    assert (found.person_id, found.card, found.scanned, found.issued_at) == (wang.pk, card, True, clock.now)
    assert len(found.nonce) == 8


def test_a_typed_number_leads_there_too_but_is_no_scan(card, wang):
    for typed in (card.number, grouped(card.number), f"{card.number[:8]}-{card.number[8:]} "):
        found = resolve(typed)
        assert (found.person_id, found.card, found.scanned, found.nonce) == (wang.pk, card, False, "")


def test_reading_costs_one_statement_and_writes_nothing(card, unchanged, django_assert_num_queries):
    code = a_code(card)
    with unchanged(), django_assert_num_queries(1):
        resolve(code)


def test_of_merged_entries_the_one_that_remained_is_found(card, wang):
    remained = a_person("王小丽")
    Person.objects.filter(pk=wang.pk).update(user=None)
    Person.objects.filter(pk=wang.pk).update(canonical=remained)
    assert resolve(a_code(card)).person_id == resolve(card.number).person_id == remained.pk


@pytest.mark.parametrize(
    "text",
    ["", "abc", "https://example.com/", "<script>", "' OR 1=1", "\0", "\ud800", "NJ1.", "卡", None, 5, "x" * 5000],
)
def test_what_is_neither_is_refused(tree, text):
    assert refusal(text) == "CARD_CODE_INVALID"


def test_digits_that_are_no_card_number_are_called_so(card):
    wrong = card.number[:-1] + str((int(card.number[-1]) + 1) % 10)
    assert refusal(wrong) == "CARD_NUMBER"
    assert refusal("6" * 5000) == "CARD_NUMBER"
    assert refusal(new_card_number()) == "CARD_UNKNOWN"


def test_a_genuine_code_of_a_number_that_is_not_ours_is_unknown(tree):
    assert refusal(keys.sign(new_card_number(), kernel_clock.now())) == "CARD_UNKNOWN"


def test_f22_f23_f25_old_and_future_codes(card, clock):
    code = a_code(card)
    clock.forward(seconds=60)
    assert resolve(code)
    clock.forward(seconds=1)
    assert refusal(code) == "CARD_CODE_EXPIRED"
    assert refusal(keys.sign(card.number, clock.now + timedelta(minutes=5))) == "CARD_CODE_FUTURE"


def test_f24_a_rotated_key_is_accepted_while_it_is_listed(card, settings):
    code = a_code(card)
    settings.CARD_KEY_ID = 2
    assert refusal(code) == "CARD_CODE_EXPIRED"
    settings.CARD_KEYS_ACCEPTED = [1]
    assert resolve(code)
    assert resolve(a_code(card))


def test_a_new_master_key_makes_other_keys(card, settings):
    code = a_code(card)
    settings.MASTER_KEY = "1" * 64
    assert refusal(code) == "CARD_CODE_INVALID"


def test_f40_a_replaced_card_says_so_by_plastic_and_by_screenshot_however_old(card, wang, clock):
    code = a_code(card)
    new = actions.replace(public_id=card.public_id, actor=SYSTEM)
    assert refusal(code) == refusal(card.number) == "CARD_REPLACED"
    clock.forward(days=3)
    assert refusal(code) == "CARD_REPLACED"
    assert resolve(new.number).person_id == wang.pk


def test_f41_f42_a_lost_card_and_one_of_a_former_member(card, wang):
    code = a_code(card)
    actions.report_lost(public_id=card.public_id, actor=signed_in(wang))
    assert refusal(code) == refusal(card.number) == "CARD_BLOCKED"
    close(wang)
    assert refusal(code) == refusal(card.number) == "CARD_CLOSED"


def test_a_card_past_its_last_day_is_refused(card, clock):
    Card.objects.filter(pk=card.pk).update(valid_until=clock.today)
    assert resolve(card.number)
    clock.forward(days=1)
    assert refusal(card.number) == "CARD_RUN_OUT"


# Guessing


def test_f59_f60_after_ten_wrong_numbers_even_a_right_one_waits(card, tree, clock):
    clerk = an_officer([(tree["EAST-1"], "stall_officer")], "clerk")
    for _time in range(5):
        assert refusal(new_card_number(), clerk) == "CARD_UNKNOWN"
        assert refusal("6600000000000001", clerk) == "CARD_NUMBER"
    with pytest.raises(TooMany) as refused:
        resolve(card.number, clerk)
    assert 0 < refused.value.retry_after <= 600
    assert resolve(a_code(card), clerk)
    assert resolve(card.number)
    clock.forward(seconds=601)
    assert resolve(card.number, clerk)


def test_right_numbers_are_not_counted(card, tree):
    clerk = an_officer([(tree["EAST-1"], "stall_officer")], "clerk")
    for _time in range(12):
        assert resolve(card.number, clerk)


# Verifiers without network


def test_the_list_holds_lost_cards_always_and_dead_ones_for_thirty_days(tree, clock):
    lost, replaced, closed, fine = (Card.objects.get(person=a_member(tree["EAST-1"]).person) for _number in range(4))
    actions.report_lost(public_id=lost.public_id, reason="本人来电挂失", actor=SYSTEM)
    new = actions.replace(public_id=replaced.public_id, actor=SYSTEM)
    close(closed.person)
    assert queries.trust_list().revoked == {lost.number, replaced.number, closed.number}
    clock.forward(days=30)
    assert queries.trust_list().revoked == {lost.number, replaced.number, closed.number}
    clock.forward(days=1)
    assert queries.trust_list().revoked == {lost.number}
    actions.unblock(public_id=lost.public_id, reason="本人持身份证来", actor=SYSTEM)
    assert queries.trust_list().revoked == frozenset()
    assert {fine.number, new.number}.isdisjoint(queries.trust_list().revoked)


def test_a_verifier_with_the_list_alone_agrees_with_us(card, wang, clock, django_assert_num_queries):
    lists = TrustList.from_json(json.loads(json.dumps(queries.trust_list().as_json())))
    code = a_code(card)
    with django_assert_num_queries(0):
        assert lists.verify(code, now=clock.now).number == card.number
    actions.report_lost(public_id=card.public_id, actor=signed_in(wang))
    later = TrustList.from_json(json.loads(json.dumps(queries.trust_list().as_json())))
    with pytest.raises(DomainError) as refused:
        later.verify(code, now=clock.now)
    assert refused.value.code == "CARD_CODE_REVOKED"


def test_the_private_key_is_in_no_answer(card):
    written = json.dumps(queries.trust_list().as_json()) + a_code(card)
    assert card_code.encoded_key(keys.private_key(1).private_bytes_raw()) not in written
    assert keys.private_key(1).private_bytes_raw() != keys.private_key(2).private_bytes_raw()
