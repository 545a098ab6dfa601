"""Builders for tests and the demonstration: group plans that are bought."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.identifiers import uscc_check_character
from niangjia.platform.jobs import worker
from niangjia.services.protection import actions, six, testing
from niangjia.services.protection.catalogue import PlanKind
from niangjia.services.protection.models import Plan
from niangjia.services.protection.purchases.models import Purchase, Receipt

_BODY = "91190000TEXT00001"
TAX_NUMBER = _BODY + uscc_check_character(_BODY)
"""Of a firm in the area code that is never assigned."""


def a_group_plan(union: Union, **terms: Any) -> Plan:
    """The general plan of ``union``, in force since 2021."""
    plan = testing.a_plan(union, "general", kind=PlanKind.PAID.value, programme=testing.GENERAL)
    testing.a_version(plan, six.general_plan(**terms))
    return plan


def drafted(plan: Plan, union: Union, actor: Actor, *, headcount: int = 3, days: int = 10) -> Purchase:
    """A purchase that names nobody yet."""
    return actions.draft_purchase(
        union_code=union.code, plan_code=plan.code, from_day=clock.today() + timedelta(days=days),
        title="第一试验（北京）快递有限公司", tax_number=TAX_NUMBER, headcount=headcount, actor=actor,
    )  # fmt: skip


def ordered(plan: Plan, union: Union, actor: Actor, **more: Any) -> Purchase:
    """A purchase for all members of a union, ordered."""
    made = drafted(plan, union, actor, **more)
    actions.name_by_choice(public_id=made.public_id, people=[], actor=actor)
    worker.drain()
    return actions.order_purchase(public_id=made.public_id, actor=actor)


def received(purchase: Purchase, fen: int, reference: str, recorder: Actor, confirmer: Actor) -> Receipt:
    """A sum that came in and was confirmed."""
    made = actions.record_receipt(
        public_id=purchase.public_id, fen=fen, bank_reference=reference, received_on=clock.today(), actor=recorder
    )
    return actions.confirm_receipt(public_id=made.public_id, actor=confirmer)
