"""What layouts show but only higher floors know: unread notices, the union switcher, counts of the console menu.

Each hook is filled once in an ``AppConfig.ready()``; an unfilled hook shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from niangjia.kernel.actor import Actor


@dataclass(frozen=True)
class UnionChoice:
    """One line of the union switcher; ``depth`` indents it."""

    node_id: int
    name: str
    depth: int = 0
    chosen: bool = False

    @property
    def indent(self) -> range:
        return range(self.depth)


UnreadProvider = Callable[[Actor], int]
SwitcherProvider = Callable[[HttpRequest], Sequence[UnionChoice]]
CountsProvider = Callable[[Actor], Mapping[str, int]]

_unread: list[UnreadProvider] = []
_switcher: list[SwitcherProvider] = []
_counts: list[CountsProvider] = []


def register_unread(provider: UnreadProvider) -> None:
    """``provider(actor)`` is the number of notices not yet read."""
    _unread[:] = [provider]


def register_switcher(provider: SwitcherProvider) -> None:
    """``provider(request)`` lists the unions the actor may choose in the console, the chosen one marked."""
    _switcher[:] = [provider]


def register_counts(provider: CountsProvider) -> None:
    """``provider(actor)`` gives, in one query, what waits: room code (or ``"desk"``) to number."""
    _counts[:] = [provider]


def unread(actor: Actor) -> int:
    """Notices not yet read, 0 when nobody is signed in."""
    return _unread[0](actor) if _unread and actor.user_id else 0


def switcher(request: HttpRequest) -> Sequence[UnionChoice]:
    """The lines of the union switcher."""
    return _switcher[0](request) if _switcher else ()


def counts(actor: Actor) -> Mapping[str, int]:
    """What waits, by room code."""
    return _counts[0](actor) if _counts and actor.is_staff else {}
