"""What the shells pick up from this room."""

from niangjia.kernel.text import _
from niangjia.platform.web.rooms import MenuEntry, Room, Tile

ROOM = Room(
    code="bulletin",
    label=_("公告栏"),
    portal_urls="bulletin.portal",
    console_urls="bulletin.console",
    tiles=(Tile(_("公告栏"), _("工会最近的事"), "news", "bulletin:board"),),
    menu=(MenuEntry(_("公告栏"), "news", "bulletin_console:board"),),
)
