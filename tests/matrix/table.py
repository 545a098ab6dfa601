"""What the table of the matrix is written in. The rows themselves stand in ``tests/matrix/rows``, a file per area."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.matrix.actors import READING, Who
from tests.matrix.world import Thing, World, line_of

Sight = Callable[[Who, Thing | None], bool]
Body = Callable[[World, Who, Thing | None], dict[str, Any]]

PUBLIC, SIGNED_IN, MEMBER, STAFF, PENDING = "public", "signed_in", "member", "staff", "pending"


def anybody(_who: Who, _thing: Thing | None) -> bool:
    return True


def nobody(_who: Who, _thing: Thing | None) -> bool:
    return False


def members(who: Who, _thing: Thing | None) -> bool:
    return who.kind == "member"


def owner(who: Who, thing: Thing | None) -> bool:
    """The member whose thing it is."""
    return thing is not None and who.kind == "member" and thing.owner == who.name


def office(*roles: str) -> Sight:
    """Holds one of ``roles`` anywhere."""
    return lambda who, _thing: who.kind == "staff" and who.holds(*roles)


def above(*roles: str) -> Sight:
    """Holds one of ``roles`` at the thing's node or above it; any office but the agent's when none is named."""
    known = roles or tuple({role for role in _all_roles() if role != "employer_agent"})
    return lambda who, thing: (
        thing is not None and who.kind == "staff" and who.reaches(tuple(line_of(thing.place)), *known)
    )


def here(*roles: str) -> Sight:
    """Holds one of ``roles`` at exactly the thing's node."""
    return lambda who, thing: thing is not None and who.kind == "staff" and who.reaches((thing.place,), *roles)


def either(*sights: Sight) -> Sight:
    return lambda who, thing: any(sight(who, thing) for sight in sights)


def named(*names: str) -> Sight:
    """Exactly these actors."""
    return lambda who, _thing: who.name in names and who.kind != "anonymous"


readers = above(*READING)
decider = here("union_officer")


@dataclass(frozen=True)
class Planted:
    """Keys of ``kind`` put into a field. Those that are the caller's own business (``own``) are left out; those that
    the caller sees (``sees``) may be answered in their own way, but must do nothing."""

    kind: str
    own: Sight
    sees: Sight | None = None


@dataclass(frozen=True)
class Case:
    """One way to call a route.

    ``thing`` is the kind of object in the address. Past the gate, who does not see it (``sees``) meets ``hidden``; who
    sees it and may not (``may``) meets ``refused``; the others one of ``done``. Only who ``acts`` changes the database,
    and must change it. ``ids`` names fields of the body with the kind of object whose key is planted there: one that
    the caller does not see and one that does not exist, which must do nothing and be told apart by nobody.
    """

    gate: str
    thing: str = ""
    sees: Sight = anybody
    may: Sight = anybody
    acts: Sight = nobody
    done: tuple[int, ...] = (200,)
    hidden: int = 404
    refused: int = 403
    args: Mapping[str, str] = field(default_factory=dict)
    queries: tuple[str, ...] = ("",)
    body: Body | None = None
    ids: Mapping[str, Planted] = field(default_factory=dict)
    unmasks: bool = False
    only: tuple[str, ...] = ()
    logs: frozenset[str] = frozenset()


Row = Mapping[str, tuple[Case, ...]]
"""The cases of one address by method. A method of a page that is not named is answered by 405."""


def table() -> dict[str, Row]:
    """All rows of all files in ``rows``; one address in two files is an error."""
    found: dict[str, Row] = {}
    for path in sorted((Path(__file__).parent / "rows").glob("[a-z]*.py")):
        rows: dict[str, Row] = import_module(f"tests.matrix.rows.{path.stem}").ROWS
        assert not (twice := found.keys() & rows.keys()), f"{path.name}: {sorted(twice)} stand elsewhere too"
        found |= rows
    return found


def _all_roles() -> tuple[str, ...]:
    from niangjia.commons.unions.roles import Role

    return tuple(Role)
