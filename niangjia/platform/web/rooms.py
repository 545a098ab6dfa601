"""The contract by which a room is plugged into the shells.

A room is a Django app with a module ``room`` that holds ``ROOM``. Rooms of the house are listed in ``settings.ROOMS``;
a third party adds one by an entry point ``niangjia.rooms`` whose value is the app's dotted path.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any

from django.apps import apps
from django.http import HttpRequest

from niangjia.kernel.actor import Actor
from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text
from niangjia.platform.accounts.tries import Quota


@dataclass(frozen=True)
class Tile:
    """One service on the portal's 服务 page. ``icon`` is a name of the icon sprite, ``url_name`` a reversible name;
    ``may_see(actor)`` leaves it out for whom it is nothing."""

    label: Text
    hint: Text
    icon: str
    url_name: str
    may_see: Callable[[Actor], bool] = lambda actor: True


@dataclass(frozen=True)
class Need:
    """Something that needs the member now, or a case of theirs; a ``finished`` one is listed but no longer urged."""

    title: Text
    detail: Text
    url: str
    icon: str = "alert"
    finished: bool = False


@dataclass(frozen=True)
class OpenNow:
    """Something that the member may have and has not had yet. ``until`` is when it ends, or begins unless
    ``is_open``; ``left`` pieces of it are left, None where that is not told."""

    title: str
    url: str
    status: Text
    until: datetime
    is_open: bool = True
    left: int | None = None


@dataclass(frozen=True)
class Visit:
    """From where somebody comes to sign in: what is said above the form, and the quota of codes by SMS that stands in
    for the address's where many phones share one."""

    title: Text
    detail: str
    quota: Quota | None = None


@dataclass(frozen=True)
class MenuEntry:
    """One line of the console's left menu; ``count(actor)`` is what waits, ``may_see(actor)`` hides it. ``also`` names
    further pages at and below which the reader is under this entry."""

    label: Text
    icon: str
    url_name: str
    may_see: Callable[[Actor], bool] = lambda actor: actor.is_staff
    count: Callable[[Actor], int] | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Room:
    """Everything that shells know of a room.

    ``portal_urls`` and ``console_urls`` are URL modules mounted at ``/<code>/`` and ``/console/<code>/``; ``api`` is
    the dotted path of a ninja Router mounted at ``/api/v1/<code>/``. ``needs(actor)`` lists what waits on the member;
    ``progress(actor)`` the member's own cases; ``open_now(actor)`` what they may have and have not had;
    ``subject_keys(actor)`` the keys under which looks at those cases are written before the member is a known person;
    ``find(actor, number)`` the console address of the case with this number; ``demo(city)`` fills the demonstration
    city; ``visit(request)`` knows who comes from a place of this room to sign in; ``rush`` names addresses that
    thousands call at once by POST, see ``web/rush.py``.
    """

    code: str
    label: Text
    portal_urls: str = ""
    console_urls: str = ""
    api: str = ""
    tiles: Sequence[Tile] = ()
    menu: Sequence[MenuEntry] = ()
    machines: Sequence[Machine] = ()
    needs: Callable[[Actor], Sequence[Need]] | None = None
    progress: Callable[[Actor], Sequence[Need]] | None = None
    open_now: Callable[[Actor], Sequence[OpenNow]] | None = None
    subject_keys: Callable[[Actor], Sequence[str]] | None = None
    find: Callable[[Actor, str], str | None] | None = None
    person_panel: Callable[[Actor, int], Any] | None = None
    demo: Callable[[Any], None] | None = None
    visit: Callable[[HttpRequest], Visit | None] | None = None
    order: int = 100
    rush: Sequence[str] = ()
    parameters: Sequence[Any] = field(default=())


@cache
def rooms() -> tuple[Room, ...]:
    """All rooms of this installation, in menu order."""
    found = []
    for config in apps.get_app_configs():
        try:
            module = import_module(f"{config.name}.room")
        except ModuleNotFoundError as error:
            if error.name != f"{config.name}.room":
                raise
            continue
        found.append(module.ROOM)
    return tuple(sorted(found, key=lambda room: (room.order, room.code)))


def visit_of(request: HttpRequest) -> Visit | None:
    """The place of some room from which whoever asks comes."""
    return next((found for room in rooms() if room.visit and (found := room.visit(request))), None)
