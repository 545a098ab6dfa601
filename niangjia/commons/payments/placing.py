"""What people do with a line of the bank's file that nobody could place (:mod:`strays`): one proposes the payment that
it speaks of, another confirms it and the line is counted; or it is set aside with a reason, and taken up again. A late
word "paid" is set aside by two people alone, who have found that the bank is wrong."""

from __future__ import annotations

from django.db import transaction

from niangjia.commons.payments import answering, batches, hands, policies, requesting, rules
from niangjia.commons.payments.models import BankAnswer, Payment, StrayLine
from niangjia.commons.payments.states import COUNTED, Astray, BatchState, StrayEvent, StrayState
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, NotFound, RuleBroken
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import Text, _
from niangjia.platform.lifecycle import lifecycle

AT_THE_BANK = (BatchState.RELEASED.value, BatchState.ANSWERED.value, BatchState.CLOSED.value)
"""States of batches whose payments a bank can have answered."""

SETTLE_INSTEAD = _("银行后来说这笔已付：请打开这笔付款，按页面上的办法核对；银行说错了的，提出搁置，由另一位同事同意。")
_NOBODY: dict[str, None] = {"proposed_by_id": None, "proposed_for_id": None}


def not_found() -> NotFound:
    """The one answer for what does not exist and for what is out of sight."""
    return NotFound("STRAY_NOT_FOUND", _("没有找到这条回盘结果。"))


@transaction.atomic()
def propose_place(*, public_id: str, reference: str, reason: str, actor: Actor) -> StrayLine:
    """Say of which payment a line speaks; nothing moves before somebody else has confirmed it.

    Raises NotFound, NotAllowed (also OWN_PAYMENT), InvalidMove, RuleBroken (REASON_NEEDED, and the PLACE_… codes of
    :func:`require_fitting`).
    """
    line = _locked(actor, public_id)
    decision = policies.may_prepare(actor, line.union_id).require()
    line.MACHINE.require(line.state, StrayEvent.PROPOSE_PLACE)
    target = _named(actor, reference)
    policies.may_prepare(actor, target.union_id).require()
    require_fitting(line, target)
    policies.require_nobody_near(actor, target.person_id)
    changes = {"target_id": target.pk, **_proposed(actor, line)}
    return lifecycle.apply(
        line, StrayEvent.PROPOSE_PLACE, actor=actor, decision=decision, reason=require_reason(reason),
        changes=changes, data={"payment": target.number},
    )  # fmt: skip


@transaction.atomic()
def confirm_place(*, public_id: str, actor: Actor) -> StrayLine:
    """Count the line for the payment that was proposed: money, ledger and room follow. Somebody else than who proposed
    it, by user, by ID number, and not as deputy.

    Raises NotFound, NotAllowed (also OWN_PAYMENT), InvalidMove, RuleBroken (SAME_HANDS, IDENTITY_UNKNOWN, PLACE_…).
    """
    seen = policies.visible_strays(actor).select_related("target").filter(public_id=public_id).first()
    if seen is None:
        raise not_found()
    payment = _held(seen.target) if seen.target else None
    line = _locked(actor, public_id)
    decision = policies.may_release(actor, line.union_id).require()
    line.MACHINE.require(line.state, StrayEvent.CONFIRM_PLACE)
    if payment is None or line.target_id != payment.pk:
        raise Conflict("STALE", _("内容已被别人改过，请刷新页面后再操作。"))
    policies.may_release(actor, payment.union_id).require()
    _require_two_people(line, actor)
    policies.require_nobody_near(actor, payment.person_id)
    require_fitting(line, payment)
    moved = lifecycle.apply(
        line, StrayEvent.CONFIRM_PLACE, actor=actor, decision=decision,
        changes={"confirmed_by_id": actor.user_id}, data={"payment": payment.number},
    )  # fmt: skip
    answering.place(line=line, payment=payment, actor=actor, decision=decision)
    return moved


@transaction.atomic()
def decline_place(*, public_id: str, reason: str, actor: Actor) -> StrayLine:
    """Give it back to whoever prepares. Raises NotFound, NotAllowed, InvalidMove, RuleBroken REASON_NEEDED."""
    line = _locked(actor, public_id)
    decision = policies.may_release(actor, line.union_id).require()
    changes = {"target_id": None, **_NOBODY}
    return lifecycle.apply(
        line, StrayEvent.DECLINE_PLACE, actor=actor, decision=decision, reason=require_reason(reason), changes=changes
    )


