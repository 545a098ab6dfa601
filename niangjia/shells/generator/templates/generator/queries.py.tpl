"""What the pages of this room read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from @package@ import policies
from @package@.models import Request
from @package@.states import REQUEST
from niangjia.commons.desk.subjects import DeskLine
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.text import _
from niangjia.platform.personal_data import looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.web.parts import Fact

SUBJECT_TYPE = "@code@.request"


def request_for(actor: Actor, public_id: str) -> Request:
    """One request that the actor may see. Raises NotFound, the same for hidden and missing ones."""
    rows = policies.visible_requests(actor).select_related("responsible", "person")
    found: Request | None = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("NOT_FOUND", _("没有找到这份申请。"))
    return found


def open_for_reading(actor: Actor, public_id: str) -> Request:
    """Like :func:`request_for`; an officer's opening is written down where the member can see it."""
    request = request_for(actor, public_id)
    if actor.is_staff:
        looks.record(actor, [request.subject_key], LookKind.OPENED)
    return request


def own_requests(actor: Actor) -> list[Request]:
    """All of one's own, newest first."""
    rows = Request.objects.filter(applicant_id=actor.user_id).select_related("responsible")
    return list(rows.order_by("-created_at")[:50])


def facts(request: Request) -> list[Fact]:
    """What was asked for, and what was answered."""
    found = [
        Fact(_("编号"), request.number),
        Fact(_("办理工会"), request.responsible.name),
        Fact(_("提交日期"), f"{clock.day_of(request.created_at):%Y-%m-%d}"),
        Fact(_("需要的帮助"), request.wish),
    ]
    return [*found, Fact(_("答复"), request.answer_reason)] if request.answer_reason else found


def desk_lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    """How requests read on a desk; the name is masked there."""
    rows = policies.visible_requests(actor).filter(pk__in=ids).select_related("person")
    return {row.pk: _line(row) for row in rows}


def _line(row: Request) -> DeskLine:
    title = str(_("{name} 申请@label@", name=masks.mask_name(row.person.name)))
    state = str(REQUEST.state(row.state).label)
    return DeskLine(row.number, title, state, f"/console/@code@/{row.public_id}/")
