"""More of what is there: copies of one row by the thousand, as many lists have after a year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

from django.db import connection, models

from niangjia.commons.desk.models import DeskItem
from niangjia.commons.payments.models import Payment
from niangjia.commons.people.corrections.models import Correction
from niangjia.commons.people.models import Membership, Person
from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_id
from niangjia.platform import rows
from niangjia.platform.accounts.models import Session
from niangjia.platform.notices.models import Message
from niangjia.platform.personal_data.fields import EncryptedTextField
from niangjia.platform.personal_data.models import Look
from niangjia.services.joining.models import Application
from niangjia.services.offers.models import Reservation
from niangjia.services.protection.models import Enrolment

_serial = count(1)


def more_of(row: Any, number: int, /, **changed: Any) -> list[Any]:
    """``number`` copies of ``row`` with names of their own and nothing sealed, because a list shows no sealed value;
    ``changed`` holds values, or functions of the place."""
    model = type(row)
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    sealed = {field.attname for field in fields if isinstance(field, EncryptedTextField)}
    kept = {field.attname: "" if field.attname in sealed else getattr(row, field.attname) for field in fields}
    own = [field for field in fields if _is_own(field) and field.attname not in changed]
    copies = []
    for place in range(number):
        given = {name: value(place) if callable(value) else value for name, value in changed.items()}
        copies.append(model(**{**kept, **{field.attname: _fresh(field) for field in own}, **given}))
    rows._insert(copies)  # also few, because the shorter way asks for a move of each state
    _become_known(model)
    return copies


def _become_known(model: type[Any]) -> None:
    """PostgreSQL plans by what it knows of a table; outside of a test it looks by itself after so many rows."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def more_members(membership: Membership, number: int) -> list[Any]:
    """People nobody has met, each a member where ``membership`` is."""
    plain = {"user_id": None, "id_number": "", "id_index": "", "phone": "", "phone_index": "", "name_tail_index": ""}
    people = more_of(membership.person, number, **plain)
    return more_of(membership, number, person_id=_each(people))


def _each(people: list[Person]) -> Callable[[int], int]:
    return lambda place: people[place].pk


def _is_own(field: models.Field[Any, Any]) -> bool:
    return field.unique and isinstance(field, models.CharField)


def _fresh(field: models.Field[Any, Any]) -> str:
    return new_public_id() if field.name == "public_id" else f"{next(_serial):0{min(field.max_length or 12, 12)}}"


def _members(world: Any, number: int) -> None:
    more_members(Membership.objects.current().filter(union=world.unions["EAST-1"]).first(), number)


def _applications(world: Any, number: int) -> None:
    row = Application.objects.filter(responsible=world.unions["EAST-1"]).first()
    more_of(row, number, state="withdrawn")


def _done(world: Any, number: int) -> None:
    item = DeskItem.objects.filter(union=world.unions["EAST-1"]).first()
    officer = world.officers["officer"].user_id
    earlier = clock.now() - timedelta(hours=1)  # below what is there, so that the first page keeps its kinds of matters
    more_of(item, number, opened_at=earlier, closed_at=earlier, closed_by_id=officer, holder_id=officer)


def _looks(world: Any, number: int) -> None:
    key = Person.objects.get(user=world.actors["joined@EAST-1"].user_id).public_id
    row = Look.objects.first()
    more_of(row, number, subject_key=key)


def _told(who: str) -> Callable[[Any, int], None]:
    return lambda world, number: _nothing(more_of(Message.objects.first(), number, user_id=world.actors[who].user_id))


def _sessions(world: Any, number: int) -> None:
    row = Session.objects.filter(user=world.actors["joined@EAST-1"].user_id).first()
    more_of(row, number, ended_at=clock.now())


def _reservations(world: Any, number: int) -> None:
    row = Reservation.objects.order_by("pk").first()
    more_of(row, number, state="cancelled")


def _enrolments(_world: Any, number: int) -> None:
    more_of(Enrolment.objects.first(), number, state="cancelled")


def _payments(world: Any, number: int) -> None:
    key = world.at("payment", "EAST").key
    row = Payment.objects.get(public_id=key)
    more_of(row, number, state="cancelled", has_account=False, attempt=lambda place: 100 + number + place)


def _corrections(_world: Any, number: int) -> None:
    more_of(
        Correction.objects.filter(state="withdrawn").first() or Correction.objects.first(), number, state="withdrawn"
    )


def _nothing(_made: object) -> None:
    return None


def _at(address: str) -> Callable[[Any], str]:
    return lambda _world: address


def _campaign(_world: Any) -> str:
    return f"/console/offers/{Reservation.objects.order_by('pk').first().campaign.public_id}/reservations/"


LISTS: dict[str, tuple[Callable[[Any], str], str, Callable[[Any, int], None]]] = {
    "members": (_at("/console/people/"), "officer", _members),
    "members found by name": (_at("/console/search/?q=张试"), "officer", _members),
    "applications": (_at("/console/joining/?tab=all"), "officer", _applications),
    "my desk": (_at("/console/"), "officer", _done),
    "done at the desk": (_at("/console/desk/done/"), "officer", _done),
    "who looked": (_at("/mine/looks/"), "joined@EAST-1", _looks),
    "my notices": (_at("/mine/notices/"), "joined@EAST-1", _told("joined@EAST-1")),
    "notices of staff": (_at("/console/notices/"), "officer", _told("officer")),
    "devices": (_at("/mine/devices/"), "joined@EAST-1", _sessions),
    "reservations": (_campaign, "district", _reservations),
    "enrolments": (_at("/console/protection/enrolments/"), "district", _enrolments),
    "payments": (_at("/console/payments/payments/"), "preparer", _payments),
    "corrections": (_at("/console/corrections/"), "officer", _corrections),
}
"""Address, who opens it, and what makes it longer."""