@transaction.atomic()
def set_aside(*, public_id: str, reason: str, actor: Actor) -> StrayLine:
    """Let nobody look at it any longer; no money moves. Raises NotFound, NotAllowed (also OWN_PAYMENT), InvalidMove,
    RuleBroken (REASON_NEEDED, ASIDE_BY_TWO for a late word)."""
    line = _locked(actor, public_id)
    decision = policies.may_prepare(actor, line.union_id).require()
    line.MACHINE.require(line.state, StrayEvent.SET_ASIDE)
    policies.require_nobody_near(actor, line.about.person_id if line.about else None)
    if line.astray == Astray.PAID_LATE:
        raise RuleBroken(
            "ASIDE_BY_TWO", _("银行说这笔已付，要两个人都核实没有到账才能搁置：请提出搁置，由另一位同事同意。")
        )
    return lifecycle.apply(line, StrayEvent.SET_ASIDE, actor=actor, decision=decision, reason=require_reason(reason))


@transaction.atomic()
def propose_aside(*, public_id: str, reason: str, actor: Actor) -> StrayLine:
    """Say why a line is wrong and shall be set aside; nothing changes before somebody else agrees. Raises NotFound,
    NotAllowed (also OWN_PAYMENT), InvalidMove, RuleBroken REASON_NEEDED."""
    line = _locked(actor, public_id)
    decision = policies.may_prepare(actor, line.union_id).require()
    policies.require_nobody_near(actor, line.about.person_id if line.about else None)
    return lifecycle.apply(
        line, StrayEvent.PROPOSE_ASIDE, actor=actor, decision=decision, reason=require_reason(reason),
        changes=_proposed(actor, line),
    )  # fmt: skip


@transaction.atomic()
def confirm_aside(*, public_id: str, actor: Actor) -> StrayLine:
    """Agree that it is set aside. Of a late word that means that the bank is wrong: the payment that followed goes its
    way, until the bank says "paid" again. Somebody else than who proposed it, as in :func:`confirm_place`.

    Raises NotFound, NotAllowed (also OWN_PAYMENT), InvalidMove, RuleBroken (SAME_HANDS, IDENTITY_UNKNOWN).
    """
    line = _locked(actor, public_id)
    decision = policies.may_release(actor, line.union_id).require()
    line.MACHINE.require(line.state, StrayEvent.CONFIRM_ASIDE)
    _require_two_people(line, actor)
    policies.require_nobody_near(actor, line.about.person_id if line.about else None)
    changes = {"confirmed_by_id": actor.user_id, "found_wrong": line.astray == Astray.PAID_LATE}
    return lifecycle.apply(line, StrayEvent.CONFIRM_ASIDE, actor=actor, decision=decision, changes=changes)


@transaction.atomic()
def decline_aside(*, public_id: str, reason: str, actor: Actor) -> StrayLine:
    """Not agree: it waits again. Raises NotFound, NotAllowed, InvalidMove, RuleBroken REASON_NEEDED."""
    line = _locked(actor, public_id)
    decision = policies.may_release(actor, line.union_id).require()
    return lifecycle.apply(
        line, StrayEvent.DECLINE_ASIDE, actor=actor, decision=decision, reason=require_reason(reason), changes=_NOBODY
    )


@transaction.atomic()
def take_up(*, public_id: str, reason: str, actor: Actor) -> StrayLine:
    """Look at it again; a late word keeps the payment that followed from being made from now on. Raises NotFound,
    NotAllowed, InvalidMove, RuleBroken REASON_NEEDED."""
    line = _locked(actor, public_id)
    decision = policies.may_prepare(actor, line.union_id).require()
    return lifecycle.apply(
        line, StrayEvent.TAKE_UP, actor=actor, decision=decision, reason=require_reason(reason),
        changes={"found_wrong": False, "confirmed_by_id": None, **_NOBODY},
    )  # fmt: skip


