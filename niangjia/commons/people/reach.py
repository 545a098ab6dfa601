"""Further persons whom an office may see, told by the rooms above: who applied here, whose case lies here."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q

from niangjia.kernel.actor import Actor

Reach = Callable[[Actor], "Q | None"]

_rooms: dict[str, Reach] = {}


def register(room: str, reach: Reach) -> None:
    """``reach(actor)`` is a condition on Person without a query of its own, such as
    ``Q(pk__in=Application.objects.filter(…).values("person"))``, or None when the room shows the actor nobody.
    """
    _rooms[room] = reach


def of(actor: Actor) -> list[Q]:
    """The conditions of all rooms that show ``actor`` anybody."""
    return [found for reach in _rooms.values() if (found := reach(actor)) is not None]
