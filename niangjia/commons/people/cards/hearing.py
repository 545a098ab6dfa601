"""What cards hear: somebody became a member, a membership ended, a person is erased."""

from __future__ import annotations

from typing import Any

from niangjia.commons.people.cards import actions
from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.models import Membership
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import allow

BY_MEMBERSHIP = allow("membership")
"""Nobody decides on a card by itself: it comes and goes with the membership, on which somebody decided."""


def issue(*, membership: Membership, actor: Actor, **_more: Any) -> None:
    """A new member gets a card at once."""
    actions.issue(membership.person, actor=actor, decision=BY_MEMBERSHIP, union_id=membership.union_id)


def close(*, membership: Membership, actor: Actor, **_more: Any) -> None:
    """The card ends with the membership, also one that was reported lost."""
    actions.close(membership.person, union_id=membership.union_id, actor=actor, decision=BY_MEMBERSHIP)


def forget_bank(*, subject_key: str, **_more: Any) -> None:
    """Empty the bank's side of an erased person's cards; numbers and days stay as pseudonyms."""
    cards = Card.objects.filter(person__public_id=subject_key)
    cards.update(bank_code="", bank_card_tail="", co_branded_on=None)
