"""The draw by hand, by its properties, and by a file."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from niangjia.services.offers.chances import draw
from niangjia.services.offers.chances.draw import Entrant, allocate

EGGS, HONEY = "eggs@s1@2026-01-11", "honey@s1@2026-01-11"
SECRET = "00" * 32

CODES = st.sampled_from(["a@s@d", "b@s@d", "c@s@d", "gone@s@d"])
ENTRANTS = st.lists(
    st.builds(
        Entrant,
        st.text("abcdefgh", min_size=1, max_size=4),
        st.lists(CODES, min_size=1, max_size=3, unique=True).map(tuple),
    ),
    max_size=12,
    unique_by=lambda entrant: entrant.pseudonym,
)
STOCKS = st.dictionaries(st.sampled_from(["a@s@d", "b@s@d", "c@s@d"]), st.integers(0, 4))
SECRETS = st.binary(min_size=4, max_size=8).map(bytes.hex)


def test_the_code_of_a_cell():
    assert draw.cell_code("eggs", "s1", "2026-01-11") == EGGS


RANKS = {
    "an": "0bb2edbf593f7142f72e0dc6aaf11c4e42a28379e899925c285c4d280bef013e",
    "cai": "2f55fc70ab56ef875bff2e7819dd5075eaf7ef0a2c834ba8113cab70a797a802",
    "bo": "90ce12e9571a1d2fe14f177f4cd8a4530062ccb18b3d21c6c2f20c3b68af2e8b",
    "dan": "9338fcefaf940134c8d98ee3ff600baec512cac303d30ee402ab1a5ef6bdbed0",
}
"""By openssl: printf an | openssl dgst -sha256 -hmac 00…00 (sixty-four zeros)."""


def test_ranks_and_commitment_are_those_of_openssl():
    assert {name: draw.rank(SECRET, name) for name in RANKS} == RANKS
    assert draw.commitment(SECRET) == "60e05bd1b195af2f94112fa7197a5c88289058840ce7c6df9693756bc6250f55"


def test_a_draw_worked_by_hand():
    """an comes first, then cai, bo, dan: an and bo want eggs, of which there are two; cai takes the only honey."""
    entrants = [
        Entrant("dan", (HONEY, EGGS)),
        Entrant("an", (EGGS,)),
        Entrant("bo", (HONEY, EGGS)),
        Entrant("cai", (HONEY,)),
    ]
    won = allocate(SECRET, entrants, {EGGS: 2, HONEY: 1})
    assert list(won.items()) == [("an", EGGS), ("cai", HONEY), ("bo", EGGS), ("dan", None)]


def test_the_second_wish_counts_when_the_first_is_gone():
    assert allocate(SECRET, [Entrant("an", ("none@s@d", HONEY))], {HONEY: 1}) == {"an": HONEY}


def test_nobody_takes_part_twice():
    with pytest.raises(ValueError, match="once"):
        allocate(SECRET, [Entrant("an", (EGGS,)), Entrant("an", (HONEY,))], {EGGS: 2})


@settings(deadline=None, max_examples=60)
@given(SECRETS, ENTRANTS, STOCKS, st.randoms(use_true_random=False))
def test_the_order_in_which_entrants_are_given_does_not_matter(secret, entrants, stock, random: Random):
    shuffled = list(entrants)
    random.shuffle(shuffled)
    assert allocate(secret, entrants, stock) == allocate(secret, shuffled, stock)


@settings(deadline=None, max_examples=60)
@given(SECRETS, ENTRANTS, STOCKS)
def test_no_more_is_given_than_there_is_and_only_what_was_wished(secret, entrants, stock):
    result = allocate(secret, entrants, stock)
    won = [code for code in result.values() if code is not None]
    assert all(won.count(code) <= stock.get(code, 0) for code in won)
    assert all(result[entrant.pseudonym] in (None, *entrant.wishes) for entrant in entrants)
    assert set(result) == {entrant.pseudonym for entrant in entrants}


@settings(deadline=None, max_examples=60)
@given(SECRETS, ENTRANTS, STOCKS)
def test_nothing_is_left_that_a_loser_wished_for(secret, entrants, stock):
    result = allocate(secret, entrants, stock)
    won = [code for code in result.values() if code is not None]
    left = {code: pieces - won.count(code) for code, pieces in stock.items()}
    for entrant in entrants:
        if result[entrant.pseudonym] is None:
            assert all(left.get(code, 0) == 0 for code in entrant.wishes)


@settings(deadline=None, max_examples=60)
@given(SECRETS, ENTRANTS, STOCKS)
def test_nobody_who_comes_later_has_what_an_earlier_one_liked_better(secret, entrants, stock):
    result = allocate(secret, entrants, stock)
    wishes = {entrant.pseudonym: entrant.wishes for entrant in entrants}
    order = list(result)
    for place, earlier in enumerate(order):
        got = result[earlier]
        better = wishes[earlier][: wishes[earlier].index(got)] if got else wishes[earlier]
        assert not any(result[later] in better for later in order[place + 1 :])


def published(**changes):
    entrants = [{"pseudonym": name, "wishes": [EGGS]} for name in ("an", "bo")]
    stock = {EGGS: 1}
    result = allocate(SECRET, [Entrant(one["pseudonym"], (EGGS,)) for one in entrants], stock)
    file = {
        "format": draw.FORMAT,
        "commitment": draw.commitment(SECRET),
        "secret": SECRET,
        "stock": stock,
        "entrants": entrants,
        "result": result,
    }
    return {**file, **changes}


def test_a_file_that_holds_has_no_differences():
    assert draw.differences(published()) == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"secret": "11" * 32}, "secret"),
        ({"commitment": "0" * 64}, "secret"),
        ({"result": {"an": EGGS, "bo": EGGS}}, "an:|bo:"),
        ({"result": {"an": None, "bo": None}}, "an:|bo:"),
        ({"result": {"cai": EGGS}}, "cai:"),
        ({"stock": {EGGS: 2}}, "an:|bo:"),
    ],
)
def test_a_file_that_was_changed_is_found_out(changes, found):
    assert any(re.match(f".*({found})", line) for line in draw.differences(published(**changes)))


@pytest.mark.parametrize("changes", [{"format": "other"}, {"result": None}, {"entrants": [{}]}, {"stock": []}])
def test_what_is_no_file_of_a_draw_is_refused(changes):
    with pytest.raises(ValueError, match=r"not"):
        draw.differences(published(**changes))
