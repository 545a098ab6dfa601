"""What the shells pick up from this room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from niangjia.kernel.actor import Actor
from niangjia.kernel.text import _
from niangjia.platform.web.rooms import MenuEntry, Need, Room, Tile, Visit
from niangjia.services.joining.exits.states import EXIT
from niangjia.services.joining.exits.states import OPEN_STATES as OPEN_EXITS
from niangjia.services.joining.fits.states import FIT, FitState
from niangjia.services.joining.rosters.states import ROSTER
from niangjia.services.joining.stalls.states import STALL
from niangjia.services.joining.states import APPLICATION, OPEN_STATES, WITH_APPLICANT
from niangjia.services.joining.transfers.states import OPEN_STATES as OPEN_TRANSFERS
from niangjia.services.joining.transfers.states import TRANSFER, TransferState


def may_see_applications(actor: Actor) -> bool:
    """Whether the console shows this room to the actor at all."""
    from niangjia.services.joining.policies import READERS

    return actor.is_staff and bool(actor.grants_of(*READERS))


def may_see_stalls(actor: Actor) -> bool:
    """Whether the console shows joining on the spot to the actor."""
    from niangjia.services.joining.stalls.policies import may_list

    return bool(may_list(actor))


def waiting(actor: Actor) -> int:
    """How many applications wait on the actor's own offices."""
    from niangjia.commons.desk import queries as desk
    from niangjia.services.joining.queries import SUBJECT_TYPE

    return desk.my_items(actor).filter(subject_type=SUBJECT_TYPE).count()


def is_no_member(actor: Actor) -> bool:
    """Who is a member already is not invited to join."""
    from niangjia.services.joining.queries import own_membership

    return actor.user_id is None or own_membership(actor) is None


def is_member(actor: Actor) -> bool:
    """Who has a membership to look after."""
    return not is_no_member(actor)


def needs(actor: Actor) -> Sequence[Need]:
    """What the applicant has to do now."""
    from niangjia.services.joining.queries import own_applications
    from niangjia.services.joining.transfers.queries import own_transfers

    asked = [
        Need(
            _("请确认要不要转会籍"), _("转到“{union}”", union=t.new.name), f"/joining/transfers/{t.public_id}/", "users"
        )
        for t in own_transfers(actor)
        if t.state == TransferState.OFFERED
    ]
    return [*_warned(actor), *asked, *_offered(actor)] + [
        Need(_("入会申请需要您补充"), _("编号 {number}", number=a.number), f"/joining/{a.public_id}/", "alert-triangle")
        for a in own_applications(actor)
        if a.state in WITH_APPLICANT
    ]


def _warned(actor: Actor) -> list[Need]:
    from niangjia.services.joining.exits.queries import own_exits

    return [
        Need(
            _("您还在吗？点一下，会籍就继续"),
            _("会籍在{union}", union=case.union.name),
            f"/joining/exits/{case.public_id}/",
            "alert-triangle",
        )
        for case in own_exits(actor)
        if case.state in OPEN_EXITS
    ]


def _offered(actor: Actor) -> list[Need]:
    from niangjia.services.joining.fits.queries import own_fits

    return [
        Need(
            _("有一个工会更适合您"),
            _("看看“{union}”，转、以后再说、不转都可以", union=fit.union.name),
            f"/joining/fits/{fit.public_id}/",
            "users",
        )
        for fit in own_fits(actor)
        if fit.state == FitState.OFFERED
    ]


def progress(actor: Actor) -> Sequence[Need]:
    """The member's own applications and transfers, newest first."""
    from niangjia.services.joining.queries import own_applications
    from niangjia.services.joining.transfers.queries import own_transfers

    transfers = [
        Need(
            _("会籍接转 {number}", number=t.number),
            TRANSFER.state(t.state).label,
            f"/joining/transfers/{t.public_id}/",
            "clock" if t.state in OPEN_TRANSFERS else "file-check",
            finished=t.state not in OPEN_TRANSFERS,
        )
        for t in own_transfers(actor)
    ]
    return transfers + [
        Need(
            _("入会申请 {number}", number=a.number),
            APPLICATION.state(a.state).label,
            f"/joining/{a.public_id}/",
            "clock" if a.state in OPEN_STATES else "file-check",
            finished=a.state not in OPEN_STATES,
        )
        for a in own_applications(actor)
    ]


def find(actor: Actor, number: str) -> str | None:
    """Where the application with this number stands in the console, if the actor may see it."""
    from niangjia.kernel.ids import is_readable_number
    from niangjia.services.joining.policies import visible_applications

    wanted = number.strip().upper()
    if not is_readable_number(wanted, "RH"):
        return None
    found = visible_applications(actor).filter(number=wanted).values_list("public_id", flat=True).first()
    return f"/console/joining/{found}/" if found else None


def subject_keys(actor: Actor) -> Sequence[str]:
    """An application is looked at before its applicant is a known person."""
    from niangjia.services.joining.queries import own_applications

    return [application.public_id for application in own_applications(actor)]


def on_signing_in(request: HttpRequest) -> Visit | None:
    """Who comes from a stall."""
    from niangjia.services.joining.stalls import visit

    return visit.on_signing_in(request)


def demo(city: Any) -> None:
    """Fill the demonstration."""
    from niangjia.services.joining.demo import fill

    fill(city)


ROOM = Room(
    code="joining",
    label=_("入会"),
    portal_urls="niangjia.services.joining.portal",
    console_urls="niangjia.services.joining.console",
    api="niangjia.services.joining.api.router",
    tiles=(
        Tile(_("加入工会"), _("三页填完，不收钱，手机上看进度"), "user-plus", "joining:start", is_no_member),
        Tile(_("我的会籍"), _("换了单位，在手机上转会籍"), "user-check", "joining:transfers", is_member),
    ),
    menu=(
        MenuEntry(_("入会申请"), "user-plus", "joining_console:list", may_see_applications, waiting),
        MenuEntry(_("会籍接转"), "arrows-exchange", "joining_console:transfers", may_see_applications),
        MenuEntry(_("推荐工会"), "home-heart", "joining_console:fits", may_see_applications),
        MenuEntry(_("视为退会"), "user-minus", "joining_console:exits", may_see_applications),
        MenuEntry(_("现场入会"), "qrcode", "joining_console:stalls", may_see_stalls),
        MenuEntry(_("批量入会"), "file-spreadsheet", "joining_console:rosters", may_see_applications),
    ),
    machines=(APPLICATION, EXIT, FIT, ROSTER, STALL, TRANSFER),
    needs=needs,
    progress=progress,
    subject_keys=subject_keys,
    find=find,
    demo=demo,
    visit=on_signing_in,
    order=10,
)
