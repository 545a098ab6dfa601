"""Inputs D36–D48 of the catalogue of bad inputs."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.money import LARGEST_FEN, parse_yuan, plain_yuan, require_sum, yuan


@pytest.mark.parametrize(
    ("fen", "shown"),
    [
        (132_350_000, "¥\N{NO-BREAK SPACE}1,323,500.00"),
        (0, "¥\N{NO-BREAK SPACE}0.00"),
        (1, "¥\N{NO-BREAK SPACE}0.01"),
        (-1, "-¥\N{NO-BREAK SPACE}0.01"),
        (-123_456, "-¥\N{NO-BREAK SPACE}1,234.56"),
    ],
)
def test_money_is_shown_in_yuan_with_two_decimals(fen, shown):
    assert yuan(fen) == shown


REFUSED = {
    "D36": "-1",
    "D37": "0",
    "D37 with decimals": "0.00",
    "D38": "0.001",
    "D39": "1e5",
    "D40": "NaN",
    "D41": "Infinity",
    "D42": "1,000.00",
    "D43": "１２．５",
    "D44": "￥100",
    "D45": "999999999999",
    "D48": "1_000",
    "empty": "",
    "blanks": "  ",
    "null": None,
    "a float": 0.1,
    "an integer": 12,
    "true": True,
    "plus": "+1",
    "leading zero": "007",
    "no digit before the point": ".5",
    "no digit behind the point": "5.",
    "Arabic digits": "١٢",
    "hexadecimal": "0x10",
    "NUL": "12\0",
    "line break": "12\n",
    "two points": "1.2.3",
    "zero-width": "1\u200b2",
    "5,000 digits": "1" * 5000,
}


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
def test_what_is_no_plain_amount_is_refused(value):
    with pytest.raises(RuleBroken) as caught:
        parse_yuan(value)
    assert caught.value.code == "AMOUNT"
    assert caught.value.fields["amount"]


@pytest.mark.parametrize(
    ("typed", "fen"), [("1234.56", 123_456), ("1234", 123_400), ("12.5", 1_250), (" 0.01 ", 1), ("0.10", 10)]
)
def test_a_plain_amount_is_read_as_fen(typed, fen):
    assert parse_yuan(typed) == fen


def test_the_limit_itself_is_allowed_and_a_fen_more_is_not():
    """D46: the gift cover pays 115,000 yuan at most."""
    assert parse_yuan("115000.00", largest=11_500_000) == 11_500_000
    with pytest.raises(RuleBroken) as caught:
        parse_yuan("115000.01", largest=11_500_000)
    assert caught.value.code == "OVER_LIMIT"
    assert "¥\N{NO-BREAK SPACE}115,000.00" in str(caught.value.message)


def test_zero_is_allowed_where_it_is_asked_for():
    assert parse_yuan("0", smallest=0) == 0


def test_the_largest_amount_of_all_can_be_written():
    assert parse_yuan(plain_yuan(LARGEST_FEN)) == LARGEST_FEN


def test_parts_must_add_up():
    """D47."""
    require_sum([1, 2, 3], 6)
    with pytest.raises(RuleBroken) as caught:
        require_sum([100, 200], 301)
    assert caught.value.code == "AMOUNT"
    assert "¥\N{NO-BREAK SPACE}3.00" in str(caught.value.message)
    assert "¥\N{NO-BREAK SPACE}3.01" in str(caught.value.message)


@given(st.integers(0, LARGEST_FEN))
def test_what_is_written_is_read_back(fen):
    assert parse_yuan(plain_yuan(fen), smallest=0) == fen
    assert int(yuan(fen).removeprefix("¥\N{NO-BREAK SPACE}").replace(",", "").replace(".", "")) == fen


@given(st.integers(1, LARGEST_FEN))
def test_what_is_owed_back_is_written_with_one_minus_in_front(fen):
    assert yuan(-fen) == f"-{yuan(fen)}"
    assert plain_yuan(-fen) == f"-{plain_yuan(fen)}"


@given(st.text(max_size=20))
def test_no_text_breaks_the_reader(text):
    with contextlib.suppress(RuleBroken):
        assert parse_yuan(text) > 0
