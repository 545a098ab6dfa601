"""Fills an empty database with the demonstration city."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from niangjia.shells.host.version import version
from niangjia.kernel import clock
from niangjia.platform.web.rooms import rooms
from niangjia.shells.demo import officers, tree
from niangjia.shells.demo.accounts import SIGN_INS
from niangjia.shells.demo.city import City
from niangjia.shells.demo.models import DemonstrationCity
from niangjia.shells.host.refusals import Refused

log = structlog.get_logger("niangjia.demo")


def is_filled() -> bool:
    """Whether the city is there. Raises Refused when the database holds anything else, or half a city."""
    from niangjia.platform.accounts.models import User

    city = DemonstrationCity.objects.first()
    if city is None and User.objects.exists():
        raise Refused("This database holds other data than the demonstration's; name an empty one in DATABASE_URL.")
    if city is not None and city.finished_at is None:
        raise Refused("The last start was interrupted while the city was being built; start over with FRESH=1.")
    return city is not None


def fill(say: Callable[[str], None]) -> None:
    """Build the city: the tree, who holds which office, then each room in order. ``say`` is told what comes next."""
    DemonstrationCity.objects.create(version=version(), founded_at=clock.now())
    city = City(sign_ins=SIGN_INS)
    say("unions")
    tree.grow(city)
    say("offices")
    officers.appoint_all(city)
    for room in rooms():
        if room.demo is not None:
            say(room.code)
            room.demo(city)
    DemonstrationCity.objects.update(finished_at=clock.now())
