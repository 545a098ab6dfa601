"""What the shells pick up from this room."""

from __future__ import annotations

from niangjia.kernel.text import _
from niangjia.platform.web.rooms import Room
from niangjia.services.protection.states import MACHINES

ROOM = Room(code="protection", label=_("互助保障"), machines=MACHINES, order=30)
