import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from niangjia.kernel.ids import (
    PUBLIC_ID_LENGTH,
    check_digit,
    is_readable_number,
    new_public_id,
    new_public_ids,
    readable_number,
)

digits = st.text("0123456789", min_size=1, max_size=20)


one_by_one_or_many = pytest.mark.parametrize(
    "many", [lambda count: [new_public_id() for _time in range(count)], new_public_ids]
)


@one_by_one_or_many
def test_public_ids_are_long_unlike_each_other_and_safe_in_a_url(many):
    made = set(many(2000))
    assert len(made) == 2000
    assert {len(public_id) for public_id in made} == {PUBLIC_ID_LENGTH}
    assert all(public_id.isascii() and public_id.isalnum() and public_id == public_id.lower() for public_id in made)


@one_by_one_or_many
def test_public_ids_use_every_letter_at_every_place(many):
    made = many(2000)
    assert all(len({public_id[place] for public_id in made}) == 32 for place in range(PUBLIC_ID_LENGTH))


def test_the_published_example_of_damm():
    assert check_digit("572") == "4"


@given(digits)
def test_digits_with_their_check_digit_check_to_zero(body):
    assert check_digit(body + check_digit(body)) == "0"


@given(digits, st.data())
def test_any_one_wrong_digit_is_found(body, data):
    whole = body + check_digit(body)
    place = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.sampled_from("0123456789"))
    assume(whole[place] != other)
    assert check_digit(whole[:place] + other + whole[place + 1 :]) != "0"


@given(digits, st.data())
def test_any_swap_of_neighbours_is_found(body, data):
    whole = body + check_digit(body)
    place = data.draw(st.integers(0, len(whole) - 2))
    assume(whole[place] != whole[place + 1])
    swapped = whole[:place] + whole[place + 1] + whole[place] + whole[place + 2 :]
    assert check_digit(swapped) != "0"


@given(st.integers(2000, 2999), st.integers(0, 9_999_999))
def test_a_readable_number_is_recognised(year, serial):
    number = readable_number("RH", year, serial)
    assert number.startswith(f"RH{year}-{serial:07d}-")
    assert is_readable_number(number, "RH")
    assert not is_readable_number(number, "LP")


@pytest.mark.parametrize(
    "number", ["", "RH", "RH2026-0000041-", "RH2026-0000041-X", "RH2026-000041-5", "RH٢٠٢٦-0000041-5", "2026-0000041-5"]
)
def test_what_is_no_readable_number_is_not_recognised(number):
    assert not is_readable_number(number, "RH")


def test_a_readable_number_with_a_wrong_digit_is_not_recognised():
    right = readable_number("RH", 2026, 41)
    assert not is_readable_number(right.replace("0000041", "0000042"), "RH")
