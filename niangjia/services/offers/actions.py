"""Everything that changes a campaign and what hangs on it, one function for each event; they stand by subject in the
modules beside this one."""

from __future__ import annotations

from niangjia.kernel.actor import Actor
from niangjia.services.offers import policies
from niangjia.services.offers.campaign.campaigns import (
    add_wave,
    call_off,
    close_doors,
    draw_up,
    open_doors,
    publish,
    revise,
    set_items,
    set_stock,
    settle,
)
from niangjia.services.offers.chances.drawing import draw, enter, lose, take_back, win
from niangjia.services.offers.chances.noshows import accept_appeal, appeal, give_up, give_up_overdue, refuse_appeal
from niangjia.services.offers.chances.queueing import leave, offer, pass_on, queue, take
from niangjia.services.offers.counter.closing import begin_sheet, countersign, fill_sheet, send_back, sign
from niangjia.services.offers.counter.collecting import collect, look, undo_collect
from niangjia.services.offers.counter.late import collect_after_all
from niangjia.services.offers.rush.catalogue import Choice
from niangjia.services.offers.rush.reservations import cancel, revoke
from niangjia.services.offers.rush.reserving import ByUser, Request, Reserved
from niangjia.services.offers.rush.reserving import reserve as _reserve


def reserve(*, campaign: str, choice: Choice, key: str, actor: Actor) -> Reserved:
    """Reserve for somebody whose session was checked already; see :func:`reserving.reserve`."""
    policies.may_reserve(actor).require()
    who = ByUser(actor.user_id or 0)
    return _reserve(Request(who, campaign, choice, key, trace=actor.trace, address=actor.address))


__all__ = [
    "accept_appeal", "add_wave", "appeal", "begin_sheet", "call_off", "cancel", "close_doors", "collect",
    "collect_after_all", "countersign",
    "draw", "draw_up", "enter", "fill_sheet", "give_up", "give_up_overdue", "leave", "look", "lose", "offer",
    "open_doors", "pass_on", "publish", "queue", "refuse_appeal", "reserve", "revise", "revoke", "send_back",
    "set_items", "set_stock", "settle", "sign", "take", "take_back", "undo_collect", "win",
]  # fmt: skip
