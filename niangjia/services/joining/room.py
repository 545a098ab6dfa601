"""What the shells pick up from this room."""

from niangjia.kernel.text import _
from niangjia.platform.web.rooms import Room

ROOM = Room(code="joining", label=_("入会"))
