"""What the matrix calls on in deaths that were recorded wrongly: two of each place who died on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from niangjia.commons.people import actions as people
from niangjia.commons.people.models import Person
from niangjia.commons.people.testing import a_member, a_person
from niangjia.commons.people.wrong_deaths import actions
from niangjia.commons.unions import testing as unions
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import allow
from tests.matrix.actors import A_KEY, MISSING

if TYPE_CHECKING:
    from tests.matrix.world import World

SYSTEM = Actor.system("matrix")
MISSING.setdefault("wrong_death", A_KEY)
MISSING.setdefault("dead", A_KEY)


def add(world: World) -> None:
    """Put it all into the world."""
    proposer = unions.an_officer([(world.unions["CITY"], "union_officer")], "finder")
    for serial, place in enumerate(("EAST-1", "WEST-1")):
        dead, said_alive = (_dead(world, place, 7680 + 2 * serial + one) for one in (0, 1))
        row = actions.propose(person=said_alive.public_id, reason=f"哨兵{place}本人到场", actor=proposer)
        world.add("dead", dead.public_id, place)
        world.add("wrong_death", row.public_id, place)
        world.mark(place, "", row.public_id, f"哨兵{place}本人到场")


def _dead(world: World, place: str, serial: int) -> Person:
    person = a_person("哨兵" + "庚辛"[serial % 2] + "逝", serial=serial)
    membership = a_member(world.unions[place], person=person)
    with transaction.atomic():
        people.end_membership(
            membership, cause="record_death", day=clock.today(), actor=SYSTEM, decision=allow("system")
        )
    return person