def require_fitting(line: StrayLine, payment: Payment) -> None:
    """That a line may be counted for this payment. Raises RuleBroken PLACE_LATE (it has its own way), PLACE_NOT_SENT,
    PLACE_SUM (money arrived, but not this sum), PLACE_COUNTED (it stands there already)."""
    if line.astray == Astray.PAID_LATE:
        raise _refused("PLACE_LATE", SETTLE_INSTEAD)
    if payment.batch is None or payment.batch.state not in AT_THE_BANK:
        raise _refused("PLACE_NOT_SENT", _("这笔付款还没有交给银行，银行的结果不会是它的。"))
    if not line.failed and line.fen is not None and line.fen != payment.fen:
        raise _refused("PLACE_SUM", _("金额和这笔付款不一致，不能记为到账；请联系银行更正。"))
    known = BankAnswer.objects.filter(payment=payment, at=line.at, serial=line.serial, failed=line.failed)
    if (line.astray in COUNTED and line.about_id == payment.pk) or known.exists():
        raise _refused("PLACE_COUNTED", _("银行的这一行已经记在这笔付款上，请对到另一笔，或者搁置。"))


def candidates(actor: Actor, line: StrayLine) -> list[Payment]:
    """At most ten payments of the same batch that wait for the bank's word and would fit."""
    rows = policies.visible_payments(actor).filter(batch=line.batch_id, state="released")
    if line.fen is not None and not line.failed:
        rows = rows.filter(fen=line.fen)
    return list(rows.select_related("person", "account", "batch").order_by("pk")[:10])


_WHAT_TO_DO: dict[str, Text] = {
    Astray.UNKNOWN: _("问银行这是哪一笔；能认出来的对到那笔付款，不是我们付的就搁置。"),
    Astray.ELSEWHERE: _("这一行说的是别的付款：到那一批读入回盘，或者把它对到那笔付款。"),
    Astray.SUM_DIFFERS: _("到账金额和付出的不一样：联系银行更正。更正后的回盘读入后，这一条自动了结。"),
    Astray.DOUBLED: _("已按第一行记账，没有记两次。核对银行流水只有一笔，就写明理由搁置。"),
    Astray.PAID_TWICE: _("银行有两笔已付的流水，这里只记了一次。请联系银行或本人退回一笔；退回的回盘读入后自动了结。"),
    Astray.PAID_LATE: SETTLE_INSTEAD,
}


_WAITS: dict[str, Text] = {
    StrayState.PROPOSED: _(
        "已经提出它是哪一笔付款，理由写在“经过”里。等另一位同事核对以后复核或退回；在那以前钱和付款都不变。"
    ),
    StrayState.ASIDE_PROPOSED: _(
        "已经提出银行说错了、要搁置，理由写在“经过”里。等另一位同事自己核实以后同意或不同意；"
        "在那以前钱和付款都不变，重新办的一笔也不会付出。"
    ),
}
"""What stands there while it waits for a second person."""


def waits_for_another(line: StrayLine) -> bool:
    """Whether one person has said what it is and another must look too."""
    return line.state in _WAITS


def what_to_do(line: StrayLine) -> Text:
    """What whoever looks at a line does next, or whom it waits for."""
    return _WAITS.get(line.state) or _WHAT_TO_DO[Astray(line.astray)]


def _named(actor: Actor, reference: str) -> Payment:
    rows = policies.visible_payments(actor).select_related("batch", "account")
    found: Payment | None = rows.filter(pk=rules.serial_of(reference) or 0).first()
    if found is None or found.number != reference.strip().upper():
        raise rules.unknown_reference()
    return found


def _held(payment: Payment) -> Payment:
    """The payment, held after its batch, like everybody does."""
    if payment.batch_id is not None:
        batches.hold(payment.batch_id)
    return requesting.by_ids([payment.pk])[0]


def _locked(actor: Actor, public_id: str) -> StrayLine:
    rows = policies.visible_strays(actor).select_for_update(of=("self",)).select_related("about")
    line = rows.filter(public_id=public_id).first()
    if line is None:
        raise not_found()
    return line


def _proposed(actor: Actor, line: StrayLine) -> dict[str, int | None]:
    """Who proposes, and for whom where they stand in for somebody."""
    stands_for = hands.standing_in_for(actor, line.union_id, Role.FINANCE_PREPARER)
    return {"proposed_by_id": actor.user_id, "proposed_for_id": stands_for}


def _require_two_people(line: StrayLine, actor: Actor) -> None:
    """The system has no hands of its own."""
    if not actor.is_system:
        stands_for = hands.standing_in_for(actor, line.union_id, Role.FINANCE_RELEASER)
        proposer = hands.of(line.proposed_by_id, line.proposed_for_id)
        rules.require_two_people(proposer, hands.of(actor.user_id, stands_for))


def _refused(code: str, sentence: Text) -> RuleBroken:
    return RuleBroken(code, sentence, fields={"reference": [sentence]})
