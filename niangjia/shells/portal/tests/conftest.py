"""A worker who has an account, and one who is a member."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from django.test import Client

from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.testing import a_member, a_person, signed_in
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.testing import small_tree
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.platform.accounts import senders
from niangjia.platform.accounts.models import User
from niangjia.platform.testing.clients import member_client
from niangjia.platform.testing.kept import kept


@dataclass
class Phones:
    """What was sent to which phone."""

    sent: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, phone: str, code: str, purpose: str) -> None:
        self.sent.append((phone, code))

    def last(self, phone: str) -> str:
        return [code for to, code in self.sent if to == phone][-1]


@pytest.fixture
def sms(monkeypatch: pytest.MonkeyPatch) -> Phones:
    phones = Phones()
    monkeypatch.setattr(senders, "_senders", [])
    senders.register_sender(phones)
    return phones


@pytest.fixture
def unions(db: None) -> dict[str, Union]:
    return kept(small_tree)


@pytest.fixture
def membership(unions: dict[str, Union]) -> Membership:
    user = User.objects.create(display_name="")
    return a_member(unions["FIRM"], person=a_person("阿依古丽·麦麦提明", user_id=user.pk))


@pytest.fixture
def member(membership: Membership) -> Actor:
    return signed_in(Person.objects.get(pk=membership.person_id))


@pytest.fixture
def phone(member: Actor) -> Client:
    """The member's phone, signed in."""
    return member_client(member)


@pytest.fixture
def newcomer(db: None) -> Client:
    """The phone of somebody who signed in for the first time."""
    user = User.objects.create(display_name="")
    return member_client(Actor(ActorKind.MEMBER, user_id=user.pk))
