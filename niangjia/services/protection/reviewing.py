"""What staff do with a claim: the unit confirms, the agency checks, the office reviews, decides, asks for more."""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction

from niangjia.commons.desk import actions as desk
from niangjia.commons.desk import calendar
from niangjia.commons.desk.models import DeskItem
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, RuleBroken
from niangjia.kernel.text import _
from niangjia.platform.audit import entries
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices import outbox
from niangjia.services.protection import (
    accumulator,
    bills,
    chain,
    details,
    judging,
    notices,
    parameters,
    paying,
    policies,
    records,
    rules,
)
from niangjia.services.protection.claim_models import Calculation, Claim, SampleSeed
from niangjia.services.protection.claiming import locked
from niangjia.services.protection.details import Details
from niangjia.services.protection.sealing import SEALED_REASON, require_words, say
from niangjia.services.protection.states import ClaimEvent, ClaimState
from niangjia.services.protection.telling import notice


@transaction.atomic()
def confirm_unit(*, public_id: str, actor: Actor) -> Claim:
    """The unit confirms who it is and that they are enrolled. Raises NotFound, NotAllowed, InvalidMove."""
    claim = locked(actor, public_id)
    decision = policies.may_handle(actor, claim).require()
    claim.MACHINE.require(claim.state, ClaimEvent.CONFIRM_UNIT)
    _pass_on(claim, ClaimEvent.CONFIRM_UNIT, actor, decision)
    chain.skip_missing_levels(claim)
    return claim


@transaction.atomic()
def check(*, public_id: str, actor: Actor) -> Claim:
    """The agency finds the papers whole. Raises NotFound, NotAllowed, InvalidMove."""
    claim = locked(actor, public_id)
    decision = policies.may_handle(actor, claim).require()
    return _pass_on(claim, ClaimEvent.CHECK, actor, decision)


@transaction.atomic()
def ask_more(*, public_id: str, reason: str, actor: Actor) -> Claim:
    """Ask the claimant for more; the clock stops until it comes. Raises NotFound, NotAllowed, InvalidMove,
    RuleBroken (REASON_NEEDED, REASON_PERSONAL)."""
    claim = locked(actor, public_id)
    decision = policies.may_handle(actor, claim).require()
    claim.MACHINE.require(claim.state, ClaimEvent.ASK_MORE)
    say(claim, ClaimEvent.ASK_MORE, require_words(reason))
    days = int(parameters.value("supplement_days", claim.responsible_id, clock.today()))
    told = notice(notices.ASKED_MORE, claim, due=calendar.due_moment(clock.now(), days))
    return lifecycle.apply(
        claim, ClaimEvent.ASK_MORE, actor=actor, decision=decision, reason=SEALED_REASON, notices=told
    )


@transaction.atomic()
def review(*, public_id: str, actor: Actor) -> Claim:
    """Take it up at the office: the sum is calculated and kept, chance and amount decide about a second look.
    Raises NotFound, NotAllowed, InvalidMove."""
    claim = locked(actor, public_id)
    decision = policies.may_handle(actor, claim).require()
    claim.MACHINE.require(claim.state, ClaimEvent.REVIEW)
    calculation = judging.calculate(claim, actor)
    changes = {"reviewed_by_id": actor.user_id, **_sampled(claim, calculation.fen)}
    return lifecycle.apply(
        claim,
        ClaimEvent.REVIEW,
        actor=actor,
        decision=decision,
        changes=changes,
        data={"calculation": calculation.public_id, "fen": calculation.fen, "second": changes["second_review"]},
    )


@transaction.atomic()
def correct(*, public_id: str, told: Details, actor: Actor) -> Claim:
    """Set right by the papers what the claimant wrote: a grade, a sum, a day. The claimant sees that it was done.
    Raises NotFound, NotAllowed, Conflict (NOT_IN_REVIEW, DUP_BILL), RuleBroken DAYS_IN_ORDER."""
    claim = locked(actor, public_id)
    policies.may_handle(actor, claim).require()
    policies.may_read_content(actor, claim).require()
    if claim.state not in (ClaimState.UNIT_CONFIRMED, ClaimState.AGENCY_CHECKED, ClaimState.OFFICE_REVIEW):
        raise Conflict("NOT_IN_REVIEW", _("只有审核中的申请可以按材料更正。"))
    assert claim.event_day is not None  # noqa: S101 - the database holds that a claim once sent has it
    rules.require_days(claim.event_day, clock.today(), told.admitted, told.discharged)
    claim.told = json.dumps(details.document_of(told), ensure_ascii=False)
    claim.save(update_fields=["told"])
    bills.replace(claim)
    entries.record(
        actor,
        "protection.claim.correct",
        subject_type="protection.claim",
        subject_id=claim.public_id,
        subject_key=claim.owner_key,
        node_id=claim.responsible_id,
    )
    return claim


@transaction.atomic()
def recalculate(*, public_id: str, actor: Actor) -> Calculation:
    """Judge again, because limits were used meanwhile. Raises NotFound, NotAllowed, Conflict NOT_IN_REVIEW."""
    claim = locked(actor, public_id)
    policies.may_handle(actor, claim).require()
    if claim.state != ClaimState.OFFICE_REVIEW:
        raise Conflict("NOT_IN_REVIEW", _("只有审核中的申请可以重新计算。"))
    return judging.calculate(claim, actor)


