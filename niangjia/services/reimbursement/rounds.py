"""Agreeing to many cases at once, by another person than who computed them."""

from __future__ import annotations

import secrets

from django.db import transaction

from niangjia.commons.people.models import Person
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.policy import allow
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.lifecycle import lifecycle
from niangjia.services.reimbursement import cases, policies
from niangjia.services.reimbursement.models import Case, Feed, Round, Turn
from niangjia.services.reimbursement.states import CaseState, RoundEvent, RoundState


def take_turn(programme: str) -> None:
    """Be the only one who adds up years of people in this programme, until the end of the transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("a turn lasts as long as its transaction")
    Turn.objects.bulk_create([Turn(programme=programme)], ignore_conflicts=True)
    Turn.objects.select_for_update().get(pk=programme)


def open_round(*, union_id: int, programme: str, actor: Actor, feed: Feed | None = None) -> Round:
    """A round to be agreed to, in the caller's transaction; who computes it does not agree to it."""
    round_ = Round(
        union_id=union_id, programme=programme, feed=feed, seed=secrets.token_hex(16), computed_by_id=actor.user_id
    )
    return lifecycle.open(round_, actor=actor, decision=allow("computed"))


def by_hand(*, union_id: int, programme: str, actor: Actor) -> Round:
    """The open round of cases matched by hand or taken up again; each is looked at by another than who brought it."""
    rows = Round.objects.filter(union=union_id, programme=programme, feed=None, state=RoundState.REVIEWING)
    return rows.first() or open_round(union_id=union_id, programme=programme, actor=actor)


@transaction.atomic()
def approve_round(*, public_id: str, actor: Actor) -> Round:
    """Agree: what is not held back is to be paid.

    Raises NotFound, NotAllowed (NO_OFFICE_HERE, FOUR_EYES), InvalidMove, RuleBroken (SAMPLE_OPEN, OWN_CASE,
    NOTHING_TO_PAY).
    """
    round_ = locked(actor, public_id)
    decision = policies.may_decide(actor, round_).require()
    round_.MACHINE.require(round_.state, RoundEvent.APPROVE_ROUND)
    computed = Case.objects.filter(round=round_, state=CaseState.COMPUTED)
    if open_ones := computed.exclude(sampled="").filter(judged_by=None).count():
        raise RuleBroken("SAMPLE_OPEN", _("还有 {n} 笔抽查没有看过，请先逐笔核对。", n=open_ones))
    if actor.user_id is not None and computed.filter(person__in=Person.objects.filter(user=actor.user_id)).exists():
        raise RuleBroken("OWN_CASE", _("这一轮里有您自己的报销，请交给同事复核，或者先把它暂缓。"))
    if actor.user_id is not None and computed.filter(brought_by=actor.user_id).exists():
        raise RuleBroken("FOUR_EYES", _("这一轮里有您自己匹配或恢复办理的报销，请交给同事复核。"))
    if not computed.exists():
        raise RuleBroken("NOTHING_TO_PAY", _("这一轮没有可以付款的报销。"))
    cases.approve_case(round_=round_, actor=actor, decision=decision)
    changes = {"approved_by_id": actor.user_id}
    return lifecycle.apply(round_, RoundEvent.APPROVE_ROUND, actor=actor, decision=decision, changes=changes)


@transaction.atomic()
def call_off_round(*, public_id: str, reason: str, actor: Actor) -> Round:
    """Pay none of it; what it used of people's years is given back. Raises as :func:`approve_round`, REASON_NEEDED."""
    round_ = locked(actor, public_id)
    decision = policies.may_decide(actor, round_).require()
    round_.MACHINE.require(round_.state, RoundEvent.CALL_OFF_ROUND)
    reason = require_reason(reason)
    take_turn(round_.programme)
    cases.drop_all(round_, reason=reason, actor=actor, decision=decision)
    return lifecycle.apply(round_, RoundEvent.CALL_OFF_ROUND, actor=actor, decision=decision, reason=reason)


def locked(actor: Actor, public_id: str) -> Round:
    """The round under its lock. Raises NotFound."""
    found = policies.visible_rounds(actor).select_for_update(of=("self",)).filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found


def reviewing(round_: Round) -> None:
    """Raises RuleBroken ROUND_OVER when the round has been decided."""
    if round_.state != RoundState.REVIEWING:
        raise RuleBroken("ROUND_OVER", _("这一轮已经复核完，不能再改动。"))
