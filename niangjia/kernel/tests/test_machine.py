import pytest

from niangjia.kernel.errors import InvalidMove
from niangjia.kernel.machine import Machine, Move, State, Wait
from niangjia.kernel.text import Text

OPEN = State("open", Text("待处理"), Wait("union_officer", due="example.days"))
HELD = State("held", Text("等材料"), Wait("self", paused=True))
DONE = State("done", Text("已办结"))
ASK = Move("ask", ("open",), "held", Text("要材料"), needs_reason=True)
SUPPLY = Move("supply", ("held",), "open", Text("补材料"))
CLOSE = Move("close", ("open", "held"), "done", Text("办结"))


def machine(**changes) -> Machine:
    table = {
        "name": "example.case",
        "version": 1,
        "subject": Text("事项"),
        "opening": "submit",
        "opening_label": Text("提交"),
        "initial": "open",
        "states": (OPEN, HELD, DONE),
        "moves": (ASK, SUPPLY, CLOSE),
    }
    return Machine(**{**table, **changes})


def test_every_cell_of_the_table_is_named_once():
    cells = {(state, event): move for state, event, move in machine().cells()}
    assert cells == {
        ("open", "ask"): ASK,
        ("open", "supply"): None,
        ("open", "close"): CLOSE,
        ("held", "ask"): None,
        ("held", "supply"): SUPPLY,
        ("held", "close"): CLOSE,
        ("done", "ask"): None,
        ("done", "supply"): None,
        ("done", "close"): None,
    }


def test_a_move_that_is_not_allowed_is_refused_by_the_name_of_the_state():
    assert machine().require("open", "ask") is ASK
    with pytest.raises(InvalidMove) as caught:
        machine().require("done", "ask")
    assert caught.value.code == "MOVE_NOT_ALLOWED"
    assert "已办结" in str(caught.value.message)


def test_a_state_without_moves_is_final():
    assert [state.code for state in machine().states if machine().is_final(state.code)] == ["done"]
    assert machine().moves_from("held") == (SUPPLY, CLOSE)
    assert machine().state("held") is HELD


def test_events_come_once_in_the_order_of_the_table():
    again = Move("ask", ("done",), "held", Text("再要材料"))
    assert machine(moves=(ASK, SUPPLY, CLOSE, again)).events == ("ask", "supply", "close")


def test_two_moves_cannot_share_a_state_and_an_event():
    with pytest.raises(ValueError, match="share a state and an event"):
        machine(moves=(ASK, Move("ask", ("open",), "done", Text("要"))))


@pytest.mark.parametrize(
    "changes",
    [
        {"initial": "draft"},
        {"moves": (Move("ask", ("draft",), "open", Text("要")),)},
        {"moves": (Move("ask", ("open",), "draft", Text("要")),)},
    ],
)
def test_a_table_names_only_its_own_states(changes):
    with pytest.raises(ValueError, match="unknown states \\['draft'\\]"):
        machine(**changes)
