"""Taking a phone or an ID number off an entry, because it turned out to be somebody else's."""

from __future__ import annotations

from niangjia.commons.people import actions
from niangjia.commons.people.models import PHONE, Person
from niangjia.kernel.actor import Actor
from niangjia.platform.audit import entries as audit
from niangjia.platform.personal_data.blind_index import blind_index


def give_up_phone(person: Person, phone: str, *, reason: str, actor: Actor) -> None:
    """``phone`` no longer stands with the person, whom the caller has locked; another phone of theirs stays."""
    if person.phone_index != blind_index(PHONE, phone):
        return
    person.phone = person.phone_index = ""
    person.save(update_fields=["phone", "phone_index"])
    _note(person, "phone_index", reason, actor)


def give_up_number(person: Person, *, right: str, reason: str, actor: Actor) -> None:
    """The ID number of the person, whom the caller has locked, becomes ``right``, or is taken off without one.

    Birth date and sex stay until a right number tells them. Raises as :func:`actions.correct_identity`.
    """
    if right:
        actions.correct_identity(person, name=person.name, id_number=right, reason=reason, actor=actor)
        return
    if not person.id_index:
        return
    person.id_number = person.id_index = person.id_kind = person.name_tail_index = ""
    person.save(update_fields=["id_number", "id_index", "id_kind", "name_tail_index"])
    _note(person, "id_index", reason, actor)


def _note(person: Person, field: str, reason: str, actor: Actor) -> None:
    audit.record(
        actor,
        "people.person.identity_corrected",
        subject_type="people.person",
        subject_id=person.public_id,
        subject_key=person.public_id,
        reason=reason,
        data={"fields": [field]},
    )
