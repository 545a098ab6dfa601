"""What the matrix calls on in bulk joining: a roster that is ready at each node, and a pair that looks alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from niangjia.commons.people.merge_models import Likeness
from niangjia.commons.people.models import Person
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import allow
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.personal_data.blind_index import blind_index
from niangjia.services.joining.rosters import actions
from niangjia.services.joining.rosters.models import Roster
from tests.matrix.actors import A_KEY, MISSING

if TYPE_CHECKING:
    from tests.matrix.world import World

SYSTEM = Actor.system("matrix")
COUNTS = {"rows": 12, "new": 12}
MISSING.setdefault("roster", A_KEY)
MISSING.setdefault("likeness", A_KEY)


def add(world: World) -> None:
    """Put it all into the world."""
    for serial, place in enumerate(("EAST-1", "FIRM", "EAST-2", "WEST-1")):
        _ready(world, place, serial)
        _alike(world, place)


def _ready(world: World, place: str, serial: int) -> None:
    union = world.unions[place]
    roster = Roster(
        number=f"MD2026-900000{serial}-0", office=union, union=union, content_hash=f"{serial:064d}", on_transfer="leave"
    )
    lifecycle.open(roster, actor=SYSTEM, decision=allow("matrix"))
    actions.check_roster(public_id=roster.public_id, actor=SYSTEM)
    actions.present_roster(public_id=roster.public_id, counts=COUNTS, actor=SYSTEM)
    world.add("roster", roster.public_id, place)


def _alike(world: World, place: str) -> None:
    person = Person.objects.filter(memberships__union=world.unions[place]).first()
    pair = Likeness.objects.create(
        person=person,
        other_index=blind_index("people.id_number", f"matrix {place}"),
        facts=["phone"],
        facts_key="phone",
        union=world.unions[place],
        source="MD2026-9000000-0",
    )
    world.add("likeness", pair.public_id, place)
