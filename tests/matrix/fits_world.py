"""What the matrix calls on in offers of a union and in rosters that name members elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from niangjia.commons.people.testing import a_member, a_person, signed_in
from niangjia.kernel.actor import Actor
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.policy import allow
from niangjia.platform.lifecycle import lifecycle
from niangjia.services.joining import testing
from niangjia.services.joining.fits import actions
from niangjia.services.joining.fits.rules import Found
from niangjia.services.joining.fits.states import Ground
from niangjia.services.joining.rosters import actions as rosters
from niangjia.services.joining.rosters.models import Roster, RosterRow
from niangjia.services.joining.rosters.states import Outcome
from tests.matrix.actors import A_KEY, MISSING
from tests.matrix.actors import signed_in as at_a_browser

if TYPE_CHECKING:
    from tests.matrix.world import World

SYSTEM = Actor.system("matrix")
OTHER = {"EAST-1": "WEST-1", "WEST-1": "EAST-1"}
MISSING.setdefault("fit", A_KEY)
MISSING.setdefault("elsewhere_roster", A_KEY)


def add(world: World) -> None:
    """Put it all into the world."""
    for serial, place in enumerate(OTHER):
        _offered(world, f"held@{place}", place, 7650 + serial)
        _naming_members_elsewhere(world, place, serial)


def _offered(world: World, name: str, place: str, serial: int) -> None:
    person = a_person("哨兵" + "己壬"[serial % 2] + "荐", serial=serial, user_id=testing.applicant(serial).user_id)
    membership = a_member(world.unions[place], person=person)
    found = Found(world.unions["FIRM"].pk, Ground.EMPLOYER)
    fit = actions.offer_fit(membership=membership, found=found, actor=SYSTEM)
    world.actors[name] = at_a_browser(name, signed_in(person), [])
    world.add("fit", fit.public_id, place, name)
    world.mark(place, name, person.name)


def _naming_members_elsewhere(world: World, place: str, serial: int) -> None:
    union, member = world.unions[place], a_member(world.unions[OTHER[place]], "哨兵癸别处")
    number = f"MD2026-910000{serial}-0"
    roster = Roster(number=number, office=union, union=union, content_hash=f"e{serial:063d}", on_transfer="leave")
    lifecycle.open(roster, actor=SYSTEM, decision=allow("matrix"))
    rosters.check_roster(public_id=roster.public_id, actor=SYSTEM)
    rosters.present_roster(public_id=roster.public_id, counts={"rows": 1, "elsewhere": 1}, actor=SYSTEM)
    said = {"public_id": new_public_id(), "outcome": Outcome.ELSEWHERE.value}
    RosterRow.objects.create(roster=roster, number=1, union=union, person=member.person, **said)
    world.add("elsewhere_roster", roster.public_id, place)
