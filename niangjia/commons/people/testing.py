"""Builders for tests, benchmarks and the demonstration city: invented persons and members."""

from __future__ import annotations

from datetime import date
from itertools import count

from django.db import transaction

from niangjia.commons.people import actions
from niangjia.commons.people.categories import WorkerCategory
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.identifiers import Sex, invented_phone, invented_resident_id
from niangjia.kernel.policy import allow

SYSTEM = Actor.system("test")
BORN = date(1990, 5, 17)

_serials = count(1)


def an_id_number(serial: int, *, birth: date = BORN, sex: Sex = Sex.MALE) -> str:
    """The identity number of the invented person ``serial``."""
    return invented_resident_id(serial, birth, sex)


def a_person(
    name: str = "张三",
    *,
    serial: int | None = None,
    birth: date = BORN,
    sex: Sex = Sex.MALE,
    category: str = WorkerCategory.COURIER,
    user_id: int | None = None,
    actor: Actor = SYSTEM,
) -> Person:
    """An invented person with number and phone; ``serial`` makes them the same every time."""
    which = next(_serials) + 1_000_000 if serial is None else serial
    with transaction.atomic():
        return actions.register_person(
            name=name,
            id_number=an_id_number(which, birth=birth, sex=sex),
            phone=invented_phone(which),
            category=category,
            user_id=user_id,
            actor=actor,
        )


def a_member(union: Union, name: str = "张三", *, person: Person | None = None, day: date | None = None) -> Membership:
    """A member of ``union`` since ``day`` (today if None)."""
    with transaction.atomic():
        return actions.admit(
            person or a_person(name), union, actor=SYSTEM, decision=allow("system"), day=day or clock.today()
        )


def signed_in(person: Person) -> Actor:
    """The actor of a person's own session on a phone."""
    return Actor(ActorKind.MEMBER, name=person.name, user_id=person.user_id, person_id=person.pk)
