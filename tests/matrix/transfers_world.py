"""What the matrix calls on in transfers: two under way in opposite directions, and an invitation to a member."""

from __future__ import annotations

from typing import TYPE_CHECKING

from niangjia.commons.people.testing import a_member, a_person, signed_in
from niangjia.kernel.actor import Actor
from niangjia.services.joining import testing
from niangjia.services.joining.transfers import actions
from tests.matrix.actors import A_KEY, MISSING
from tests.matrix.actors import signed_in as at_a_browser

if TYPE_CHECKING:
    from tests.matrix.world import World

SYSTEM = Actor.system("matrix")
ROUTES = {"EAST-1": "WEST-1", "WEST-1": "EAST-1"}
"""Where a transfer begins and where it would end; each is seen from both sides."""
MISSING.setdefault("transfer", A_KEY)
MISSING.setdefault("invitation", A_KEY)


def add(world: World) -> None:
    """Put it all into the world."""
    for serial, (old, new) in enumerate(ROUTES.items()):
        _add(world, f"moving@{old}", "transfer", old, new, 7620 + serial)
    _add(world, "invited@EAST-1", "invitation", "EAST-1", "WEST-1", 7630)


def _add(world: World, name: str, kind: str, old: str, new: str, serial: int) -> None:
    applicant = testing.applicant(serial)
    person = a_person("哨兵" + "甲乙丙"[serial % 3] + "转", serial=serial, user_id=applicant.user_id)
    membership = a_member(world.unions[old], person=person)
    me = signed_in(person)
    if kind == "transfer":
        row = actions.request_transfer(union_code=world.unions[new].code, actor=me)
    else:
        said = {"union_code": world.unions[new].code, "member_number": membership.number, "name": person.name}
        row = actions.propose_transfer(**said, actor=SYSTEM)
    world.actors[name] = at_a_browser(name, me, [])
    world.add(kind, row.public_id, old, name)
