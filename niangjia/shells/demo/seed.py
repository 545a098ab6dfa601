"""Fills an empty database with the demonstration city."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from django.contrib.auth import get_user_model

from niangjia.kernel import clock
from niangjia.platform.accounts.models import User
from niangjia.platform.web.rooms import rooms
from niangjia.reports import refresh
from niangjia.shells.demo import officers, tree
from niangjia.shells.demo.accounts import SIGN_INS
from niangjia.shells.demo.city import City
from niangjia.shells.demo.models import DemonstrationCity
from niangjia.shells.host.refusals import Refused
from niangjia.shells.host.version import version


class Progress(StrEnum):
    """How much of the city stands."""

    NOTHING = "nothing"
    HALF = "half"
    ALL = "all"


def progress() -> Progress:
    """How much of the city stands. Raises Refused when the database holds anything else."""
    city = DemonstrationCity.objects.first()
    if city is not None:
        return Progress.ALL if city.finished_at else Progress.HALF
    if get_user_model()._default_manager.exists():
        raise Refused("This database holds other data than the demonstration's; name an empty one in DATABASE_URL.")
    return Progress.NOTHING


def fill(say: Callable[[str], None]) -> None:
    """Build the city: the tree, who holds which office, each room in order, the report card. ``say`` is told what comes
    next."""
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
    say("report card")
    refresh.run()  # else the worker would do it while visitors open their first pages
    User.objects.update(phone_proved_at=clock.now())  # accounts of past days, whose owners visitors play
    DemonstrationCity.objects.update(finished_at=clock.now())
