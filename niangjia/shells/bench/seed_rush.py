"""A crowd for the rush: members with accounts, sessions, memberships and cards, and campaigns with stock.

Set-based and without personal data beyond a name, because nothing of it is measured. Only for a throw-away database.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.db import connection

from niangjia.commons.people.models import Person
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.platform.accounts import tokens
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import Session, User
from niangjia.services.offers import actions, testing
from niangjia.services.offers.models import Campaign
from niangjia.services.offers.rush import catalogue

CATEGORIES, SITES = 13, 10
ROWS = 2000
RULE: Sequence[dict[str, Any]] = (
    {"is": "union", "any_of": ["EAST"]},
    {"is": "standing", "any_of": ["employed"]},
    {"is": "card", "any_of": ["active"]},
)

_MEMBERSHIPS = """
INSERT INTO people_membership (public_id, state, state_since, machine_version, created_at, person_id, union_id, number,
  since, origin, ended_by, counted_as)
SELECT 'm' || id, 'active', %s, 1, %s, id, %s, 'HY' || id, %s, 'paper', '', '{}' FROM people_person
"""
_CARDS = """
INSERT INTO people_card (public_id, state, state_since, machine_version, created_at, person_id, number, issued_on,
  bank_code, bank_card_tail)
SELECT 'c' || id, 'active', %s, 1, %s, id, '66' || (10000000000000 + id), %s, '', '' FROM people_person
"""


@dataclass(frozen=True)
class Place:
    """One cell: what a phone asks for, and what the statement needs to know."""

    item: str
    site: str
    day: str
    cell: int
    item_id: int
    site_id: int
    dimset: int


@dataclass(frozen=True)
class Rush:
    """One campaign with its places."""

    campaign: str
    campaign_id: int
    union_id: int
    places: list[Place]


@dataclass(frozen=True)
class Member:
    """One member: the token of a session, and what the statement needs to know."""

    token: str
    user: int
    person: int
    key: str
    name: str
    union: int
    session: int


@dataclass(frozen=True)
class Ground:
    """Everything a benchmark of the rush stands on."""

    members: list[Member]
    rushes: list[Rush]

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Ground:
        data = json.loads(text)
        rushes = [Rush(**{**rush, "places": [Place(**place) for place in rush["places"]]}) for rush in data["rushes"]]
        return cls([Member(**member) for member in data["members"]], rushes)


def seed(*, members: int, stocks: Sequence[int]) -> Ground:
    """``members`` members, and a campaign for each of ``stocks`` with so many pieces spread over all places."""
    tree = unions.small_tree()
    crowd = _members(members, tree["EAST-1"])
    sites = [testing.a_site(tree["EAST-1"], f"领取点{number:02d}") for number in range(1, SITES + 1)]
    rushes = [_rush(tree["EAST"], sites, stock) for stock in stocks]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Ground(crowd, rushes)


def _members(count: int, street: Union) -> list[Member]:
    now = clock.now()
    users = User.objects.bulk_create([User(display_name="") for _number in range(count)], batch_size=ROWS)
    people = Person.objects.bulk_create(
        [Person(user=user, name="甲", sex="female", category="courier", birth_date=now.date()) for user in users],
        batch_size=ROWS,
    )
    secrets = [tokens.new_token() for _user in users]
    sessions = Session.objects.bulk_create(
        [
            Session(
                user=user,
                token_hash=tokens.token_hash(token),
                kind=SessionKind.MEMBER.value,
                expires_at=now + timedelta(days=1),
            )
            for user, token in zip(users, secrets, strict=True)
        ],
        batch_size=ROWS,
    )
    _join(street)
    return [
        Member(token, user.pk, person.pk, person.public_id, person.name, street.pk, session.pk)
        for user, person, session, token in zip(users, people, sessions, secrets, strict=True)
    ]


def _join(street: Union) -> None:
    moment = connection.ops.adapt_datetimefield_value(clock.now())
    day = connection.ops.adapt_datefield_value(clock.today() - timedelta(days=30))
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERSHIPS, [moment, moment, street.pk, day])
        cursor.execute(_CARDS, [moment, moment, day])


def _rush(district: Union, sites: Sequence[Any], stock: int) -> Rush:
    items = [f"第{number}类" for number in range(1, CATEGORIES + 1)]
    each, rest = divmod(stock, CATEGORIES * SITES)
    draft = testing.a_draft(district, items=items, sites=sites, pieces=max(1, each), rule=list(RULE))
    actions.publish(public_id=draft.public_id, actor=testing.SYSTEM)
    _spread(draft, each, rest)
    known = catalogue.read(Campaign.objects.get(pk=draft.pk))
    places = [
        Place(
            choice.item,
            choice.site,
            choice.day.isoformat(),
            place.cell_id,
            place.item_id,
            place.site_id,
            known.dimsets[place.item_code, place.site_key, "courier"],
        )
        for choice, place in known.places.items()
    ]
    return Rush(draft.public_id, draft.pk, district.pk, places)


def _spread(campaign: Campaign, each: int, rest: int) -> None:
    """``each`` pieces everywhere, also none, and one more in each of the first ``rest`` places."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE offers_cell SET size = %s WHERE campaign_id = %s", [each, campaign.pk])
        cursor.execute(
            "UPDATE offers_cell SET size = size + 1 WHERE id IN"
            " (SELECT id FROM offers_cell WHERE campaign_id = %s ORDER BY id LIMIT %s)",
            [campaign.pk, rest],
        )
