"""What many tests begin with is made once by its actions, and for the others laid back as rows.

A fixture says ``kept(build)`` where it would call ``build()``. The first time, the rows that ``build`` adds are noted;
after that they are written by one statement for each table, and what it returned is given again as a copy of its own.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from django.db import connection

from niangjia.kernel import clock
from niangjia.platform.testing import contents as rows

T = TypeVar("T")


@dataclass(frozen=True)
class Kept:
    """What a builder returned, pickled, and the rows it added to each table."""

    returned: bytes
    added: Mapping[str, Sequence[rows.Row]]

    def lay(self) -> None:
        """Write the rows again."""
        if connection.vendor == "postgresql":
            rows.lay_written(self._written)
        else:
            rows.lay(self.added)

    @cached_property
    def _written(self) -> str:
        return rows.written(self.added)


_KEPT: dict[str, Kept] = {}


class NotKept(Exception):
    """The builder changed or deleted what was there before it, and that cannot be laid back."""


def kept(build: Callable[..., T], *arguments: Any) -> T:
    """What ``build(*arguments)`` returns, with its rows in the database.

    ``build`` is known by its name and the day: whenever it is called on a day it must make the same, from what the same
    builders made before it. What it returns must be picklable. Raises NotKept when it does more than add rows.
    """
    name = f"{build.__module__}.{build.__qualname__} on {clock.today()}"
    if name in _KEPT:
        _KEPT[name].lay()
    else:
        _KEPT[name] = _made(build, *arguments)
    again: T = pickle.loads(_KEPT[name].returned)
    return again


def _made(build: Callable[..., Any], *arguments: Any) -> Kept:
    before = rows.contents()
    returned = pickle.dumps(build(*arguments))
    after = rows.contents()
    if lost := rows.added(after, before):
        raise NotKept(f"{build.__qualname__} changed {', '.join(lost)}")
    return Kept(returned, rows.added(before, after))
