"""Builders for tests: a child, what its guardian asks for, a guardianship in force."""

from __future__ import annotations

from datetime import date
from typing import Any

from niangjia.commons.people.corrections.testing import a_photo
from niangjia.commons.people.guardians import actions, consent
from niangjia.commons.people.guardians.models import Guardianship
from niangjia.commons.people.models import Person
from niangjia.commons.people.testing import an_id_number, signed_in
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.identifiers import resident_id
from niangjia.platform.personal_data import consents

BIRTH = date(2015, 3, 5)


def a_childs_number(serial: int, birth: date = BIRTH) -> str:
    """The number of an invented child."""
    return an_id_number(serial, birth=birth)


def an_application(guardian: Person, serial: int, **more: Any) -> Guardianship:
    """What a parent asks for, with a photo and the consent."""
    given = {
        "kind": "parent", "name": "孩子甲", "id_number": a_childs_number(serial), "papers": [a_photo()],
    }  # fmt: skip
    asked = {**given, **more}
    asked.setdefault("consent_version", consents.current(consent.CODES[_stage(asked["id_number"])]).version)
    return actions.apply(**asked, actor=signed_in(guardian))


def _stage(number: Any) -> consent.Stage:
    try:
        return consent.stage_of(resident_id(number).birth_date)
    except DomainError:
        return consent.Stage.CHILD


def in_force(guardian: Person, officer: Actor, serial: int, **more: Any) -> Guardianship:
    """Asked for and approved."""
    made = an_application(guardian, serial, **more)
    return actions.approve(public_id=made.public_id, actor=officer)
