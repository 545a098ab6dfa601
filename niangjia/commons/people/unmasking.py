"""Showing one masked value whole: with a reason, noted where the person can read it and in the audit."""

from __future__ import annotations

from django.db import transaction

from niangjia.commons.people import policies
from niangjia.commons.people.models import Person
from niangjia.kernel.actor import Actor
from niangjia.kernel.reasons import require_reason
from niangjia.platform.audit import entries as audit
from niangjia.platform.personal_data import looks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.requests import limits

PER_HOUR = 60
"""Values that one user may unmask in an hour: enough for any desk, too few for carrying off a street."""


def unmask(person: Person, field: str, *, actor: Actor, reason: str) -> str:
    """The whole value of ``id_number``, ``phone`` or ``birth_date`` (ISO).

    A member sees one's own without a reason and without a note. Raises NotFound when the person is out of sight,
    NotAllowed NOT_UNMASKABLE, RuleBroken REASON_NEEDED, TooMany. Not inside a transaction: the limit counts on its own.
    """
    if not policies.may_see(actor, person):
        raise policies.not_found()
    decision = policies.may_unmask(actor, person, field).require()
    if actor.is_member:
        return _value(person, field)
    reason = require_reason(reason)
    limits.hit(f"people.unmask:{actor.user_id or actor.name}", limit=PER_HOUR, seconds=3600)
    with transaction.atomic():
        looks.record(actor, [person.public_id], LookKind.UNMASKED, reason, [field])
        _note(actor, person, field, decision.ground)
    return _value(person, field)


def _note(actor: Actor, person: Person, field: str, ground: str) -> None:
    """The reason stands with the look alone: it is free text about a person and may be erased with it."""
    audit.record(
        actor,
        "people.person.unmasked",
        subject_type="people.person",
        subject_id=person.public_id,
        subject_key=person.public_id,
        ground=ground,
        data={"field": field},
    )


def _value(person: Person, field: str) -> str:
    value = getattr(person, field)
    return value.isoformat() if field == "birth_date" and value else str(value or "")
