"""What the matrix calls on in group purchases: one at each step, for the firm and for a street elsewhere."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from niangjia.kernel import clock
from niangjia.kernel.policy import allow
from niangjia.services.protection import actions, six, testing
from niangjia.services.protection.catalogue import PlanKind
from niangjia.services.protection.models import Plan
from niangjia.services.protection.purchases import testing as buying
from niangjia.services.protection.purchases.models import Credit, Purchase
from niangjia.services.protection.testing import SYSTEM
from tests.matrix.actors import A_KEY, MISSING

if TYPE_CHECKING:
    from tests.matrix.world import World

PLACES = {"FIRM": "EAST", "WEST-1": "WEST"}
GROUP_PLAN = "group-east"
COUNTS = {"rows": 12, "new": 12}

for kind in ("purchase", "purchase_ordered", "purchase_owing", "receipt", "credit"):
    MISSING.setdefault(kind, A_KEY)


def add(world: World) -> None:
    """Put it all into the world."""
    for place, district in PLACES.items():
        plan = _plan(world, district)
        world.add("purchase", buying.drafted(plan, world.unions[place], SYSTEM).public_id, place)
        world.add("purchase_ordered", _ordered(world, plan, place, 20).public_id, place)
        owing = _ordered(world, plan, place, 21)
        actions.invoice_purchase(public_id=owing.public_id, actor=SYSTEM)
        made = actions.record_receipt(
            public_id=owing.public_id, fen=100_00, bank_reference=f"BANK-{district}", received_on=clock.today(),
            actor=SYSTEM,
        )  # fmt: skip
        world.add("purchase_owing", owing.public_id, place)
        world.add("receipt", made.public_id, place)
        world.add("credit", _left_over(world, plan, place).public_id, place)


def _left_over(world: World, plan: Plan, place: str) -> Credit:
    """What a paid purchase leaves over, as if one of its people had gone."""
    paid = _ordered(world, plan, place, 22)
    actions.invoice_purchase(public_id=paid.public_id, actor=SYSTEM)
    buying.received(paid, paid.fen, f"PAID-{place}", SYSTEM, SYSTEM)
    purchase = Purchase.objects.get(pk=paid.pk)
    return actions.open_credit(purchase=purchase, fen=100_00, persons=1, actor=SYSTEM, decision=allow("system"))


def _plan(world: World, district: str) -> Plan:
    plan = testing.a_plan(
        world.unions[district], f"group-{district.lower()}", kind=PlanKind.PAID.value, programme=testing.GENERAL
    )
    testing.a_version(plan, six.general_plan(share_percent=0, everyone_under=0), valid_from=date(2025, 1, 1))
    return plan


def _ordered(world: World, plan: Plan, place: str, days: int) -> Purchase:
    made = buying.drafted(plan, world.unions[place], SYSTEM, days=days)
    named = actions.name_by_choice(public_id=made.public_id, people=[], actor=SYSTEM)
    assert named.roster is not None
    actions.check_roster(public_id=named.roster.public_id, actor=SYSTEM)
    actions.present_roster(public_id=named.roster.public_id, counts=COUNTS, actor=SYSTEM)
    return actions.order_purchase(public_id=made.public_id, actor=SYSTEM)
