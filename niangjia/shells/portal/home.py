"""首页 · 服务."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import public
from niangjia.platform.web import pages
from niangjia.platform.web.rooms import Need, OpenNow, Tile, rooms
from niangjia.shells.portal import membership


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Who I am, what needs me, what is open now, what is under way, the services, what I received; for strangers an
    invitation."""
    actor = actor_of(request)
    if not actor.is_member:
        return pages.render(request, "portal/welcome.html", {"tiles": tiles(actor)})
    context = {
        "membership": membership.of(actor),
        "needs": needs(actor),
        "open_now": open_now(actor),
        "now": clock.now(),
        "progress": under_way(actor),
        "tiles": tiles(actor),
        "received": membership.received_this_year(actor),
    }
    return pages.render(request, "portal/home.html", context)


@public
@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """Every service of this installation."""
    actor = actor_of(request)
    return pages.render(request, "portal/services.html", {"tiles": tiles(actor)})


def tiles(actor: Actor) -> list[Tile]:
    """The tiles of all rooms that are something for the actor, in menu order."""
    return [tile for room in rooms() for tile in room.tiles if tile.may_see(actor)]


def needs(actor: Actor) -> Sequence[Need]:
    """What waits on the member, of all rooms."""
    return [need for room in rooms() if room.needs for need in room.needs(actor)]


def open_now(actor: Actor) -> Sequence[OpenNow]:
    """What the member may have and has not had, of all rooms; what is open goes first, then what ends first."""
    found = [one for room in rooms() if room.open_now for one in room.open_now(actor)]
    return sorted(found, key=lambda one: (not one.is_open, one.until))


def under_way(actor: Actor) -> Sequence[Need]:
    """The member's cases that are not finished."""
    return [case for case in progress(actor) if not case.finished]


def progress(actor: Actor) -> Sequence[Need]:
    """The member's own cases, of all rooms, finished ones too."""
    return [case for room in rooms() if room.progress for case in room.progress(actor)]
