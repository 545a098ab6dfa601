"""What every template may use without its view handing it over. Nothing here queries before it is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text, _
from niangjia.platform.web import hooks
from niangjia.platform.web.addresses import is_console
from niangjia.platform.web.rooms import MenuEntry, Room, rooms

TYPE_COOKIE = "niangjia_type"
THEME_COOKIE = "niangjia_theme"


@dataclass(frozen=True)
class NavItem:
    """One entry of the portal's bar or the console's menu."""

    label: Text
    icon: str
    url: str
    current: bool = False
    count: int = 0
    depth: int = 0
    room: Text | None = None


def page(request: HttpRequest) -> dict[str, Any]:
    """The context processor."""
    actor = getattr(request, "actor", None) or Actor.anonymous()
    return {
        "actor": actor,
        "page_language": get_language() or settings.LANGUAGE_CODE,
        "is_console": is_console(request),
        "is_demo": settings.DEMO,
        "large_type": request.COOKIES.get(TYPE_COOKIE) == "large",
        "theme": _theme(request),
        "trace": getattr(request, "trace", ""),
        "portal_nav": SimpleLazyObject(lambda: portal_nav(request)),
        "console_nav": SimpleLazyObject(lambda: console_nav(request, actor)),
        "union_choices": SimpleLazyObject(lambda: list(hooks.switcher(request))),
        "unread": cache(lambda: hooks.unread(actor)),  # a lazy number would refuse to be written with separators
    }


def _theme(request: HttpRequest) -> str:
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in {"light", "dark"} else ""


def portal_nav(request: HttpRequest) -> list[NavItem]:
    """首页 · 服务 · 卡 · 我的."""
    entries = [
        (_("首页"), "home", "portal:home"),
        (_("服务"), "layout-grid", "portal:services"),
        (_("卡"), "id-badge-2", "portal:card"),
        (_("我的"), "user-circle", "portal:mine"),
    ]
    return [_item(request, label, icon, name) for label, icon, name in entries]


def console_nav(request: HttpRequest, actor: Actor) -> list[NavItem]:
    """My desk, then each room's entries that the actor may see, with what waits there."""
    counts = hooks.counts(actor)
    items = [_item(request, _("我的工作台"), "inbox", "console:desk", counts.get("desk", 0))]
    for room in rooms():
        items += [
            _room_item(request, actor, room, entry, counts.get(room.code))
            for entry in room.menu
            if entry.may_see(actor)
        ]
    return _nearest_only(items)


def _nearest_only(items: list[NavItem]) -> list[NavItem]:
    """Of entries below one another only the deepest is where the reader is."""
    deepest = max((_depth(item) for item in items if item.current), default=0)
    return [replace(item, current=item.current and _depth(item) == deepest) for item in items]


def _depth(item: NavItem) -> int:
    return item.depth or len(item.url)


def _room_item(request: HttpRequest, actor: Actor, room: Room, entry: MenuEntry, waiting: int | None) -> NavItem:
    if waiting is None or entry is not room.menu[0]:
        waiting = entry.count(actor) if entry.count else 0
    item = _item(request, entry.label, entry.icon, entry.url_name, waiting, entry.also)
    return replace(item, room=room.label)


def _item(
    request: HttpRequest, label: Text, icon: str, url_name: str, count: int = 0, also: tuple[str, ...] = ()
) -> NavItem:
    url = _address(url_name)
    above = [place for place in (url, *map(_address, also)) if _is_under(request.path, place)]
    return NavItem(label, icon, url, bool(above), count, max(map(len, above), default=0))


def _address(url_name: str) -> str:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return "/"


def _is_under(path: str, place: str) -> bool:
    return path == place if place in {"/", "/console/"} else path.startswith(place)
