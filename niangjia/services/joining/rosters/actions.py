"""Everything that changes a roster. An upload is opened by an officer; checking and applying are done by jobs."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from niangjia.commons.people import numbers
from niangjia.commons.rosters.moves import Moves, refused
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import _
from niangjia.services.joining.rosters import policies
from niangjia.services.joining.rosters.kind import KIND
from niangjia.services.joining.rosters.models import Roster
from niangjia.services.joining.rosters.states import OnTransfer, Outcome

MOVES = Moves(KIND)
check_roster = MOVES.check_roster
present_roster = MOVES.present_roster
refuse_roster = MOVES.refuse_roster
confirm_roster = MOVES.confirm_roster
recheck_roster = MOVES.recheck_roster
finish_roster = MOVES.finish_roster
discard_roster = MOVES.discard_roster


def upload_roster(*, upload: Any, union_code: str, on_transfer: str, actor: Actor) -> Roster:
    """Take a file for a union that takes members, and have it checked. The same file again gives the first roster.

    Raises NotFound, NotAllowed, RuleBroken (UNION_UNKNOWN, UNION_TAKES_NO_MEMBERS, ON_TRANSFER, FILE_CONTENT …),
    TooLarge FILE_TOO_BIG.
    """
    union = _union(union_code)
    grant = policies.office_for(actor, union)
    if on_transfer not in set(OnTransfer):
        raise refused("ON_TRANSFER", _("请选择会籍在别处的人怎么办。"), "on_transfer")
    return MOVES.open_upload(
        upload=upload, union_id=union.pk, grant=grant, actor=actor, same={"union": union}, on_transfer=on_transfer
    )


@transaction.atomic()
def apply_roster(*, public_id: str, actor: Actor) -> Roster:
    """Let the whole roster be registered; a worker does it in one step. A block of member numbers is kept for it.

    Raises NotFound, NotAllowed (NO_OFFICE_HERE, SECOND_EYES), InvalidMove, RuleBroken (DUPLICATE_SHARE, NOBODY_NEW,
    SECOND_EYES_FIRST).
    """
    applied = MOVES.apply_roster(public_id=public_id, actor=actor)
    year = clock.today().year
    applied.numbers_year, applied.numbers_from = year, numbers.reserve(year, applied.count_of(Outcome.NEW))
    applied.save(update_fields=["numbers_year", "numbers_from"])
    return applied


def _union(code: str) -> Union:
    union = Union.objects.filter(code=code.strip(), closed_on=None).first()
    if union is None:
        raise refused("UNION_UNKNOWN", _("没有找到这个工会，请核对代码。"), "union_code")
    if not union.accepts_members:
        text = _("“{union}”不直接接收会员，请选基层工会或街道、乡镇工会。", union=union.name)
        raise refused("UNION_TAKES_NO_MEMBERS", text, "union_code")
    return union
