"""The city that rooms fill: who acts, which day it is, chance that is the same every time."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor

if TYPE_CHECKING:
    from niangjia.commons.unions.models import Union
    from niangjia.platform.accounts.models import User
    from niangjia.shells.demo.accounts import SignIn

Item = TypeVar("Item")
SEED = 20260109


@dataclass
class City:
    """What a room's ``demo(city)`` receives. ``unions`` and ``users`` are keyed by union code and sign-in."""

    actor: Actor = field(default_factory=lambda: Actor.system("市总工会办公室"))
    day: date = field(default_factory=clock.today)
    random: random.Random = field(default_factory=lambda: random.Random(SEED))
    unions: dict[str, Union] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    sign_ins: tuple[SignIn, ...] = ()

    def union(self, code: str) -> Union:
        """The union with ``code``; raises KeyError when the city has none."""
        return self.unions[code]

    def counted(self, items: Iterable[Item], *, of: int, what: str) -> Iterator[Item]:
        """Hand the items on and show on a terminal how far it is."""
        shows = sys.stderr.isatty()
        for number, item in enumerate(items, 1):
            yield item
            if shows and (number % max(1, of // 50) == 0 or number == of):
                sys.stderr.write(f"\r  {what}: {number}/{of} ")
                sys.stderr.flush()
        if shows:
            sys.stderr.write("\r\033[K")
