"""Who the member is, as the portal's pages show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from niangjia.commons.ledger import queries as ledger
from niangjia.commons.people import policies
from niangjia.commons.people.models import Membership, Person
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.web.rooms import rooms

NO_SERVICE = ("membership", "joining")
"""Programmes whose ledger rows say that somebody belongs to us, not that they received something."""


@dataclass(frozen=True)
class Received:
    """What the ledger says somebody received since ``since``; ``fen`` counts money."""

    since: date
    times: int
    fen: int


def of(actor: Actor) -> Membership | None:
    """The actor's own current membership with its union."""
    return policies.visible_memberships(actor).current().select_related("union").first()


def keys_of(actor: Actor) -> list[str]:
    """The public ids under which the actor's data is kept: their own, those of entries merged into it, and those of
    cases that were looked at before the person was known."""
    cases = [key for room in rooms() if room.subject_keys is not None for key in room.subject_keys(actor)]
    if actor.person_id is None:
        return cases
    own = Person.objects.filter(pk=actor.person_id) | Person.objects.filter(canonical=actor.person_id)
    return [*own.values_list("public_id", flat=True), *cases]


def received_this_year(actor: Actor) -> Received:
    """What the actor received this year, by all entries of theirs."""
    since = clock.today().replace(month=1, day=1)
    if actor.person_id is None:
        return Received(since, 0, 0)
    own = Person.objects.filter(pk=actor.person_id) | Person.objects.filter(canonical=actor.person_id)
    rows = ledger.received(list(own.values_list("pk", flat=True)))
    found = rows.filter(day__gte=since).exclude(programme__in=NO_SERVICE).values_list("fen", flat=True)
    amounts = list(found)
    return Received(since, len(amounts), sum(amounts))
