"""A table of states and moves: the one description from which buttons, desk, diagram and tests come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from niangjia.kernel.errors import InvalidMove
from niangjia.kernel.text import Text, _


@dataclass(frozen=True)
class Wait:
    """On whom a state waits: a role at the object's responsible node, answering within a dated parameter of days.

    ``role`` is a role code, or ``"self"`` when the person concerned must act. ``due`` is the code of a parameter that
    holds working days; empty means no deadline. ``paused`` stops the clock that runs for the earlier state.
    """

    role: str
    due: str = ""
    paused: bool = False


@dataclass(frozen=True)
class State:
    """One state. A state with no moves out of it is final."""

    code: str
    label: Text
    waits_for: Wait | None = None


@dataclass(frozen=True)
class Move:
    """One allowed move."""

    event: str
    sources: tuple[str, ...]
    target: str
    label: Text
    needs_reason: bool = False
    consequence: Text | None = None


@dataclass(frozen=True)
class Machine:
    """``opening`` is the event by which an object comes to be, in state ``initial``.

    ``subject`` names the kind of object for people; ``source`` is the statute or decision the table follows.
    """

    name: str
    version: int
    subject: Text
    opening: str
    opening_label: Text
    initial: str
    states: tuple[State, ...]
    moves: tuple[Move, ...]
    source: str = ""

    def __post_init__(self) -> None:
        codes = {state.code for state in self.states}
        named = {self.initial} | {move.target for move in self.moves} | {s for move in self.moves for s in move.sources}
        if missing := named - codes:
            raise ValueError(f"{self.name}: moves name unknown states {sorted(missing)}")
        cells = [(source, move.event) for move in self.moves for source in move.sources]
        if len(cells) != len(set(cells)):
            raise ValueError(f"{self.name}: two moves share a state and an event")

    def state(self, code: str) -> State:
        return next(state for state in self.states if state.code == code)

    def find(self, state: str, event: str) -> Move | None:
        """The move that ``event`` makes from ``state``, if there is one."""
        return next((move for move in self.moves if move.event == event and state in move.sources), None)

    def require(self, state: str, event: str) -> Move:
        """Like :meth:`find`, but raises InvalidMove with a sentence that names the present state."""
        move = self.find(state, event)
        if move is None:
            raise InvalidMove(
                "MOVE_NOT_ALLOWED",
                _("现在的状态是“{state}”，不能这样操作。请刷新页面后再看。", state=self.state(state).label),
            )
        return move

    def moves_from(self, state: str) -> tuple[Move, ...]:
        return tuple(move for move in self.moves if state in move.sources)

    def is_final(self, code: str) -> bool:
        return not self.moves_from(code)

    @property
    def events(self) -> Sequence[str]:
        """Every event once, in the order of the table."""
        return tuple(dict.fromkeys(move.event for move in self.moves))

    def cells(self) -> Iterator[tuple[str, str, Move | None]]:
        """Every (state, event) with its move, or None where the move is not allowed."""
        for state in self.states:
            for event in self.events:
                yield state.code, event, self.find(state.code, event)
