"""The fact as it stands, and setting it to what was asked for: always through the functions that change people."""

from __future__ import annotations

from niangjia.commons.people import actions
from niangjia.commons.people.corrections.models import Correction, Workplace
from niangjia.commons.people.corrections.states import CorrectionKind
from niangjia.commons.people.models import Person
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict
from niangjia.kernel.text import _
from niangjia.platform.accounts import users


def present(person: Person, kind: CorrectionKind) -> str:
    """The value that is stored now."""
    if kind is CorrectionKind.EMPLOYER:
        workplace = Workplace.objects.filter(person=person).first()
        return str(workplace.employer) if workplace else ""
    return str(getattr(person, kind.value))


def make(correction: Correction, actor: Actor) -> None:
    """Set the fact under the lock of the person; the ledger counts anew where the fact counts.

    Raises NotFound, Conflict FACT_CHANGED when it changed since it was asked, and as :func:`actions.correct_identity`.
    """
    person, kind = actions.lock(correction.person), CorrectionKind(correction.kind)
    if present(person, kind) != correction.before:
        raise Conflict("FACT_CHANGED", _("申请以后，这一项已经改过。请退回，请本人重新核对后再申请。"))
    wished, reason = str(correction.wished), f"{CORRECTION_REASON} {correction.number}"
    if kind is CorrectionKind.CATEGORY:
        actions.change_category(person, category=wished, actor=actor)
    elif kind is CorrectionKind.EMPLOYER:
        _set_workplace(person, wished)
    elif kind is CorrectionKind.NAME:
        actions.correct_identity(person, name=wished, reason=reason, actor=actor)
    elif kind is CorrectionKind.ID_NUMBER:
        actions.correct_identity(person, name=person.name, id_number=wished, reason=reason, actor=actor)
    else:
        _set_phone(person, wished, reason, actor)


CORRECTION_REASON = "更正申请"
"""Stands in the audit entry of the person; not translated, because it is data."""


def _set_phone(person: Person, phone: str, reason: str, actor: Actor) -> None:
    """The phone of the person, and the one they sign in by; everywhere signed in by the old one they are signed out."""
    actions.correct_identity(person, name=person.name, phone=phone, reason=reason, actor=actor)
    if person.user is not None and not users.change_phone(person.user, proven=phone):
        raise actions.identity_taken()


def _set_workplace(person: Person, employer: str) -> None:
    workplace = Workplace.objects.filter(person=person).first() or Workplace(person=person)
    workplace.owner_key, workplace.employer, workplace.changed_at = person.public_id, employer, clock.now()
    workplace.save()
