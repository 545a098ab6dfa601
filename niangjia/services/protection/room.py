"""What the shells pick up from this room."""

from __future__ import annotations

from niangjia.kernel.text import _
from niangjia.platform.web.rooms import Room
from niangjia.services.protection.states import ENROLMENT, PLAN_VERSION

ROOM = Room(code="protection", label=_("互助保障"), machines=(PLAN_VERSION, ENROLMENT), order=30)
