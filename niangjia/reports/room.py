"""What the shells pick up: the report card in the console's menu."""

from niangjia.kernel.text import _
from niangjia.platform.web.rooms import MenuEntry, Room
from niangjia.reports import policies

ROOM = Room(
    code="report",
    label=_("成绩单"),
    console_urls="niangjia.reports.console",
    menu=[MenuEntry(_("成绩单"), "report-analytics", "report:card", may_see=policies.may_read)],
    order=900,
)
