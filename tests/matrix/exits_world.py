"""What the matrix calls on in deemed exits: a warned member at two streets."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from niangjia.commons.people.testing import a_member, a_person, signed_in
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import allow
from niangjia.platform.lifecycle import lifecycle
from niangjia.services.joining import testing
from niangjia.services.joining.exits import actions
from niangjia.services.joining.exits.models import Exit
from tests.matrix.actors import A_KEY, MISSING
from tests.matrix.actors import signed_in as at_a_browser

if TYPE_CHECKING:
    from tests.matrix.world import World

SYSTEM = Actor.system("matrix")
MISSING.setdefault("exit", A_KEY)


def add(world: World) -> None:
    """Put it all into the world."""
    for serial, place in enumerate(("EAST-1", "WEST-1")):
        _add(world, f"warned@{place}", place, 7640 + serial)


def _add(world: World, name: str, place: str, serial: int) -> None:
    applicant = testing.applicant(serial)
    person = a_person("哨兵" + "丁戊"[serial % 2] + "退", serial=serial, user_id=applicant.user_id)
    membership = a_member(world.unions[place], person=person)
    since = clock.today() - timedelta(days=200)
    case = Exit(person=person, membership=membership, union=membership.union, idle_since=since)
    with transaction.atomic():
        lifecycle.open(case, actor=SYSTEM, decision=allow("system"))
    actions.warn_exit(public_id=case.public_id, actor=SYSTEM)
    world.actors[name] = at_a_browser(name, signed_in(person), [])
    world.add("exit", case.public_id, place, name)
