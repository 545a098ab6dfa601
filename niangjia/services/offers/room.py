"""What the shells pick up from this room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from niangjia.kernel.actor import Actor
from niangjia.kernel.text import _
from niangjia.platform.web.rooms import MenuEntry, Need, OpenNow, Room, Tile
from niangjia.services.offers.states import MACHINES


def needs(actor: Actor) -> Sequence[Need]:
    """What is to be collected, the first day first, and a piece that is held for the member."""
    from niangjia.platform.web import dates
    from niangjia.services.offers.member_queries import holdings

    mine = holdings(actor, past=0)
    offered = [
        Need(
            _("候补轮到您了：{item}", item=row.cell.item.name),
            _("为您保留到 {moment}，请确认", moment=dates.moment(row.offered_until)),
            f"/offers/mine/waiting/{row.public_id}/take/",
            "clock",
        )
        for row in mine.waiting
        if row.offered_until is not None
    ]
    return offered + [
        Need(
            _("去领取：{item}", item=row.item.name),
            _("{day}，{site}，带会员卡", day=dates.day(row.day), site=row.site.name),
            f"/offers/mine/{row.public_id}/",
            "gift",
        )
        for row in mine.current
    ]


def open_now(actor: Actor) -> Sequence[OpenNow]:
    """Campaigns that the member may still have something of, the first to end first."""
    from niangjia.services.offers.member_queries import Phase, open_to

    return [
        OpenNow(
            title=row.campaign.title,
            url=f"/offers/{row.campaign.public_id}/",
            status=row.label,
            until=row.next_moment or row.campaign.closes_at,
            is_open=row.phase is not Phase.SOON,
            left=row.left if row.phase is Phase.OPEN else None,
        )
        for row in open_to(actor)
    ]


def find(actor: Actor, number: str) -> str | None:
    """Where the reservation with this number stands in the console, if the actor may see it."""
    from niangjia.kernel.ids import is_readable_number
    from niangjia.services.offers.models import NUMBER_PREFIX
    from niangjia.services.offers.policies import visible_reservations

    wanted = number.strip().upper()
    if not is_readable_number(wanted, NUMBER_PREFIX):
        return None
    serial = wanted.removeprefix(NUMBER_PREFIX).replace("-", "")[4:-1]
    found = visible_reservations(actor).filter(pk=int(serial)).only("public_id", "created_at").first()
    return f"/console/offers/reservations/{found.public_id}/" if found and found.number == wanted else None


def may_see_campaigns(actor: Actor) -> bool:
    """Whether the console shows this room to the actor at all."""
    from niangjia.services.offers.policies import READERS

    return actor.is_staff and bool(actor.grants_of(*READERS))


def may_keep(actor: Actor) -> bool:
    """Whether the console shows the counter to the actor."""
    from niangjia.services.offers import policies

    return bool(policies.may_keep(actor))


def waiting(actor: Actor) -> int:
    """How many appeals wait on the actor's own offices."""
    from niangjia.commons.desk import queries as desk
    from niangjia.services.offers.queries import SUBJECT_TYPE

    return desk.my_items(actor).filter(subject_type=SUBJECT_TYPE).count()


def demo(city: Any) -> None:
    """Fill the demonstration."""
    from niangjia.services.offers.demo import fill

    fill(city)


ROOM = Room(
    code="offers",
    label=_("普惠活动"),
    portal_urls="niangjia.services.offers.portal",
    console_urls="niangjia.services.offers.console",
    api="niangjia.services.offers.api.router",
    tiles=(Tile(_("普惠活动"), _("礼物、票券，先到先得或抽签"), "gift", "offers:list"),),
    menu=(
        MenuEntry(_("普惠活动"), "gift", "offers_console:list", may_see_campaigns, waiting),
        MenuEntry(_("核销"), "scan", "offers_console:counter", may_keep),
    ),
    machines=MACHINES,
    needs=needs,
    open_now=open_now,
    find=find,
    demo=demo,
    order=20,
    rush=("/api/v1/offers/campaigns/{campaign}/reservations",),
)
