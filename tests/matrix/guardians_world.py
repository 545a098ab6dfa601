"""What the matrix calls on in guardianships: at two places one asked for and one in force, with its ward."""

from __future__ import annotations

from typing import TYPE_CHECKING

from niangjia.commons.people.corrections.testing import a_known_member
from niangjia.commons.people.guardians import actions
from niangjia.commons.people.guardians.testing import a_childs_number, an_application
from niangjia.commons.people.testing import signed_in as on_a_phone
from niangjia.commons.unions import testing as unions
from tests.matrix.actors import A_KEY, MISSING, signed_in

if TYPE_CHECKING:
    from tests.matrix.world import World

MISSING.update({"guardianship": A_KEY, "guarded": A_KEY, "ward": A_KEY})


def add(world: World) -> None:
    """Put it all into the world."""
    officer = unions.an_officer([(world.unions["CITY"], "union_officer")], "guardians_officer")
    for nth, place in enumerate(("EAST-1", "WEST-1")):
        guardian = a_known_member(world.unions[place], 7760 + nth, "监护哨兵")
        owner = f"guardian@{place}"
        world.actors[owner] = signed_in(owner, on_a_phone(guardian), [])
        for step, kind in enumerate(("guardianship", "guarded")):
            number = a_childs_number(7770 + 2 * nth + step)
            name = f"哨兵{'甲乙'[nth]}{'丙丁'[step]}"
            made = an_application(guardian, 0, name=name, id_number=number)
            world.add(kind, made.public_id, place, owner)
            world.mark(place, owner, name)
            world.mark(place, owner, number, secret=True)
            if kind == "guarded":
                ward = actions.approve(public_id=made.public_id, actor=officer).ward
                assert ward is not None
                world.add("ward", ward.public_id, place, owner)
