"""Everything that changes a request: submit, withdraw; settle, refuse."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from @package@ import notices, policies, records, rules
from @package@.models import Request
from @package@.states import RequestEvent
from niangjia.commons.people.models import Membership
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, NotFound, RuleBroken
from niangjia.kernel.text import _
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices.kinds import Notice, NoticeKind


@transaction.atomic()
def submit(*, wish: str, actor: Actor) -> Request:
    """Ask the union that holds the membership.

    Raises NotAllowed, RuleBroken for a wish that says nothing or without a membership, Conflict while one is open.
    """
    decision = policies.may_ask(actor).require()
    rows = Membership.objects.current().select_related("union", "person")
    membership = rows.filter(person_id=actor.person_id).first()
    if membership is None:
        raise RuleBroken("@CODE@_NO_MEMBERSHIP", _("您现在没有会籍，请先加入工会。"))
    request = Request(
        applicant_id=actor.user_id,
        person=membership.person,
        responsible=membership.union,
        wish=rules.require_wish(wish),
    )
    try:
        with transaction.atomic():
            lifecycle.open(
                request,
                actor=actor,
                decision=decision,
                records=[records.received(request)],
                notices=[_notice(notices.RECEIVED, request)],
            )
    except IntegrityError as error:
        raise Conflict("@CODE@_OPEN", _("您还有一份没有办完的申请，请先等它有结果。")) from error
    return request


@transaction.atomic()
def withdraw(*, public_id: str, actor: Actor) -> Request:
    """Take the request back. Raises NotFound, NotAllowed, InvalidMove."""
    request = _locked(actor, public_id)
    decision = policies.may_withdraw(actor, request).require()
    return lifecycle.apply(request, RequestEvent.WITHDRAW, actor=actor, decision=decision)


@transaction.atomic()
def settle(*, public_id: str, actor: Actor) -> Request:
    """Close it as done. Raises NotFound, NotAllowed, InvalidMove."""
    request = _locked(actor, public_id)
    decision = policies.may_decide(actor, request).require()
    return lifecycle.apply(
        request,
        RequestEvent.SETTLE,
        actor=actor,
        decision=decision,
        records=[records.answered(request, "settled")],
        notices=[_notice(notices.SETTLED, request)],
    )


@transaction.atomic()
def refuse(*, public_id: str, reason: str, actor: Actor) -> Request:
    """Refuse with a reason that the member reads. Raises NotFound, NotAllowed, InvalidMove, RuleBroken."""
    request = _locked(actor, public_id)
    decision = policies.may_decide(actor, request).require()
    reason = rules.require_reason(reason)
    return lifecycle.apply(
        request,
        RequestEvent.REFUSE,
        actor=actor,
        decision=decision,
        reason=reason,
        changes={"answer_reason": reason},
        records=[records.answered(request, "refused")],
        notices=[_notice(notices.REFUSED, request)],
    )


def _locked(actor: Actor, public_id: str) -> Request:
    rows = policies.visible_requests(actor).select_for_update(of=("self",)).select_related("responsible", "person")
    request: Request | None = rows.filter(public_id=public_id).first()
    if request is None:
        raise NotFound("NOT_FOUND", _("没有找到这份申请。"))
    return request


def _notice(kind: NoticeKind, request: Request) -> Notice:
    values = {"number": request.number, "union": request.responsible.name}
    return Notice(kind, request.applicant_id, values, link=f"/@code@/{request.public_id}/")
