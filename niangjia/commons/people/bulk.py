"""Making many members by few statements: what :func:`actions.admit` does for one, in the same books.

The rows arrive sealed. Order of locks: the persons who are known already, by id, then what is new, in the order of
the index of the ID number, so that two who bring the same people wait for each other and never deadlock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from django.db import transaction

from niangjia.commons.people import events, records, rules
from niangjia.commons.people.cards import bulk as cards
from niangjia.commons.people.models import Membership, MembershipQuerySet, MembershipStay, Person
from niangjia.commons.people.states import MembershipEvent, Origin
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import Decision
from niangjia.platform import rows as many
from niangjia.platform.audit import entries as audit
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.lifecycle.lifecycle import Effects
from niangjia.platform.lifecycle.records import Record

ROWS = 2000


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who becomes a member of ``union_id`` from ``since`` on.

    ``public_id`` is the person's; ``person_id`` is set for somebody who is known already, and then the identity below
    is not written. ``id_number`` and ``phone`` are sealed for the person's columns with the person's own key.
    """

    public_id: str
    membership_key: str
    number: str
    union_id: int
    since: date
    category: str
    sex: str
    person_id: int | None = None
    name: str = ""
    name_key: str = ""
    name_initials: str = ""
    name_tail_index: str = ""
    birth_date: date | None = None
    id_kind: str = ""
    id_number: bytes = b""
    id_index: str = ""
    phone: bytes = b""
    phone_index: str = ""


@dataclass(frozen=True)
class Admitted:
    """Many who became members by one act. ``rows`` finds the memberships again, for statements over all of them."""

    rows: MembershipQuerySet
    count: int


def admit_many(
    newcomers: Sequence[Newcomer],
    *,
    actor: Actor,
    decision: Decision,
    origin: str = Origin.ROSTER,
    reason: str = "",
    rows: MembershipQuerySet,
    records_for: Callable[[Membership], Sequence[Record]] = lambda _membership: (),
) -> list[Membership]:
    """Make all of them members, in the caller's transaction, and leave what :func:`actions.admit` leaves for each.

    The caller has judged union, age and days. ``rows`` finds the new memberships by query; ``records_for`` adds the
    caller's own records. Raises NotAllowed, Conflict ALREADY_MEMBER, and IntegrityError where somebody else took an ID
    number, a phone or a place meanwhile: then nothing has happened.
    """
    decision.require()
    ordered = sorted(newcomers, key=attrgetter("id_index"))
    known = _locked([one.person_id for one in ordered if one.person_id is not None])
    people = {**known, **_registered([one for one in ordered if one.person_id is None], actor)}
    memberships = [_membership(one, people[one.public_id], origin) for one in ordered]
    opened = lifecycle.open_many(
        memberships,
        actor=actor,
        decision=decision,
        reason=reason,
        effects_for=lambda membership: _effects(membership, records_for),
    )
    stays = [MembershipStay(membership=one, union_id=one.union_id, since=one.since) for one in opened]
    many.insert(stays)
    cards.issue_many(opened, actor=actor)
    events.members_joined.send(sender=Membership, admitted=Admitted(rows, len(opened)), actor=actor)
    return opened


PERSON_COLUMNS = (
    "id", "public_id", "name", "name_key", "name_initials", "name_tail_index", "sex", "birth_date", "id_kind",
    "id_number", "id_index", "phone", "phone_index", "category", "created_at",
)  # fmt: skip


def _registered(newcomers: Sequence[Newcomer], actor: Actor) -> dict[str, Person]:
    """Write who is not known yet; the objects hold what the books ask of a person."""
    ids, now = many.next_ids(Person, len(newcomers)), clock.now()
    many.write(Person, PERSON_COLUMNS, (_person_row(pk, one, now) for pk, one in zip(ids, newcomers, strict=True)))
    people = [
        Person(id=pk, public_id=one.public_id, sex=one.sex, category=one.category)
        for pk, one in zip(ids, newcomers, strict=True)
    ]
    audit.record_many([_registration(actor, person) for person in people])
    return {person.public_id: person for person in people}


def _person_row(pk: int, one: Newcomer, now: object) -> tuple[object, ...]:
    return (
        pk, one.public_id, one.name, one.name_key, one.name_initials, one.name_tail_index, one.sex, one.birth_date,
        one.id_kind, one.id_number, one.id_index, one.phone, one.phone_index, one.category, now,
    )  # fmt: skip


def _registration(actor: Actor, person: Person) -> AuditEntry:
    return audit.build(
        actor,
        "people.person.registered",
        subject_type="people.person",
        subject_id=person.public_id,
        subject_key=person.public_id,
        data={"category": person.category, "linked": False},
    )


def _locked(person_ids: Sequence[int]) -> dict[str, Person]:
    """The persons who are known, held until the end, none of them a member. Raises Conflict ALREADY_MEMBER."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("members are made inside the transaction of their case")
    found: dict[str, Person] = {}
    wanted = sorted(person_ids)
    for start in range(0, len(wanted), ROWS):
        some = wanted[start : start + ROWS]
        held = Person.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=some, canonical=None)
        found |= {person.public_id: person for person in held.filter(erased_at=None).order_by("pk")}
        if Membership.objects.current().filter(person__in=some).exists():
            raise rules.already_member()
    if len(found) != len(wanted):
        raise rules.already_member()
    return found


def _membership(one: Newcomer, person: Person, origin: str) -> Membership:
    return Membership(
        public_id=one.membership_key,
        person=person,
        union_id=one.union_id,
        number=one.number,
        since=one.since,
        origin=Origin(origin).value,
        counted_as=records.facts_of(person, Membership.MACHINE.initial),
    )


def _effects(membership: Membership, records_for: Callable[[Membership], Sequence[Record]]) -> Effects:
    counted = records.put_in(
        membership.person_id,
        membership.union_id,
        membership.counted_as,
        cause=MembershipEvent.ADMIT.value,
        day=membership.since,
    )
    data = {"day": membership.since.isoformat(), "origin": membership.origin, "union": membership.union_id}
    return Effects(records=[*records_for(membership), counted], data=data)
