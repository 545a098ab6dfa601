"""Two current memberships, two cards in force: one of each is set aside before it goes over, and brought back.

Order of locks: both persons, then the memberships, then the cards.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from niangjia.commons.people import records
from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.cards.states import CardEvent, CardState
from niangjia.commons.people.merging.states import Entry
from niangjia.commons.people.models import Membership, MembershipStay, Person
from niangjia.commons.people.states import MembershipEvent, MembershipState
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import allow
from niangjia.platform.lifecycle import lifecycle

BY_MERGE = allow("merge")
"""Two people of staff have decided about the merge; its parts are not decided again."""

_BACK = {
    MembershipState.ACTIVE.value: MembershipEvent.BRING_BACK,
    MembershipState.RETAINED.value: MembershipEvent.BRING_BACK_RETAINED,
}
_CARD_BACK = {
    CardState.ACTIVE.value: CardEvent.BRING_BACK,
    CardState.BLOCKED.value: CardEvent.BRING_BACK_BLOCKED,
}


def current_memberships(kept: Person, merged: Person) -> dict[Entry, Membership]:
    """The current membership of each, where there is one."""
    rows = Membership.objects.current().filter(person__in=(kept, merged)).select_related("union")
    return {Entry.KEPT if one.person_id == kept.pk else Entry.MERGED: one for one in rows}


def live_cards(kept: Person, merged: Person) -> dict[Entry, Card]:
    """The card in force of each, where there is one."""
    rows = Card.objects.live().filter(person__in=(kept, merged))
    return {Entry.KEPT if one.person_id == kept.pk else Entry.MERGED: one for one in rows}


def set_aside(kept: Person, merged: Person, *, remains: str, reason: str, actor: Actor) -> dict[str, Any]:
    """Set aside what both have, leaving that of the entry ``remains``; what is needed to bring it back."""
    goes = Entry.MERGED if remains == Entry.KEPT else Entry.KEPT
    owner, done = (merged if goes == Entry.MERGED else kept), {}
    memberships, cards = current_memberships(kept, merged), live_cards(kept, merged)
    if len(memberships) > 1:
        done["membership"] = _set_membership_aside(memberships[goes], owner, reason, actor)
    if len(cards) > 1:
        done["card"] = _set_card_aside(cards[goes], owner, reason, actor)
    return done


def bring_back(done: dict[str, Any], *, reason: str, actor: Actor) -> None:
    """Bring back what was set aside, as it was; the rows stand with their own entry again."""
    if "membership" in done:
        _bring_membership_back(done["membership"], reason, actor)
    if "card" in done:
        _bring_card_back(done["card"], reason, actor)


def _set_membership_aside(membership: Membership, owner: Person, reason: str, actor: Actor) -> dict[str, Any]:
    held: Membership = Membership.objects.select_for_update(of=("self",), no_key=True).get(pk=membership.pk)
    held.person = owner
    today = clock.today()
    stay = MembershipStay.objects.get(membership=held, until=None)
    kept = {"id": held.pk, "state": held.state, "counted_as": held.counted_as, "stay": stay.pk}
    lifecycle.apply(
        held,
        MembershipEvent.SET_ASIDE,
        actor=actor,
        decision=BY_MERGE,
        reason=reason,
        changes={"until": today, "counted_as": {}},
        records=[records.take_out(held, cause=MembershipEvent.SET_ASIDE.value, day=today)],
    )
    MembershipStay.objects.filter(pk=stay.pk).update(until=today)
    return kept


def _bring_membership_back(kept: dict[str, Any], reason: str, actor: Actor) -> None:
    held = Membership.objects.select_for_update(of=("self",), no_key=True).get(pk=kept["id"])
    event, facts = _BACK[kept["state"]], kept["counted_as"]
    back = records.put_in(held.person_id, held.union_id, facts, cause=event.value, day=clock.today())
    lifecycle.apply(
        held,
        event,
        actor=actor,
        decision=BY_MERGE,
        reason=reason,
        changes={"until": None, "counted_as": facts},
        records=[back],
    )
    MembershipStay.objects.filter(pk=kept["stay"]).update(until=None)


def _set_card_aside(card: Card, owner: Person, reason: str, actor: Actor) -> dict[str, Any]:
    held = Card.objects.select_for_update(of=("self",), no_key=True).get(pk=card.pk)
    held.person = owner
    until = held.valid_until.isoformat() if held.valid_until else ""
    kept = {"id": held.pk, "state": held.state, "valid_until": until}
    ended = {"valid_until": clock.today()}
    lifecycle.apply(held, CardEvent.SET_ASIDE, actor=actor, decision=BY_MERGE, reason=reason, changes=ended)
    return kept


def _bring_card_back(kept: dict[str, Any], reason: str, actor: Actor) -> None:
    held = Card.objects.select_for_update(of=("self",), no_key=True).get(pk=kept["id"])
    event, until = _CARD_BACK[kept["state"]], date.fromisoformat(kept["valid_until"]) if kept["valid_until"] else None
    back = {"valid_until": until}
    lifecycle.apply(held, event, actor=actor, decision=BY_MERGE, reason=reason, changes=back)
