"""What the shells pick up from this room."""

from __future__ import annotations

from typing import Any

from niangjia.kernel.actor import Actor
from niangjia.kernel.text import _
from niangjia.platform.web.rooms import MenuEntry, Room, Tile
from niangjia.services.reimbursement.states import MACHINES


def may_see(actor: Actor) -> bool:
    """Whether the console shows this room to the actor at all."""
    from niangjia.services.reimbursement import policies

    return actor.is_staff and bool(policies.may_list(actor))


def waiting(actor: Actor) -> int:
    """How much waits on the actor's own offices."""
    from niangjia.commons.desk import queries as desk
    from niangjia.services.reimbursement.queries import FEED_TYPE, ROUND_TYPE

    return desk.my_items(actor).filter(subject_type__in=[FEED_TYPE, ROUND_TYPE]).count()


def demo(city: Any) -> None:
    """Fill the demonstration."""
    from niangjia.services.reimbursement.demo import fill

    fill(city)


ROOM = Room(
    code="reimbursement",
    label=_("二次报销"),
    portal_urls="niangjia.services.reimbursement.portal",
    console_urls="niangjia.services.reimbursement.console",
    api="niangjia.services.reimbursement.api.router",
    tiles=(Tile(_("二次报销"), _("不用申请，看每一笔怎么算的"), "receipt", "reimbursement:home"),),
    menu=(MenuEntry(_("二次报销"), "receipt", "reimbursement_console:feeds", may_see, waiting),),
    machines=MACHINES,
    demo=demo,
    order=35,
)
