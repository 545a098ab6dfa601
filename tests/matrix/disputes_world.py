"""What the matrix calls on in disputes about numbers: at two places one that is being asked, one to be decided, one
that a colleague of the city proposed to decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from niangjia.commons.people.corrections.testing import a_known_member
from niangjia.commons.people.disputes import actions
from niangjia.commons.people.disputes.testing import about_phone
from niangjia.commons.people.testing import signed_in as on_a_phone
from niangjia.commons.unions import testing as unions
from niangjia.kernel.identifiers import invented_phone
from tests.matrix.actors import A_KEY, MISSING, signed_in

if TYPE_CHECKING:
    from tests.matrix.world import World

MISSING.update({"dispute_asked": A_KEY, "dispute": A_KEY, "dispute_review": A_KEY})


def add(world: World) -> None:
    """Put it all into the world."""
    proposer = unions.an_officer([(world.unions["CITY"], "union_officer")], "disputes_proposer")
    for nth, place in enumerate(("EAST-1", "WEST-1")):
        for step, kind in enumerate(("dispute_asked", "dispute", "dispute_review")):
            serial = 7700 + 10 * nth + 2 * step
            asker = a_known_member(world.unions[place], serial, "申诉哨兵")
            holder = a_known_member(world.unions[place], serial + 1, "登记哨兵")
            made = about_phone(asker, invented_phone(serial + 1))
            owner = f"{kind}@{place}" if kind == "dispute" else f"{kind}_holder@{place}"
            side = asker if kind == "dispute" else holder
            world.actors[owner] = signed_in(owner, on_a_phone(side), [])
            world.add(kind, made.public_id, place, owner)
            if kind == "dispute_asked":
                continue
            actions.answer(public_id=made.public_id, answer="mine", actor=on_a_phone(holder))
            if kind == "dispute_review":
                reason = f"哨兵{place}的决定"
                actions.decide(public_id=made.public_id, outcome="move", reason=reason, actor=proposer)
