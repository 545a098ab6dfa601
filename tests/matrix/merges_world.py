"""What the matrix calls on in merges of double entries: a pair at two places, proposed by somebody of the city."""

from __future__ import annotations

from typing import TYPE_CHECKING

from niangjia.commons.people.merging import actions
from niangjia.commons.people.testing import a_member, a_person
from niangjia.commons.unions import testing as unions
from tests.matrix.actors import A_KEY, MISSING

if TYPE_CHECKING:
    from tests.matrix.world import World

MISSING.setdefault("merge", A_KEY)
MISSING.setdefault("double", A_KEY)


def add(world: World) -> None:
    """Put it all into the world."""
    proposer = unions.an_officer([(world.unions["CITY"], "union_officer")], "proposer")
    for serial, place in enumerate(("EAST-1", "WEST-1")):
        pair = [a_person("哨兵双", serial=7660 + 2 * serial + one) for one in (0, 1)]
        for person in pair:
            a_member(world.unions[place], person=person)
        kept, merged = (person.public_id for person in pair)
        row = actions.propose(kept=kept, merged=merged, choices={}, reason=f"哨兵{place}重复登记", actor=proposer)
        world.add("merge", row.public_id, place)
        double = [a_person("哨兵重", serial=7670 + 2 * serial + one) for one in (0, 1)]
        for person in double:
            a_member(world.unions[place], person=person)
        world.doubles[place] = (double[0].public_id, double[1].public_id)
        world.add("double", double[0].public_id, place)
        world.mark(place, "", row.public_id, f"哨兵{place}重复登记")