@transaction.atomic()
def approve(*, public_id: str, actor: Actor) -> Claim:
    """Grant what was calculated: limits are used, the payment is requested.

    Raises NotFound, NotAllowed (FOUR_EYES, SELF_APPROVAL, DECIDED_BEFORE), InvalidMove, Conflict
    (CALCULATION_CHANGED, LIMIT_TAKEN), RuleBroken NOTHING_TO_PAY.
    """
    claim = locked(actor, public_id)
    decision = policies.may_decide(actor, claim, needs_second=needs_second(claim)).require()
    claim.MACHINE.require(claim.state, ClaimEvent.APPROVE)
    chains = accumulator.chains(claim, judging.terms_of(claim))
    accumulator.lock(claim, chains)
    if claim.round > 1:
        accumulator.give_back(claim)
    result = _as_calculated(claim)
    accumulator.take(claim, chains, result.uses)
    due = result.fen - claim.paid_fen
    lifecycle.apply(
        claim,
        ClaimEvent.APPROVE,
        actor=actor,
        decision=decision,
        changes={"approved_fen": result.fen, "decided_by_id": actor.user_id},
        records=[records.answered(claim, "approved", due)],
        notices=notice(notices.APPROVED, claim, fen=due),
        data={"fen": result.fen, "round": claim.round},
    )
    paying.request(claim, due, actor)
    return claim


@transaction.atomic()
def refuse(*, public_id: str, reason: str, actor: Actor) -> Claim:
    """Refuse with a reason that the claimant reads; they may appeal once.
    Raises NotFound, NotAllowed, InvalidMove, RuleBroken (REASON_NEEDED, REASON_PERSONAL)."""
    claim = locked(actor, public_id)
    second = claim.state == ClaimState.OFFICE_REVIEW and needs_second(claim)
    decision = policies.may_decide(actor, claim, needs_second=second).require()
    claim.MACHINE.require(claim.state, ClaimEvent.REFUSE)
    say(claim, ClaimEvent.REFUSE, require_words(reason))
    bills.release(claim)
    return lifecycle.apply(
        claim,
        ClaimEvent.REFUSE,
        actor=actor,
        decision=decision,
        reason=SEALED_REASON,
        changes={"decided_by_id": actor.user_id},
        records=[records.answered(claim, "refused")],
        notices=notice(notices.REFUSED, claim),
    )


@transaction.atomic()
def close_claim(*, public_id: str, actor: Actor) -> Claim:
    """File it away once it is paid or the time for an appeal is over. Raises NotFound, NotAllowed, InvalidMove,
    Conflict APPEAL_OPEN."""
    claim = locked(actor, public_id)
    decision = policies.may_lapse(actor).require()
    if policies.has_open_appeal(claim):
        raise Conflict("APPEAL_OPEN", _("这份理赔还有申诉在办，不能归档。"))
    return lifecycle.apply(claim, ClaimEvent.CLOSE_CLAIM, actor=actor, decision=decision)


@transaction.atomic()
def remind(*, items: list[DeskItem]) -> int:
    """Tell the claimants of these open desk items that their supplement is due soon; how many were told."""
    due = {item.subject_id: item.due_at for item in items}
    told = [
        one
        for claim in Claim.objects.filter(pk__in=due).with_names()
        for one in notice(notices.REMINDED, claim, due=due[claim.pk])
    ]
    outbox.write(told)
    desk.note_reminded(items)
    return len(told)


def needs_second(claim: Claim) -> bool:
    """Whether who reviewed may not decide: the terms ask for four eyes, or the claim was drawn."""
    return judging.terms_of(claim).four_eyes or bool(claim.second_review)


def _pass_on(claim: Claim, event: ClaimEvent, actor: Actor, decision: Any) -> Claim:
    target = claim.MACHINE.require(claim.state, event).target
    changes = {"responsible_id": chain.next_responsible(claim, target)}
    return lifecycle.apply(claim, event, actor=actor, decision=decision, changes=changes)


def _sampled(claim: Claim, fen: int) -> dict[str, str]:
    """Why a second look is needed, and the seed by which the draw can be made again."""
    today = clock.today()
    seed = SampleSeed.objects.get_or_create(month=f"{today:%Y-%m}")[0].seed
    per_mille = int(parameters.value("sample_per_mille", claim.plan.union_id, today))
    from_fen = int(parameters.value("sample_from_fen", claim.plan.union_id, today))
    drawn = rules.is_sampled(seed, claim.number, fen, per_mille=per_mille, from_fen=from_fen)
    cause = ("amount" if fen >= from_fen else "chance") if drawn else ""
    return {"sample_seed": seed, "second_review": cause}


def _as_calculated(claim: Claim) -> rules.Result:
    """What the claim is worth now, which must be what the reviewer saw."""
    shown = claim.calculations.order_by("-pk").first()
    _facts, _used, result = judging.judge(claim)
    if shown is None or shown.result != result:
        raise Conflict("CALCULATION_CHANGED", _("计算以后额度有了变化，请点“重新计算”，看过新的结果再决定。"))
    if result.fen <= claim.paid_fen:
        raise RuleBroken("NOTHING_TO_PAY", _("按条款没有可以再给付的金额，请选“不通过”并写明理由。"))
    return result
