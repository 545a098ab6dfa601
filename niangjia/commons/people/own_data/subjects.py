"""Whose data a member is looking at: their own, or those of a child in their care."""

from __future__ import annotations

from niangjia.commons.people.models import Person
from niangjia.commons.people.own_data.wards import wards_of
from niangjia.commons.people.policies import not_found
from niangjia.kernel.actor import Actor
from niangjia.platform.personal_data.portability import Subject
from niangjia.platform.web.rooms import rooms


def own(actor: Actor) -> Subject:
    """The member's account, person, and every key under which rows of theirs are kept."""
    cases = [key for room in rooms() if room.subject_keys is not None for key in room.subject_keys(actor)]
    return Subject(actor.user_id, actor.person_id, (*_keys(actor.person_id), *cases))


def ward(actor: Actor, public_id: str) -> Subject:
    """A child in the member's care. Raises NotFound, the same for other people and for nobody."""
    child = next((one for one in wards_of(actor) if one.public_id == public_id), None)
    if child is None:
        raise not_found()
    return Subject(None, child.pk, _keys(child.pk))


def chosen(actor: Actor, public_id: str) -> Subject:
    """A child when ``public_id`` names one, else oneself. Raises NotFound."""
    return ward(actor, public_id) if public_id else own(actor)


def owner_key(subject: Subject) -> str:
    """The public id of the person, empty while the account belongs to nobody who is known."""
    found = Person.objects.filter(pk=subject.person_id).values_list("public_id", flat=True) if subject.person_id else []
    return next(iter(found), "")


def _keys(person_id: int | None) -> tuple[str, ...]:
    if person_id is None:
        return ()
    rows = Person.objects.filter(pk=person_id) | Person.objects.filter(canonical=person_id)
    return tuple(rows.order_by("pk").values_list("public_id", flat=True))
