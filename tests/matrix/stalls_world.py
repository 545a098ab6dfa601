"""What the matrix calls on in joining on the spot: a stall that runs at each node, and somebody who came to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from niangjia.kernel.actor import Actor
from niangjia.services.joining import testing
from tests.matrix.actors import A_KEY, MISSING

if TYPE_CHECKING:
    from tests.matrix.world import World

SYSTEM = Actor.system("matrix")
NAMES = {"EAST-1": "柏", "FIRM": "枫", "EAST-2": "桦", "WEST-1": "槐"}
STREETS = {"EAST-1": "EAST-1", "FIRM": "EAST-1", "EAST-2": "EAST-2", "WEST-1": "WEST-1"}
MISSING.setdefault("stall", A_KEY)
MISSING.setdefault("arrival", A_KEY)


def add(world: World) -> None:
    """Put it all into the world."""
    for serial, (place, street) in enumerate(STREETS.items()):
        stall = testing.stall(world.unions[place], SYSTEM, place=f"哨兵{place}路口")
        world.add("stall", stall.public_id, place)
        world.mark(place, "", stall.public_id, stall.place, also=("stall_officer",))
        said = {"name": f"{NAMES[place]}扫哨兵", "stall": stall.public_id}
        employer = {"employer_name": "哨兵商行"} if place == "FIRM" else {}
        row = testing.application(7500 + serial, world.unions[street], **said, **employer)[0]
        world.add("arrival", row.public_id, place)
        world.mark(place, "", row.name, row.number, row.public_id, here=("stall_officer",))
        world.mark(place, "", row.phone, row.id_number, secret=True)
