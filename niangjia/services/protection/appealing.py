"""The one appeal against an answer, decided by somebody who had no hand in it."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from niangjia.commons.desk import calendar
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, NotFound, RuleBroken
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.lifecycle import lifecycle
from niangjia.services.protection import bills, notices, parameters, policies
from niangjia.services.protection.claim_models import Appeal, Claim
from niangjia.services.protection.claiming import locked
from niangjia.services.protection.sealing import SEALED_REASON, require_words, say
from niangjia.services.protection.states import AppealEvent, AppealState, ClaimEvent, ClaimState
from niangjia.services.protection.telling import notice


@transaction.atomic()
def lodge(*, public_id: str, ground: str, actor: Actor) -> Appeal:
    """Ask for another answer, once, within the days after the first.

    Raises NotFound, NotAllowed, Conflict (APPEAL_ONCE, NO_ANSWER_YET), RuleBroken (APPEAL_LATE, REASON_NEEDED).
    """
    claim = locked(actor, public_id)
    decision = policies.may_act_for_self(actor, claim).require()
    words = require_reason(ground, sentence=_("请写明为什么不同意这个结果，4 到 300 个字。"))
    if Appeal.objects.filter(claim=claim).exists():
        raise _only_once()
    _require_in_time(claim)
    appeal = Appeal(claim=claim, owner_key=claim.owner_key, union_id=claim.plan.union_id)
    appeal.ground = words
    try:
        with transaction.atomic():
            return lifecycle.open(appeal, actor=actor, decision=decision)
    except IntegrityError as error:
        raise _only_once() from error


@transaction.atomic()
def take_back(*, public_id: str, actor: Actor) -> Appeal:
    """Leave the answer as it is. Raises NotFound, NotAllowed, InvalidMove."""
    appeal = _locked(actor, public_id)
    decision = policies.may_act_for_self(actor, appeal.claim).require()
    return lifecycle.apply(appeal, AppealEvent.TAKE_BACK, actor=actor, decision=decision)


@transaction.atomic()
def uphold(*, public_id: str, reason: str, actor: Actor) -> Appeal:
    """The claim goes back to the office, to be decided by somebody else than before.
    Raises NotFound, NotAllowed DECIDED_BEFORE, InvalidMove, Conflict DUP_BILL, RuleBroken REASON_NEEDED."""
    appeal = _answer(public_id, AppealEvent.UPHOLD, reason, actor)
    reopen(public_id=appeal.claim.public_id, reason=reason, actor=Actor.system("理赔申诉成立"))
    return appeal


@transaction.atomic()
def reject(*, public_id: str, reason: str, actor: Actor) -> Appeal:
    """The answer stands. Raises as :func:`uphold`."""
    return _answer(public_id, AppealEvent.REJECT, reason, actor)


@transaction.atomic()
def reopen(*, public_id: str, reason: str, actor: Actor) -> Claim:
    """Back to the office's desk for another round; only an upheld appeal does that. Raises NotFound, NotAllowed,
    InvalidMove, Conflict (NO_APPEAL, DUP_BILL)."""
    claim = locked(actor, public_id)
    decision = policies.may_lapse(actor).require()
    if not Appeal.objects.filter(claim=claim, state=AppealState.UPHELD).exists():
        raise Conflict("NO_APPEAL", _("没有成立的申诉，不能重新审核。"))
    say(claim, ClaimEvent.REOPEN, require_words(reason))
    bills.hold_again(claim)
    return lifecycle.apply(
        claim,
        ClaimEvent.REOPEN,
        actor=actor,
        decision=decision,
        reason=SEALED_REASON,
        changes={"round": claim.round + 1, "responsible_id": claim.plan.union_id},
    )


def _answer(public_id: str, event: AppealEvent, reason: str, actor: Actor) -> Appeal:
    appeal = _locked(actor, public_id)
    decision = policies.may_answer_appeal(actor, appeal).require()
    words = require_words(reason)
    appeal.MACHINE.require(appeal.state, event)
    return lifecycle.apply(
        appeal,
        event,
        actor=actor,
        decision=decision,
        reason=SEALED_REASON,
        changes={"answer_reason": words, "decided_by_id": actor.user_id},
        notices=notice(notices.APPEAL_ANSWERED, appeal.claim),
    )


def _locked(actor: Actor, public_id: str) -> Appeal:
    """The claim is locked first, then the appeal, in the order in which a decision takes them."""
    found = policies.visible_appeals(actor).filter(public_id=public_id).values_list("pk", "claim_id").first()
    if found is None:
        raise NotFound("APPEAL_NOT_FOUND", _("没有找到这份申诉。"))
    Claim.objects.select_for_update().get(pk=found[1])
    rows = Appeal.objects.select_related("claim", "claim__plan", "claim__person", "union")
    appeal: Appeal = rows.select_for_update(of=("self",)).get(pk=found[0])
    return appeal


def _require_in_time(claim: Claim) -> None:
    if claim.state not in (ClaimState.REFUSED, ClaimState.PAID):
        raise Conflict("NO_ANSWER_YET", _("理赔还没有结果，或者已经归档，不能申诉。"))
    if not is_in_time(claim):
        days = _days(claim)
        text = _("申诉要在答复后 {days} 个工作日内提出，现在已经超过。", days=days)
        raise RuleBroken("APPEAL_LATE", text, fields={"ground": [text]})


def is_in_time(claim: Claim) -> bool:
    """Whether the days for an appeal are not over."""
    return clock.now() <= calendar.due_moment(claim.state_since, _days(claim))


def _days(claim: Claim) -> int:
    return int(parameters.value("appeal_days", claim.plan.union_id, clock.day_of(claim.state_since)))


def _only_once() -> Conflict:
    return Conflict("APPEAL_ONCE", _("申诉只有一次，这份理赔已经申诉过。"))
