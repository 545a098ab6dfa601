"""What the shells pick up from this room."""

from __future__ import annotations

from collections.abc import Sequence

from @package@.states import REQUEST
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import _
from niangjia.platform.web.rooms import MenuEntry, Need, Room, Tile


def may_see_requests(actor: Actor) -> bool:
    """Whether the console shows this room to the actor at all."""
    from @package@.policies import READERS

    return actor.is_staff and bool(actor.grants_of(*READERS))


def progress(actor: Actor) -> Sequence[Need]:
    """The member's own requests, newest first."""
    from @package@.queries import own_requests

    return [
        Need(
            _("@label@ {number}", number=row.number),
            REQUEST.state(row.state).label,
            f"/@code@/{row.public_id}/",
            "clock",
        )
        for row in own_requests(actor)
    ]


ROOM = Room(
    code="@code@",
    label=_("@label@"),
    portal_urls="@package@.portal",
    console_urls="@package@.console",
    tiles=(Tile(_("@label@"), _("写下您的需要，工会答复您"), "message-circle", "@code@:start"),),
    menu=(MenuEntry(_("@label@"), "message-circle", "@code@_console:list", may_see_requests),),
    machines=(REQUEST,),
    progress=progress,
)
