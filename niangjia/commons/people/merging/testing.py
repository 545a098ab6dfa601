"""Builders for tests and the demonstration: two entries of one human being, officers who decide, and what stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import transaction

from niangjia.commons.people import actions as people
from niangjia.commons.people.merging import actions, queries
from niangjia.commons.people.merging.models import Merge
from niangjia.commons.people.models import Person
from niangjia.commons.people.testing import SYSTEM, a_member, an_id_number
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.identifiers import invented_phone
from niangjia.platform.accounts import phones
from niangjia.platform.accounts.models import User

REASON = "名单里重复登记"
TELLS_WHAT_HAPPENED = frozenset({
    "audit.AuditEntry", "audit.AuditSeal", "ledger.LedgerRow", "ledger.DimSet", "ledger.Touched",
    "ledger.RowProgramme", "notices.Message", "notices.Outgoing", "personal_data.Look", "personal_data.DataKey",
    "accounts.Session", "desk.DeskItem", "desk.DueChange", "people.Merge",
})  # fmt: skip
"""Tables that only grow: they tell of a merge and of its undoing, and are not taken back."""


def an_entry(serial: int, *, name: str = "张三", union: Union | None = None, account: bool = False) -> Person:
    """An entry with a number and a phone of its own; with a union a member for a month; with an account if asked."""
    phone = invented_phone(serial)
    user = User.objects.create(phone=phone, phone_index=phones.index_of(phone)) if account else None
    with transaction.atomic():
        person = people.register_person(
            name=name,
            id_number=an_id_number(serial),
            phone=phone,
            category="courier",
            user_id=user.pk if user else None,
            actor=SYSTEM,
        )
    if union is not None:
        a_member(union, person=person, day=clock.today() - timedelta(days=30))
    return person


def a_proposal(kept: Person, merged: Person, actor: Actor, **choices: str) -> Merge:
    """What one officer proposes."""
    return actions.propose(kept=kept.public_id, merged=merged.public_id, choices=choices, reason=REASON, actor=actor)


def approved(merge: Merge, actor: Actor) -> Merge:
    """Approved by the plan as it stands."""
    _merge, proposal = queries.open_for_reading(actor, merge.public_id)
    return actions.approve(public_id=merge.public_id, digest=proposal.plan.digest, actor=actor)


def all_rows() -> Mapping[str, list[tuple[str, ...]]]:
    """Every row of every table but those that tell what happened, opened, without the moment of the last move."""
    models = [model for model in apps.get_models() if model._meta.label not in TELLS_WHAT_HAPPENED]
    return {model._meta.label: _rows(model) for model in models}


def _rows(model: Any) -> list[tuple[str, ...]]:
    names = [column.attname for column in model._meta.concrete_fields if column.attname != "state_since"]
    return [tuple(str(getattr(row, name)) for name in names) for row in model._base_manager.order_by("pk")]
