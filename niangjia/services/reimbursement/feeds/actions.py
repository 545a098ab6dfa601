"""Everything that changes a feed. An upload is opened by a clerk; checking and applying are done by jobs."""

from __future__ import annotations

from typing import Any

from niangjia.commons.rosters.moves import Moves, refused
from niangjia.commons.unions.models import Union
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import _
from niangjia.services.reimbursement import policies
from niangjia.services.reimbursement.feeds.kind import KIND
from niangjia.services.reimbursement.models import Feed
from niangjia.services.reimbursement.states import Programme

MOVES = Moves(KIND)
check_roster = MOVES.check_roster
present_roster = MOVES.present_roster
refuse_roster = MOVES.refuse_roster
confirm_roster = MOVES.confirm_roster
apply_roster = MOVES.apply_roster
recheck_roster = MOVES.recheck_roster
finish_roster = MOVES.finish_roster
discard_roster = MOVES.discard_roster


def upload_roster(*, upload: Any, union_code: str, programme: str, actor: Actor) -> Feed:
    """Take the insurer's settlements for the members of a union and below, and have them checked. The same file again
    gives the first feed.

    Raises NotFound, NotAllowed, RuleBroken (UNION_UNKNOWN, PROGRAMME, FILE_CONTENT …), TooLarge FILE_TOO_BIG.
    """
    union = Union.objects.filter(code=union_code.strip(), closed_on=None).first()
    if union is None:
        raise refused("UNION_UNKNOWN", _("没有找到这个工会，请核对代码。"), "union_code")
    grant = policies.office_for(actor, union)
    if programme not in set(Programme):
        raise refused("PROGRAMME", _("请选择是哪个项目。"), "programme")
    same = {"union": union, "programme": programme}
    return MOVES.open_upload(upload=upload, union_id=union.pk, grant=grant, actor=actor, same=same)
