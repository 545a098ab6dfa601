"""What the matrix calls on in enrolment: a list that is ready at each node, and the enrolments of two members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from niangjia.kernel import clock
from niangjia.kernel.policy import allow
from niangjia.platform.lifecycle import lifecycle
from niangjia.services.protection import actions
from niangjia.services.protection.enrolment.models import Roster
from niangjia.services.protection.models import Enrolment, Plan
from niangjia.services.protection.testing import SYSTEM
from tests.matrix.actors import A_KEY, MISSING

if TYPE_CHECKING:
    from tests.matrix.world import World

COUNTS = {"rows": 12, "new": 12}
MISSING.setdefault("list", A_KEY)
MISSING.setdefault("enrolment", A_KEY)


def add(world: World) -> None:
    """Put it all into the world; the plans and the insured are there."""
    for serial, (place, code) in enumerate((("EAST-1", "east"), ("FIRM", "east"), ("WEST-1", "west"))):
        _ready(world, place, Plan.objects.get(code=code), serial)
    for row in Enrolment.objects.select_related("union"):
        place = row.union.code
        world.add("enrolment", row.public_id, place, f"joined@{place}")


def _ready(world: World, place: str, plan: Plan, serial: int) -> None:
    union = world.unions[place]
    roster = Roster(
        number=f"CB2026-900000{serial}-0", office=union, home=union, union=union, plan=plan, from_day=clock.today(),
        version=plan.versions.order_by("number").first(), content_hash=f"{serial:064d}",
    )  # fmt: skip
    lifecycle.open(roster, actor=SYSTEM, decision=allow("matrix"))
    actions.check_roster(public_id=roster.public_id, actor=SYSTEM)
    actions.present_roster(public_id=roster.public_id, counts=COUNTS, actor=SYSTEM)
    world.add("list", roster.public_id, place)
