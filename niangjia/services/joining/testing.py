"""Builders for tests and the demonstration: applicants, answers, applications, officers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.identifiers import invented_phone, invented_resident_id
from niangjia.platform.accounts import phones
from niangjia.platform.accounts.models import User
from niangjia.services.joining import actions, consent
from niangjia.services.joining.intake import Answers
from niangjia.services.joining.models import Application, Stall


def applicant(serial: int) -> Actor:
    """Somebody signed in with the invented phone number ``serial``."""
    phone = invented_phone(serial)
    user = User.objects.create(phone=phone, phone_index=phones.index_of(phone))
    return Actor(ActorKind.MEMBER, user_id=user.pk)


def answers(serial: int, street: Union, **changes: Any) -> Answers:
    """Valid answers of the invented person ``serial``, a courier of thirty without an employer's union."""
    given = Answers(
        name="张试",
        id_number=invented_resident_id(serial, date(1996, 5, 4), "male"),
        category="courier",
        street=street.code,
        consent_version=consent.VERSION,
    )
    return replace(given, **changes)


def application(serial: int, street: Union, **changes: Any) -> tuple[Application, Actor]:
    """An application that has been sent, and its applicant."""
    actor = applicant(serial)
    return actions.submit(answers=answers(serial, street, **changes), actor=actor), actor


def stall(union: Union, actor: Actor, **changes: Any) -> Stall:
    """A stall of ``union`` that runs, opened by ``actor``."""
    given = {"talk": "workers", "union_code": union.code, "place": "试验路口", "day": clock.today(), "hours": 4}
    return actions.open_stall(**{**given, **changes}, actor=actor)
