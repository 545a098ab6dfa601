"""Builders for tests: who needs a number, who holds it, and a dispute between them."""

from __future__ import annotations

from typing import Any

from niangjia.commons.people.corrections.testing import a_photo
from niangjia.commons.people.disputes import raising
from niangjia.commons.people.disputes.models import Dispute
from niangjia.commons.people.models import Person
from niangjia.commons.people.testing import signed_in
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.identifiers import invented_phone
from niangjia.platform.accounts import phones
from niangjia.platform.accounts.models import User


def an_account(serial: int) -> Actor:
    """Somebody who has just signed in by a phone and of whom nothing else is known."""
    phone = invented_phone(serial)
    user = User.objects.create(phone=phone, phone_index=phones.index_of(phone))
    return Actor(ActorKind.MEMBER, user_id=user.pk)


def about_phone(asker: Actor | Person, phone: str, **more: Any) -> Dispute:
    """A dispute about a phone whose code was typed."""
    given = {"proven": True, "name": "吴新机", **more}
    return raising.raise_dispute(kind="phone", value=phone, actor=_actor(asker), **given)


def about_number(asker: Actor | Person, number: str, **more: Any) -> Dispute:
    """A dispute about an ID number, with a photo."""
    given = {"papers": [a_photo()], "name": "吴新机", **more}
    return raising.raise_dispute(kind="id_number", value=number, actor=_actor(asker), **given)


def _actor(asker: Actor | Person) -> Actor:
    return signed_in(asker) if isinstance(asker, Person) else asker
