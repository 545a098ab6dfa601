"""What the shells pick up from this room."""

from __future__ import annotations

from niangjia.kernel.text import _
from niangjia.platform.web.rooms import Room
from niangjia.services.offers.states import MACHINES

ROOM = Room(
    code="offers",
    label=_("普惠活动"),
    api="niangjia.services.offers.api.router",
    machines=MACHINES,
    order=20,
)
