"""What the officers' pages read."""

from __future__ import annotations

from collections.abc import Sequence

from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.machine import Machine, Move
from niangjia.kernel.money import yuan
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import Text, _
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.personal_data import looks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.web.moves import Choice
from niangjia.platform.web.parts import Fact, TimelineEntry
from niangjia.services.protection import judging, policies, reviewing
from niangjia.services.protection.claim_models import Appeal, Claim, Condolence
from niangjia.services.protection.condoling import OCCASIONS
from niangjia.services.protection.models import PlanVersion
from niangjia.services.protection.states import (
    APPEAL,
    CLAIM,
    CONDOLENCE,
    PLAN_VERSION,
    AppealEvent,
    ClaimEvent,
    ClaimState,
    CondolenceEvent,
    VersionEvent,
)

STAFF_EVENTS = (
    ClaimEvent.CONFIRM_UNIT,
    ClaimEvent.CHECK,
    ClaimEvent.REVIEW,
    ClaimEvent.APPROVE,
    ClaimEvent.ASK_MORE,
    ClaimEvent.REFUSE,
)


def claim_choices(actor: Actor, claim: Claim) -> list[Choice]:
    """The moves that are staff's from here, each with its reason when it is not open."""
    moves = (CLAIM.find(claim.state, event) for event in STAFF_EVENTS)
    return [Choice(move, _why_not(actor, claim, move)) for move in moves if move]


def _why_not(actor: Actor, claim: Claim, move: Move) -> Text | None:
    deciding = move.event in (ClaimEvent.APPROVE, ClaimEvent.REFUSE)
    second = claim.state == ClaimState.OFFICE_REVIEW and reviewing.needs_second(claim)
    decision = policies.may_decide(actor, claim, needs_second=second) if deciding else policies.may_handle(actor, claim)
    if not decision:
        return decision.refusal
    if move.event == ClaimEvent.APPROVE:
        return _not_payable(claim)
    return None


def _not_payable(claim: Claim) -> Text | None:
    shown = claim.calculations.order_by("-pk").first()
    try:
        _facts, _used, now = judging.judge(claim)
    except DomainError as error:
        return error.message
    if shown is None or (claim.round == 1 and shown.result != now):
        return _("计算以后额度有了变化，请先点“重新计算”。")
    if shown.fen <= claim.paid_fen:
        return _("按条款没有可以再给付的金额，请选“不通过”并写明理由。")
    return None


def second_words(claim: Claim) -> Text | None:
    """Why a second pair of eyes is needed."""
    if claim.second_review == "amount":
        return _("金额达到复核标准，要第二个人决定。")
    if claim.second_review == "chance":
        return _("随机抽中复核，要第二个人决定。")
    if claim.version_id and reviewing.needs_second(claim):
        return _("这个方案的每一份理赔都要第二个人决定。")
    return None


def appeal_of(actor: Actor, claim: Claim) -> Appeal | None:
    """The appeal against a claim, when the actor may see it."""
    return policies.visible_appeals(actor).select_related("claim", "union").filter(claim=claim).first()


def appeal_choices(actor: Actor, appeal: Appeal | None) -> list[Choice]:
    """Uphold and reject, while it is open."""
    if appeal is None:
        return []
    return _choices(
        APPEAL, appeal.state, (AppealEvent.UPHOLD, AppealEvent.REJECT), policies.may_answer_appeal(actor, appeal)
    )


# Versions


def version_choices(actor: Actor, version: PlanVersion) -> list[Choice]:
    """Publish and close, for who may plan at all."""
    if not policies.may_plan(actor, version.plan.union_id):
        return []
    events = (VersionEvent.PUBLISH, VersionEvent.CLOSE_VERSION)
    return _choices(PLAN_VERSION, version.state, events, policies.may_publish(actor, version))


# Condolence payments


def condolence_for(actor: Actor, public_id: str) -> Condolence:
    """One that the actor may see. Raises NotFound."""
    rows = policies.visible_condolences(actor).select_related("plan", "plan__union", "person", "union")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("CONDOLENCE_NOT_FOUND", _("没有找到这笔慰问金。"))
    return found


def open_condolence(actor: Actor, public_id: str) -> Condolence:
    """Like :func:`condolence_for`; the opening is written down where the person can see it."""
    found = condolence_for(actor, public_id)
    looks.record(actor, [found.owner_key], LookKind.OPENED)
    return found


def condolence_facts(condolence: Condolence) -> list[Fact]:
    """What is proposed."""
    facts = [
        Fact(_("慰问谁"), condolence.person.name),
        Fact(_("事由"), OCCASIONS[condolence.occasion]),
        Fact(_("金额"), yuan(condolence.fen)),
        Fact(_("方案"), condolence.plan.name),
        Fact(_("会员所在工会"), condolence.union.name),
        Fact(_("卡尾号"), str(condolence.bank_account)[-4:]),
    ]
    return [*facts, Fact(_("说明"), condolence.words)] if condolence.words else facts


def condolence_choices(actor: Actor, condolence: Condolence) -> list[Choice]:
    """Grant and decline."""
    events = (CondolenceEvent.GRANT, CondolenceEvent.DECLINE)
    return _choices(CONDOLENCE, condolence.state, events, policies.may_grant_condolence(actor, condolence))


def history(
    subject_type: str, public_id: str, words: dict[str, Text], *, with_reasons: bool = False
) -> list[TimelineEntry]:
    """What happened to an object, oldest first, with who did it and, where whoever opens it may read them, why."""
    rows = AuditEntry.objects.filter(subject_type=subject_type, subject_id=public_id).order_by("id")
    return [
        TimelineEntry(words[event], row.at, who=row.by_whom, detail=row.reason if with_reasons else "")
        for row in rows
        if (event := row.action.rsplit(".", 1)[1]) in words
    ]


def words_of(machine: Machine) -> dict[str, Text]:
    """Each event by its label."""
    return {machine.opening: machine.opening_label, **{move.event: move.label for move in machine.moves}}


def _choices(machine: Machine, state: str, events: Sequence[str], decision: Decision) -> list[Choice]:
    moves = (machine.find(state, event) for event in events)
    return [Choice(move, None if decision else decision.refusal) for move in moves if move]
