"""The world of the matrix: two districts with their streets and a firm, people in each, everybody who may call.

What may be seen is said here by plain facts about the tree, never by asking the code under test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from niangjia.commons.desk.models import DeskItem
from niangjia.commons.people import child_consent
from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.corrections import actions as corrections
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.actions import appoint, end_appointment
from niangjia.commons.unions.models import Employer, Union
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.clock import today
from niangjia.platform.accounts import sessions
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import User
from niangjia.platform.notices.models import Message
from niangjia.platform.personal_data import consents, looks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.personal_data.models import Consent
from niangjia.services.joining import actions, testing
from niangjia.services.joining.models import Application
from tests.matrix import (
    deaths_world,
    disputes_world,
    enrolment_world,
    exits_world,
    fits_world,
    guardians_world,
    merges_world,
    offers_console_world,
    offers_world,
    oversight_world,
    payments_world,
    protection_world,
    purchases_world,
    reimbursement_world,
    rosters_world,
    stalls_world,
    transfers_world,
)
from tests.matrix.actors import MISSING, Who, signed_in

ABOVE = {
    "CITY": "", "EAST": "CITY", "WEST": "CITY", "EAST-1": "EAST", "EAST-2": "EAST", "WEST-1": "WEST", "FIRM": "EAST-1",
}  # fmt: skip
NODES = ("EAST-1", "FIRM", "EAST-2", "WEST-1")
NAMES = {"EAST-1": "阚", "FIRM": "麴", "EAST-2": "逄", "WEST-1": "亓"}
STREETS = {"EAST-1": "EAST-1", "FIRM": "EAST-1", "EAST-2": "EAST-2", "WEST-1": "WEST-1"}
REASON = "哨兵{node}请补充站点"

OFFICES = {
    "officer": [("union_officer", "EAST-1")],
    "sibling": [("union_officer", "EAST-2")],
    "foreigner": [("union_officer", "WEST-1")],
    "district": [("union_officer", "EAST")],
    "reviewer": [("reviewer", "EAST")],
    "firm": [("union_officer", "FIRM")],
    "agent": [("employer_agent", "FIRM")],
    "stall": [("stall_officer", "EAST-1")],
    "site_keeper": [("site_keeper", "EAST-1")],
    "clerk": [("agency_clerk", "EAST")],
    "preparer": [("finance_preparer", "EAST")],
    "releaser": [("finance_releaser", "EAST")],
    "mediator": [("mediator", "EAST")],
    "hotline": [("hotline_operator", "CITY")],
    "system_admin": [("system_admin", "CITY")],
    "security_admin": [("security_admin", "CITY")],
    "audit_admin": [("audit_admin", "CITY")],
}


@dataclass(frozen=True)
class Thing:
    """An object to be called on. ``place`` is its node, empty for one that does not exist; ``owner`` whose it is."""

    kind: str
    key: str
    place: str = ""
    owner: str = ""

    @property
    def exists(self) -> bool:
        return bool(self.place)


@dataclass(frozen=True)
class Canary:
    """A text that only ``owner`` and those who read at ``place`` may meet; a secret one only when it is unmasked.

    Holders of ``also`` at the place or above it, and of ``here`` at exactly the place, may meet it as well.
    """

    text: str
    place: str
    owner: str
    secret: bool = False
    also: tuple[str, ...] = ()
    here: tuple[str, ...] = ()


@dataclass
class World:
    """Everything that the matrix calls with and on."""

    unions: dict[str, Union]
    actors: dict[str, Who] = field(default_factory=dict)
    things: dict[str, list[Thing]] = field(default_factory=dict)
    canaries: list[Canary] = field(default_factory=list)
    officers: dict[str, Actor] = field(default_factory=dict)
    doubles: dict[str, tuple[str, str]] = field(default_factory=dict)

    def add(self, kind: str, key: str, place: str, owner: str = "") -> None:
        self.things.setdefault(kind, [Thing(kind, MISSING[kind])]).insert(-1, Thing(kind, str(key), place, owner))

    def at(self, kind: str, place: str) -> Thing:
        return next(thing for thing in self.things[kind] if thing.place == place)

    def missing(self, kind: str) -> Thing:
        return self.things[kind][-1]

    def mark(self, place: str, owner: str, *texts: object, **more: Any) -> None:
        self.canaries += [Canary(str(text), place, owner, **more) for text in texts if text]


def line_of(place: str) -> Iterator[str]:
    """The node and all above it."""
    while place:
        yield place
        place = ABOVE[place]


def build() -> World:
    """The whole world, in the transaction that is open."""
    world = World(unions.small_tree())
    Employer.objects.create(name="哨兵商行", kind="private", headcount=30, union=world.unions["FIRM"])
    _staff(world)
    for serial, place in enumerate(NODES):
        _waiting(world, place, 7100 + serial)
        _asked(world, place, 7200 + serial)
        _joined(world, place, 7300 + serial)
    world.actors["newcomer"] = signed_in("newcomer", testing.applicant(7999), [])
    _unions(world)
    _sessions(world)
    offers_world.add(world)
    offers_console_world.add(world)
    rosters_world.add(world)
    stalls_world.add(world)
    protection_world.add(world)
    transfers_world.add(world)
    exits_world.add(world)
    fits_world.add(world)
    enrolment_world.add(world)
    payments_world.add(world)
    purchases_world.add(world)
    reimbursement_world.add(world)
    merges_world.add(world)
    disputes_world.add(world)
    deaths_world.add(world)
    guardians_world.add(world)
    oversight_world.add(world)
    return world


def _staff(world: World) -> None:
    for name, offices in OFFICES.items():
        actor = unions.an_officer([(world.unions[code], role) for role, code in offices], name)
        world.officers[name] = actor
        world.actors[name] = signed_in(name, actor, offices)
    _deputy(world)
    _former(world)
    pending = unions.a_user("pending")
    world.actors["pending"] = signed_in("pending", unions.staff(pending), [], kind="pending")
    world.actors["anonymous"] = Who("anonymous", "anonymous", (), 0, Client(raise_request_exception=False), "")


def _deputy(world: World) -> None:
    user = unions.a_user("deputy")
    appoint(
        actor=unions.SYSTEM, user_id=user.pk, union_id=world.unions["EAST-1"].pk, role="union_officer",
        valid_to=today().replace(year=today().year + 1), deputy_for_id=world.officers["officer"].user_id,
    )  # fmt: skip
    world.actors["deputy"] = signed_in("deputy", unions.staff(user), [("union_officer", "EAST-1")])


def _former(world: World) -> None:
    """The session is older than the loss of the office."""
    user = unions.a_user("former")
    given = appoint(
        actor=unions.SYSTEM, user_id=user.pk, union_id=world.unions["EAST-1"].pk, role="union_officer"
    )  # fmt: skip
    world.actors["former"] = signed_in("former", unions.staff(user), [])
    end_appointment(actor=unions.SYSTEM, public_id=given.public_id, day=today())


def _apply(world: World, place: str, serial: int, kind: str) -> tuple[Application, str]:
    """Somebody with telling data applies, so that the union at ``place`` is responsible."""
    name = f"{NAMES[place]}{ {'waiting': '待', 'asked': '补', 'joined': '入'}[kind] }哨兵"
    changes = {"employer_name": "哨兵商行"} if place == "FIRM" else {"employer_name": f"哨兵行{serial}"}
    row, actor = testing.application(serial, world.unions[STREETS[place]], name=name, **changes)
    owner = f"{kind}@{place}"
    world.actors[owner] = signed_in(owner, actor, [])
    world.mark(place, owner, name, row.number, row.public_id)
    if place != "FIRM":
        world.mark(place, owner, row.employer_name)
    world.mark(place, owner, row.phone, row.id_number, secret=True)
    return row, owner


def _waiting(world: World, place: str, serial: int) -> None:
    row, owner = _apply(world, place, serial, "waiting")
    world.add("application", row.public_id, place, owner)
    item = DeskItem.objects.open().get(subject_type="joining.application", subject_id=row.pk)
    world.add("item", item.public_id, place)
    world.mark(place, "", item.public_id)
    _notices(world, place, row, owner)


def _asked(world: World, place: str, serial: int) -> None:
    row, owner = _apply(world, place, serial, "asked")
    reason = REASON.format(node=place)
    actions.ask_more(public_id=row.public_id, reason=reason, actor=_officer_at(world, place))
    world.add("asked", row.public_id, place, owner)
    world.mark(place, owner, reason)
    _notices(world, place, row, owner)


def _joined(world: World, place: str, serial: int) -> None:
    row, owner = _apply(world, place, serial, "joined")
    officer = _officer_at(world, place)
    person: Person = actions.approve(public_id=row.public_id, actor=officer).person
    membership = Membership.objects.get(person=person)
    world.add("person", person.public_id, place, owner)
    world.mark(place, owner, person.public_id, membership.public_id, membership.number)
    card = Card.objects.get(person=person)
    world.mark(place, owner, card.public_id, card.number, card.grouped)
    looks.record(officer, [person.public_id], LookKind.UNMASKED, reason=f"哨兵{place}查看的理由", fields=["phone"])
    world.mark(place, owner, f"哨兵{place}查看的理由")
    _notices(world, place, row, owner)
    _corrected(world, place, owner, person)


def _corrected(world: World, place: str, owner: str, person: Person) -> None:
    """A member asks that the employer be corrected, and was asked for more about another fact."""
    member = Actor(ActorKind.MEMBER, user_id=person.user_id, person_id=person.pk)
    wished = f"哨兵{place}改后单位"
    made = corrections.request(kind="employer", wished=wished, actor=member)
    asked = corrections.request(kind="category", wished="truck_driver", actor=member)
    corrections.ask_more(public_id=asked.public_id, reason=f"哨兵{place}请补充证明", actor=_officer_at(world, place))
    world.add("correction", made.public_id, place, owner)
    world.add("supplement", asked.public_id, place, owner)
    joined = Consent.objects.get(subject_key=person.public_id, code="joining")
    world.add("consent", joined.public_id, place, owner)
    given = consents.give(child_consent.CODE, child_consent.VERSION, subject_key=person.public_id, actor=member)
    world.add("child_consent", given.public_id, place, owner)
    world.mark(place, owner, wished, made.public_id, asked.public_id, f"哨兵{place}请补充证明")


def _notices(world: World, place: str, row: Application, owner: str) -> None:
    message = Message.objects.filter(user_id=row.applicant_id).latest("pk")
    world.add("notice", message.public_id, place, owner)
    world.mark(place, owner, message.public_id)


def _officer_at(world: World, place: str) -> Actor:
    name = {"EAST-1": "officer", "FIRM": "firm", "EAST-2": "sibling", "WEST-1": "foreigner"}[place]
    return world.officers[name]


def _unions(world: World) -> None:
    for place in (*NODES, "EAST", "CITY"):
        world.add("union", world.unions[place].public_id, place)
        world.add("node", world.unions[place].pk, place)


def _sessions(world: World) -> None:
    """A second device of each who waits, which they may end, and each officer's user, to whom may be handed over."""
    for place in NODES:
        owner = f"waiting@{place}"
        user = User.objects.get(pk=world.actors[owner].user_id)
        started = sessions.start(user=user, kind=SessionKind.MEMBER, agent="second").session
        world.add("session", started.public_id, place, owner)
        world.add("user", _officer_at(world, place).user_id, place)
