"""Every way in which a card's code or number can be wrong, and that no bit of it can be changed."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from niangjia.kernel import card_code
from niangjia.kernel.card_code import TrustList, card_number, grouped, new_card_number, sign
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.ids import check_digit

NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
NUMBER = new_card_number(lambda _limit: 1234567890123)
KEYS = {2: PRIVATE.public_key().public_bytes_raw()}


def a_code(*, key=PRIVATE, key_id=2, number=NUMBER, issued_at=NOW, nonce=b"\x01\x02\x03\x04"):
    return sign(private_key=key, key_id=key_id, number=number, issued_at=issued_at, nonce=nonce)


def judge(text, *, keys=KEYS, revoked=(), now=NOW):
    return card_code.verify(text, public_keys=keys, revoked=revoked, now=now)


def refusal(text, **how):
    with pytest.raises(RuleBroken) as refused:
        judge(text, **how)
    assert refused.value.fields["card"]
    return refused.value.code


def raw(code):
    return base64.urlsafe_b64decode(code.removeprefix("NJ1."))


def text_of(data):
    return "NJ1." + base64.urlsafe_b64encode(data).decode().rstrip("=")


def test_a_fresh_code_says_which_card_was_shown_when():
    code = judge(a_code())
    assert (code.number, code.issued_at, code.nonce, code.key_id) == (NUMBER, NOW, "01020304", 2)


def test_a_code_is_short_and_fills_its_characters_to_the_last_bit():
    assert len(a_code()) == 116
    assert len(raw(a_code())) * 8 == 112 * 6


@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", "  {}\t", "\u3000{}\u00a0"])
def test_what_a_scanner_adds_does_not_matter(around):
    assert judge(around.format(a_code())).number == NUMBER


GENUINE = a_code()
HEAD = {"alg": "none", "typ": "JWT"}
NOT_CODES = {
    "F01 empty": "",
    "F01 blanks": " \n ",
    "F02 random": "k3jh4kj5h",
    "F02 random of the right length": "NJ1." + "Ab3_" * 28,
    "F03 link": "https://example.com/?c=" + GENUINE,
    "F04 payment code": "134567890123456789",
    "F05 cut": GENUINE[:-1],
    "F05 cut short": GENUINE[:40],
    "F05 cut at the front": GENUINE[1:],
    "F07 no signature": text_of(raw(GENUINE)[:20]),
    "F07 empty signature": text_of(raw(GENUINE)[:20] + bytes(64)),
    "F08 alg none": f"{text_of(json.dumps(HEAD).encode())}.{text_of(raw(GENUINE)[:20])}.",
    "F09 foreign key id": a_code(key_id=3),
    "F09 key id 0": a_code(key_id=0),
    "F10 4,096 characters": "NJ1." + "A" * 4092,
    "F11 binary": "\x00\x01\x02\x7f\x80\xff" * 20,
    "F12 UTF-16": GENUINE.encode("utf-16-le").decode("latin-1"),
    "F13 SQL": "' OR 1=1; DROP TABLE people_card --",
    "F14 script": "<script>alert(1)</script>",
    "F15 formula": "=cmd|' /C calc'!A0",
    "F16 NUL": GENUINE[:50] + "\0" + GENUINE[51:],
    "F16 NUL at the end": GENUINE + "\0",
    "F17 lone surrogate": GENUINE[:50] + "\ud800" + GENUINE[51:],
    "F18 JSON": json.dumps({"code": GENUINE}),
    "F19 longer than it says": text_of(raw(GENUINE) + b"\xff\xff\xff"),
    "F20 plus turned into a blank": GENUINE[:60] + " " + GENUINE[61:],
    "F20 plus": GENUINE[:60] + "+" + GENUINE[61:],
    "F21 upper case": GENUINE.upper(),
    "F21 lower case": GENUINE.lower(),
    "full-width digits": GENUINE.replace("1", "１"),
    "padded": GENUINE + "==",
    "twice": GENUINE + GENUINE,
    "another format": "NJ2." + GENUINE[4:],
    "signed by a stranger": a_code(key=OTHER),
    "a number": 66,
    "nothing": None,
    "bytes": GENUINE.encode(),
    "a list": [GENUINE],
}


@pytest.mark.parametrize("text", NOT_CODES.values(), ids=NOT_CODES)
def test_what_is_no_code_of_ours_is_refused(text):
    assert refusal(text) == "CARD_CODE_INVALID"


def test_a_changed_format_version_is_refused_even_if_it_is_signed():
    body = b"\x02" + raw(GENUINE)[1:20]
    assert refusal(text_of(body + PRIVATE.sign(body))) == "CARD_CODE_INVALID"


def test_no_bit_of_what_is_signed_can_be_flipped():
    data = raw(GENUINE)
    for bit in range(len(data) * 8):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        assert refusal(text_of(bytes(changed))) in {"CARD_CODE_INVALID", "CARD_CODE_EXPIRED"}, bit


def test_no_bit_of_the_text_can_be_flipped():
    for place, letter in enumerate(GENUINE):
        for bit in range(8):
            changed = GENUINE[:place] + chr(ord(letter) ^ 1 << bit) + GENUINE[place + 1 :]
            assert refusal(changed) in {"CARD_CODE_INVALID", "CARD_CODE_EXPIRED"}, (place, bit)


def test_only_an_older_key_id_can_make_a_flipped_bit_look_expired():
    data = bytearray(raw(GENUINE))
    data[2] = 1
    assert refusal(text_of(bytes(data))) == "CARD_CODE_EXPIRED"


@pytest.mark.parametrize("seconds", [0, 1, 30, 59, 60])
def test_a_code_is_accepted_for_a_minute(seconds):
    assert judge(a_code(), now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [60.001, 61, 120, 86_400 * 365])
def test_f22_f23_a_photo_is_worth_nothing_a_minute_later(seconds):
    assert refusal(a_code(), now=NOW + timedelta(seconds=seconds)) == "CARD_CODE_EXPIRED"


def test_f24_a_key_that_was_rotated_out_asks_for_a_fresh_code():
    assert refusal(a_code(key_id=1, key=OTHER)) == "CARD_CODE_EXPIRED"


def test_a_key_that_is_still_accepted_beside_the_new_one_counts():
    keys = {**KEYS, 1: OTHER.public_key().public_bytes_raw()}
    assert judge(a_code(key_id=1, key=OTHER), keys=keys).key_id == 1


def test_without_any_key_nothing_is_accepted():
    assert refusal(a_code(), keys={}) == "CARD_CODE_INVALID"


@pytest.mark.parametrize("seconds", [1, 5])
def test_clocks_may_differ_a_little(seconds):
    assert judge(a_code(issued_at=NOW + timedelta(seconds=seconds)))


@pytest.mark.parametrize("seconds", [6, 300, 86_400])
def test_f25_a_code_of_the_future_says_to_look_at_the_clock(seconds):
    assert refusal(a_code(issued_at=NOW + timedelta(seconds=seconds))) == "CARD_CODE_FUTURE"


def test_a_revoked_card_is_refused_and_told_so_even_when_its_picture_is_old():
    assert refusal(a_code(), revoked={NUMBER}) == "CARD_CODE_REVOKED"
    assert refusal(a_code(), revoked={NUMBER}, now=NOW + timedelta(days=1)) == "CARD_CODE_REVOKED"
    assert judge(a_code(), revoked={new_card_number()})


moments = st.integers(1_577_836_800, 4_070_908_800).map(lambda second: datetime.fromtimestamp(second, UTC))
numbers = st.integers(0, 10**13 - 1).map(lambda body: new_card_number(lambda _limit: body))


@given(numbers, moments, st.binary(min_size=4, max_size=4))
def test_every_code_comes_back_as_it_was_signed(number, at, nonce):
    code = judge(a_code(number=number, issued_at=at, nonce=nonce), now=at)
    assert (code.number, code.issued_at, code.nonce) == (number, at, nonce.hex())


@given(st.text(max_size=200))
def test_no_text_at_all_is_more_than_a_refusal(text):
    assert refusal(text) == "CARD_CODE_INVALID"


def test_two_codes_of_one_second_differ():
    made = {sign(private_key=PRIVATE, key_id=2, number=NUMBER, issued_at=NOW) for _time in range(50)}
    assert len(made) == 50


def test_what_is_no_card_number_is_never_signed():
    with pytest.raises(RuleBroken):
        a_code(number="6600000000000001")


# Card numbers


def test_a_new_number_has_scheme_and_check_digit_and_is_random():
    made = {new_card_number() for _time in range(500)}
    assert len(made) == 500
    assert all(len(number) == 16 and number.startswith("66") for number in made)
    assert all(check_digit(number) == "0" for number in made)
    assert all(len({number[place] for number in made}) == 10 for place in range(2, 16))


@given(numbers)
def test_a_number_is_read_as_people_write_it(number):
    assert card_number(number) == card_number(grouped(number)) == card_number(f" {number}\n") == number
    assert card_number(grouped(number).replace(" ", "-")) == number


def test_a_chinese_keyboard_may_write_full_width_digits():
    assert card_number(NUMBER.translate({ord("0") + n: 0xFF10 + n for n in range(10)})) == NUMBER


@given(numbers, st.integers(2, 15), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_noticed(number, place, digit):
    wrong = number[:place] + digit + number[place + 1 :]
    if wrong != number:
        with pytest.raises(RuleBroken) as refused:
            card_number(wrong)
        assert refused.value.code == "CARD_NUMBER"


OTHER_SCHEME = "62" + NUMBER[2:-1]
NOT_NUMBERS = {
    "empty": "",
    "blank": " ",
    "too short": NUMBER[:-1],
    "too long": NUMBER + "0",
    "far too long": "6" * 4000,
    "words": "卡号",
    "Arabic digits": "٦٦" * 8,
    "surrogates": "\ud800" * 16,
    "NUL": "\0" * 16,
    "nothing": None,
    "an integer": 66,
    "a truth": True,
    "another scheme": OTHER_SCHEME + check_digit(OTHER_SCHEME),
    "a dot": f"{NUMBER[:8]}.{NUMBER[8:]}",
    "a member number": "HY2026-0000041-5",
}


@pytest.mark.parametrize("value", NOT_NUMBERS.values(), ids=NOT_NUMBERS)
def test_what_is_no_card_number_is_refused(value):
    with pytest.raises(RuleBroken) as refused:
        card_number(value)
    assert refused.value.code == "CARD_NUMBER"
    assert refused.value.fields["card"]


def test_a_typed_number_and_a_code_are_told_apart():
    assert card_code.is_code(f" {GENUINE}\n")
    assert not card_code.is_code(NUMBER)
    assert not card_code.is_code(None)


# The list that an offline verifier holds


def a_list(**changes):
    return TrustList(keys=KEYS, as_of=NOW, revoked=frozenset({NUMBER})).as_json() | changes


def test_a_list_comes_back_from_its_json_form():
    written = json.loads(json.dumps(a_list()))
    assert TrustList.from_json(written) == TrustList(KEYS, NOW, frozenset({NUMBER}))


def test_a_list_judges_codes():
    free = TrustList.from_json(a_list(revoked=[]))
    assert free.verify(a_code(), now=NOW).number == NUMBER
    with pytest.raises(RuleBroken) as refused:
        TrustList.from_json(a_list()).verify(a_code(), now=NOW)
    assert refused.value.code == "CARD_CODE_REVOKED"


def test_f52_a_list_of_yesterday_judges_nothing():
    free = TrustList.from_json(a_list(revoked=[]))
    later = NOW + timedelta(hours=24, seconds=1)
    with pytest.raises(RuleBroken) as refused:
        free.verify(a_code(issued_at=later), now=later)
    assert refused.value.code == "CARD_LIST_OLD"


UNREADABLE = (
    None,
    [],
    "x",
    {},
    a_list(keys=[]),
    a_list(keys={"x": "y"}),
    a_list(keys={"1": "AAAA"}),
    a_list(keys={"1": "A"}),
    a_list(keys={"1": 5}),
    a_list(revoked=["1"]),
    a_list(revoked=None),
    a_list(as_of="yesterday"),
    a_list(as_of=None),
)


@pytest.mark.parametrize("data", UNREADABLE)
def test_a_damaged_list_is_refused(data):
    with pytest.raises(RuleBroken) as refused:
        TrustList.from_json(data)
    assert refused.value.code == "CARD_LIST_UNREADABLE"
