from __future__ import annotations

import pytest

from niangjia.commons.people.states import CURRENT, ENDINGS, MEMBERSHIP, MembershipEvent, MembershipState
from niangjia.kernel.errors import InvalidMove

TABLE = {
    ("active", "retain"): "retained",
    ("active", "begin_transfer"): "transferring",
    ("active", "count_anew"): "active",
    ("active", "leave"): "ended",
    ("active", "deem_left"): "ended",
    ("active", "expel"): "ended",
    ("active", "record_death"): "ended",
    ("retained", "take_up"): "active",
    ("retained", "count_anew"): "retained",
    ("retained", "leave"): "ended",
    ("retained", "expel"): "ended",
    ("retained", "record_death"): "ended",
    ("transferring", "complete_transfer"): "active",
    ("transferring", "call_off_transfer"): "active",
    ("transferring", "count_anew"): "transferring",
    ("transferring", "leave"): "ended",
    ("transferring", "deem_left"): "ended",
    ("transferring", "expel"): "ended",
    ("transferring", "record_death"): "ended",
    ("ended", "restore"): "active",
    ("ended", "restore_retained"): "retained",
    ("active", "set_aside"): "set_aside",
    ("retained", "set_aside"): "set_aside",
    ("set_aside", "bring_back"): "active",
    ("set_aside", "bring_back_retained"): "retained",
}
CELLS = [(state.value, event.value) for state in MembershipState for event in MembershipEvent if event != "admit"]


@pytest.mark.parametrize(("state", "event"), CELLS)
def test_every_cell_of_the_machine_is_as_the_statutes_say(state, event):
    expected = TABLE.get((state, event))
    if expected is None:
        with pytest.raises(InvalidMove) as refusal:
            MEMBERSHIP.require(state, event)
        assert refusal.value.code == "MOVE_NOT_ALLOWED"
    else:
        assert MEMBERSHIP.require(state, event).target == expected


def test_the_machine_has_no_other_cells():
    assert {(state, event) for state, event, move in MEMBERSHIP.cells() if move} == set(TABLE)


def test_an_ended_membership_comes_back_only_where_its_ending_is_undone():
    assert [move.event for move in MEMBERSHIP.moves_from("ended")] == ["restore", "restore_retained"]
    assert set(CURRENT) == {state.code for state in MEMBERSHIP.states} - {"ended", "set_aside"}


def test_whoever_is_retained_is_not_deemed_to_have_left_for_paying_no_dues():
    assert MEMBERSHIP.find("retained", "deem_left") is None


def test_only_a_death_ends_a_membership_without_a_reason():
    without = {event for event in ENDINGS if not MEMBERSHIP.require("active", event).needs_reason}
    assert without == {MembershipEvent.RECORD_DEATH}
