import pytest

from niangjia.commons.people.cards.states import CARD, LIVE, CardEvent, CardState

ALLOWED = {
    ("active", "report_lost"): "blocked",
    ("active", "replace"): "replaced",
    ("active", "close"): "closed",
    ("blocked", "unblock"): "active",
    ("blocked", "replace"): "replaced",
    ("blocked", "close"): "closed",
    ("active", "set_aside"): "set_aside",
    ("blocked", "set_aside"): "set_aside",
    ("set_aside", "bring_back"): "active",
    ("set_aside", "bring_back_blocked"): "blocked",
}


@pytest.mark.parametrize(("state", "event", "move"), list(CARD.cells()))
def test_every_cell_of_the_table(state, event, move):
    assert (move.target if move else None) == ALLOWED.get((state, event))


def test_the_states_are_exactly_five_and_every_event_is_used():
    assert (
        {state.code for state in CARD.states}
        == {"active", "blocked", "replaced", "closed", "set_aside"}
        == set(CardState)
    )
    assert {CARD.opening, *CARD.events} == set(CardEvent)


def test_only_live_cards_move_and_only_unblocking_needs_a_reason():
    assert {state for state in CardState if not CARD.is_final(state)} == {*LIVE, CardState.SET_ASIDE}
    reasoned = {move.event for move in CARD.moves if move.needs_reason}
    assert reasoned == {"unblock", "set_aside", "bring_back", "bring_back_blocked"}
