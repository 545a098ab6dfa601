"""The same move for many objects at once, each by itself: one that cannot be moved holds up nobody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, RuleBroken
from niangjia.kernel.text import _

MOST_AT_ONCE = 200


@dataclass(frozen=True)
class Done:
    """What became of many at once: how many moved, and of each of the others its number and the sentence why."""

    moved: int = 0
    refused: list[str] = field(default_factory=list)


def each(act: Callable[..., Any], visible: Any, *, public_ids: Sequence[str], actor: Actor, **said: str) -> Done:
    """Do the same to each; ``visible`` are the objects whose numbers the actor may read.

    Raises RuleBroken TOO_MANY_AT_ONCE.
    """
    wanted = sorted(set(public_ids))
    if len(wanted) > MOST_AT_ONCE:
        raise RuleBroken("TOO_MANY_AT_ONCE", _("一次最多处理 200 件。"))
    known = {row.public_id: row.number for row in visible.filter(public_id__in=wanted)}
    moved, refused = 0, []
    for public_id in wanted:
        try:
            act(public_id=public_id, actor=actor, **said)
            moved += 1
        except DomainError as error:
            refused.append(f"{known.get(public_id, '')} {error.message}".strip())
    return Done(moved, refused)
