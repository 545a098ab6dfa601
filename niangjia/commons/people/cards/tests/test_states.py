import pytest

from niangjia.commons.people.cards.states import CARD, LIVE, CardEvent, CardState

ALLOWED = {
    ("active", "report_lost"): "blocked",
    ("active", "replace"): "replaced",
    ("active", "close"): "closed",
    ("blocked", "unblock"): "active",
    ("blocked", "replace"): "replaced",
    ("blocked", "close"): "closed",
}


@pytest.mark.parametrize(("state", "event", "move"), list(CARD.cells()))
def test_every_cell_of_the_table(state, event, move):
    assert (move.target if move else None) == ALLOWED.get((state, event))


def test_the_states_are_exactly_four_and_every_event_is_used():
    assert {state.code for state in CARD.states} == {"active", "blocked", "replaced", "closed"} == set(CardState)
    assert {CARD.opening, *CARD.events} == set(CardEvent)


def test_only_live_cards_move_and_only_unblocking_needs_a_reason():
    assert {state for state in CardState if not CARD.is_final(state)} == set(LIVE)
    assert {move.event for move in CARD.moves if move.needs_reason} == {"unblock"}
