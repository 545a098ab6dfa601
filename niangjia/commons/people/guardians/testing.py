"""Builders for tests: a child, what its guardian asks for, a guardianship in force."""

from __future__ import annotations

from datetime import date
from typing import Any

from niangjia.commons.people import child_consent
from niangjia.commons.people.corrections.testing import a_photo
from niangjia.commons.people.guardians import actions
from niangjia.commons.people.guardians.models import Guardianship
from niangjia.commons.people.models import Person
from niangjia.commons.people.testing import an_id_number, signed_in
from niangjia.kernel.actor import Actor

BIRTH = date(2015, 3, 5)


def a_childs_number(serial: int, birth: date = BIRTH) -> str:
    """The number of an invented child."""
    return an_id_number(serial, birth=birth)


def an_application(guardian: Person, serial: int, **more: Any) -> Guardianship:
    """What a parent asks for, with a photo and the consent."""
    given = {
        "kind": "parent", "name": "孩子甲", "id_number": a_childs_number(serial), "papers": [a_photo()],
        "consent_version": child_consent.VERSION,
    }  # fmt: skip
    return actions.apply(**{**given, **more}, actor=signed_in(guardian))


def in_force(guardian: Person, officer: Actor, serial: int, **more: Any) -> Guardianship:
    """Asked for and approved."""
    made = an_application(guardian, serial, **more)
    return actions.approve(public_id=made.public_id, actor=officer)
