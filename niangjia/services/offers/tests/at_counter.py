"""The two steps of a scan in the world of the fixture ``counter``."""

from __future__ import annotations

from uuid import uuid4

import pytest

from niangjia.commons.people.cards import queries as cards
from niangjia.kernel.errors import DomainError
from niangjia.services.offers import actions

KEPT = {"offers_scan", "requests_counter"}
"""What a refused try may leave: that it was tried."""


def nonce():
    return uuid4().hex


def code_of(world, member=None):
    return cards.fresh_code(cards.card_of((member or world.member).person_id)).text


def look(world, text, *, site=None, actor=None, key=None):
    return actions.look(site=site or world.site, text=text, nonce=key or nonce(), actor=actor or world.keeper)


def collect(world, *, key=None, actor=None, site=None):
    return actions.collect(
        public_id=world.made.public_id, site=site or world.site, nonce=key or nonce(), actor=actor or world.keeper
    )


def refusal(act, *arguments, **named):
    with pytest.raises(DomainError) as caught:
        act(*arguments, **named)
    return caught.value
