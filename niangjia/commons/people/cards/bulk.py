"""Cards for many new members at once."""

from __future__ import annotations

from collections.abc import Sequence

from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.models import Membership
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.card_code import new_card_number
from niangjia.kernel.policy import allow
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.lifecycle.lifecycle import Effects

BY_MEMBERSHIP = allow("membership")
_ASKED_AT_ONCE = 5000


def issue_many(memberships: Sequence[Membership], *, actor: Actor) -> list[Card]:
    """Give each holder a card from today on, in the caller's transaction, the persons new or locked by it."""
    numbers = free_numbers(len(memberships))
    cards = [_card(*pair) for pair in zip(memberships, numbers, strict=True)]
    return lifecycle.open_many(
        cards, actor=actor, decision=BY_MEMBERSHIP, effects_for=lambda card: Effects(data={"tail": card.tail})
    )


def free_numbers(count: int) -> list[str]:
    """``count`` different numbers that no card has."""
    drawn: dict[str, None] = {}
    while len(drawn) < count:
        fresh = [new_card_number() for _missing in range(count - len(drawn))]
        taken = _taken(fresh)
        drawn.update(dict.fromkeys(number for number in fresh if number not in taken))
    return list(drawn)


def _taken(numbers: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(numbers), _ASKED_AT_ONCE):
        some = Card.objects.filter(number__in=numbers[start : start + _ASKED_AT_ONCE])
        found.update(some.values_list("number", flat=True))
    return found


def _card(membership: Membership, number: str) -> Card:
    card = Card(person=membership.person, number=number, issued_on=clock.today())
    card.at_union = membership.union_id
    return card
