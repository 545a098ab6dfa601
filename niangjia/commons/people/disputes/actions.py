"""What moves a dispute after it was raised: answer, pass on, decide, confirm, send back, ask again, withdraw.

Order of locks: the dispute, then both persons in order of id, then accounts and merges.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction

from niangjia.commons.people.disputes import due, holders, policies, raising, recycled, rules, settling, telling
from niangjia.commons.people.disputes.models import Dispute
from niangjia.commons.people.disputes.states import DISPUTE, Answer, DisputeEvent, DisputeKind, Outcome
from niangjia.commons.people.merging import actions as merging
from niangjia.commons.people.merging.states import Entry
from niangjia.commons.people.models import Membership, Person
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, RuleBroken
from niangjia.kernel.policy import Decision
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.accounts import phones
from niangjia.platform.accounts.models import User
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices.kinds import looks_personal

WITHDRAWABLE = tuple(state for state, event, move in DISPUTE.cells() if event == DisputeEvent.WITHDRAW and move)
"""States from which a dispute may be taken back."""


@transaction.atomic()
def answer(
    *, public_id: str, answer: str, note: str = "", right_number: str = "", papers: Sequence[Any] = (), actor: Actor
) -> Dispute:
    """What the present holder says, with what they can show; once, and until the union has decided.

    Raises NotFound, NotAllowed, InvalidMove, Conflict ANSWERED_ALREADY, RuleBroken (DISPUTE_ANSWER, PAPER_NEEDED,
    ID_INVALID, NOTHING_CHANGES), TooLarge and RuleBroken of a paper.
    """
    dispute = _locked(actor, public_id)
    decision = policies.may_answer(actor, dispute).require()
    dispute.MACHINE.require(dispute.state, DisputeEvent.ANSWER)
    if dispute.answer:
        raise Conflict("ANSWERED_ALREADY", _("您已经答复过，工会正在核实。"))
    said, kind = rules.known_answer(answer), DisputeKind(dispute.kind)
    right = _right_number(dispute, said, right_number, papers)
    signs_in = _signs_in_by(actor, dispute)
    rules.require_answer_shown(said, kind, signs_in_by_it=signs_in, papers=len(papers), note=raising.short(note))
    raising.add_papers(dispute, papers, actor, by_holder=True)
    changes = {
        "answer": said.value, "answered_at": clock.now(), "holder_signs_in": signs_in,
        "holder_note": raising.short(note), "right_number": right,
    }  # fmt: skip
    data = {"answer": said.value}
    return lifecycle.apply(dispute, DisputeEvent.ANSWER, actor=actor, decision=decision, changes=changes, data=data)


@transaction.atomic()
def pass_on(*, public_id: str, actor: Actor) -> Dispute:
    """The holder let the days pass: the union decides without them. Called by the nightly job.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken STILL_TIME.
    """
    dispute = _locked(actor, public_id)
    decision = policies.may_decide(actor, dispute).require()
    dispute.MACHINE.require(dispute.state, DisputeEvent.PASS_ON)
    if not due.is_over(dispute):
        raise RuleBroken("STILL_TIME", _("登记人的答复期限还没有到。"))
    return lifecycle.apply(dispute, DisputeEvent.PASS_ON, actor=actor, decision=decision)


@transaction.atomic()
def decide(*, public_id: str, outcome: str, reason: str, right_number: str = "", actor: Actor) -> Dispute:
    """Decide by what both sides show. What its holder did not agree to is only proposed: another officer confirms it.

    ``right_number`` is the holder's own, for an ID number; without one it is taken off the holder's entry. Two entries
    of one human being become a merge that a colleague approves by its plan. Raises NotFound, NotAllowed (OWN_CASE),
    InvalidMove, RuleBroken (DISPUTE_OUTCOME, REASON_NEEDED, REASON_PERSONAL, ID_INVALID), Conflict (DISPUTE_CHANGED,
    ASKER_GONE, STAFF_ACCOUNT, IDENTITY_TAKEN, MERGE_BLOCKED, MERGE_OPEN).
    """
    dispute = _locked(actor, public_id)
    decision = policies.may_decide(actor, dispute).require()
    dispute.MACHINE.require(dispute.state, DisputeEvent.PROPOSE)
    kind = DisputeKind(dispute.kind)
    settling.know_asker(dispute)
    chosen = rules.known_outcome(outcome, kind, may_join=settling.may_join(dispute))
    said, right = _reason(reason), rules.right_number(right_number, str(dispute.value))
    if chosen is Outcome.REFUSE:
        return _refuse(dispute, said, actor, decision)
    settling.require_unchanged(dispute)
    if chosen is Outcome.JOIN and dispute.person is not None:
        return _merge(dispute, said, actor, decision)
    agreed = dispute.answer == Answer.RELEASED and right == str(dispute.right_number)
    held = dispute.holder_id is not None or dispute.holder_user_id is not None
    if rules.takes_two(chosen, held=held, agreed=agreed):
        return _propose(dispute, chosen, said, right, actor, decision)
    dispute.right_number = right
    dispute.save(update_fields=["right_number"])
    return _settle(dispute, chosen, actor, decision, said)


@transaction.atomic()
def confirm(*, public_id: str, actor: Actor) -> Dispute:
    """Agree with what a colleague proposed; it is done at once. Raises NotFound, NotAllowed (OWN_PROPOSAL, OWN_CASE),
    InvalidMove, Conflict as :func:`decide`."""
    dispute = _locked(actor, public_id)
    decision = policies.may_confirm(actor, dispute).require()
    dispute.MACHINE.require(dispute.state, DisputeEvent.SEND_BACK)
    return _settle(dispute, Outcome(dispute.outcome), actor, decision, dispute.answer_reason)


@transaction.atomic()
def send_back(*, public_id: str, reason: str, actor: Actor) -> Dispute:
    """Disagree with what was proposed; nothing changes. Raises NotFound, NotAllowed, InvalidMove, RuleBroken of the
    reason. Who proposed it may take it back in the same way."""
    dispute = _locked(actor, public_id)
    decision = policies.may_decide(actor, dispute).require()
    said = _reason(reason)
    changes = {"outcome": "", "proposed_by_id": None, "answer_reason": said}
    return lifecycle.apply(
        dispute, DisputeEvent.SEND_BACK, actor=actor, decision=decision, reason=said, changes=changes
    )


@transaction.atomic()
def ask_again(*, public_id: str, actor: Actor) -> Dispute:
    """The number stands with somebody else by now: ask them. Raises NotFound, NotAllowed, InvalidMove, RuleBroken
    DISPUTE_SAME_HOLDER."""
    dispute = _locked(actor, public_id)
    decision = policies.may_decide(actor, dispute).require()
    dispute.MACHINE.require(dispute.state, DisputeEvent.ASK_AGAIN)
    if not settling.holder_changed(dispute):
        raise RuleBroken("DISPUTE_SAME_HOLDER", _("号码还登记在原处，不用再问。"))
    raising.aim(dispute, holders.of(DisputeKind(dispute.kind), str(dispute.value), asked_by=dispute.asked_by_id))
    changes = {
        "holder_id": dispute.holder_id, "holder_user_id": dispute.holder_user_id, "holder_key": dispute.holder_key,
        "union_id": dispute.union_id, "answer": "", "answered_at": None, "holder_signs_in": False,
        "holder_note": "", "right_number": "",
    }  # fmt: skip
    lifecycle.apply(dispute, DisputeEvent.ASK_AGAIN, actor=actor, decision=decision, changes=changes)
    return raising.ask_or_pass_on(dispute, actor)


@transaction.atomic()
def withdraw(*, public_id: str, actor: Actor) -> Dispute:
    """Take it back; nothing changes, and a phone that left its account returns. Raises NotFound, NotAllowed,
    InvalidMove."""
    dispute = _locked(actor, public_id)
    decision = policies.may_withdraw(actor, dispute).require()
    dispute.MACHINE.require(dispute.state, DisputeEvent.WITHDRAW)
    recycled.put_back(dispute, actor)
    return lifecycle.apply(
        dispute, DisputeEvent.WITHDRAW, actor=actor, decision=decision, notices=telling.kept(dispute)
    )


def _propose(dispute: Dispute, outcome: Outcome, reason: str, right: str, actor: Actor, decision: Decision) -> Dispute:
    changes = {
        "outcome": outcome.value, "proposed_by_id": actor.user_id, "answer_reason": reason, "right_number": right,
    }  # fmt: skip
    data = {"outcome": outcome.value}
    return lifecycle.apply(
        dispute, DisputeEvent.PROPOSE, actor=actor, decision=decision, reason=reason, changes=changes, data=data
    )


_DOING: Mapping[Outcome, tuple[Callable[[Dispute, Actor], None], str]] = {
    Outcome.MOVE: (settling.move, DisputeEvent.MOVE),
    Outcome.CORRECT: (settling.correct, DisputeEvent.CORRECT),
    Outcome.JOIN: (settling.link, DisputeEvent.JOIN),
}


def _settle(dispute: Dispute, outcome: Outcome, actor: Actor, decision: Decision, reason: str) -> Dispute:
    do, event = _DOING[outcome]
    do(dispute, actor)
    return lifecycle.apply(
        dispute,
        event,
        actor=actor,
        decision=decision,
        reason=reason,
        changes={"outcome": outcome.value, "decided_by_id": actor.user_id, "answer_reason": reason},
        notices=telling.settled(dispute, outcome),
        data={"answer": dispute.answer},
    )


def _refuse(dispute: Dispute, reason: str, actor: Actor, decision: Decision) -> Dispute:
    changes = {"outcome": Outcome.REFUSE.value, "decided_by_id": actor.user_id, "answer_reason": reason}
    told = telling.refused(dispute)
    recycled.put_back(dispute, actor)
    return lifecycle.apply(
        dispute, DisputeEvent.REFUSE, actor=actor, decision=decision, reason=reason, changes=changes, notices=told
    )


def _merge(dispute: Dispute, reason: str, actor: Actor, decision: Decision) -> Dispute:
    """Both have entries: one becomes the other in the way of all merges; the asker's phone is the one to sign in by,
    for a ward the disputed one, or what there is."""
    asker, holder = dispute.person, dispute.holder
    assert asker is not None and holder is not None  # noqa: S101, PT018 - the outcome is offered only then
    changes = {"outcome": Outcome.JOIN.value, "proposed_by_id": actor.user_id, "answer_reason": reason}
    lifecycle.apply(dispute, DisputeEvent.MERGE, actor=actor, decision=decision, reason=reason, changes=changes)
    kept, merged = _who_stays(asker, holder)
    phone_of = _whose_phone(dispute, asker, holder)
    choices = {"phone": (Entry.KEPT if kept.pk == phone_of.pk else Entry.MERGED).value}
    dispute.merge = merging.propose(
        kept=kept.public_id, merged=merged.public_id, choices=choices, reason=reason, actor=actor
    )
    dispute.save(update_fields=["merge"])
    return dispute


def _who_stays(asker: Person, holder: Person) -> tuple[Person, Person]:
    """The entry with a membership, else that of the holder, which is the older one."""
    member = {pk: Membership.objects.current().filter(person=pk).exists() for pk in (asker.pk, holder.pk)}
    return (asker, holder) if member[asker.pk] and not member[holder.pk] else (holder, asker)


def _whose_phone(dispute: Dispute, asker: Person, holder: Person) -> Person:
    if not dispute.for_ward:
        return asker
    disputed = dispute.kind == DisputeKind.PHONE and bool(holder.phone_index)
    return holder if disputed or not asker.phone_index else asker


def _right_number(dispute: Dispute, said: Answer, given: str, papers: Sequence[Any]) -> str:
    """The holder's own number, which a photo must show. Raises RuleBroken (ID_INVALID, NOTHING_CHANGES,
    PAPER_NEEDED)."""
    if said is not Answer.RELEASED or dispute.kind != DisputeKind.ID_NUMBER:
        return ""
    found = rules.right_number(given, str(dispute.value))
    if found:
        rules.require_evidence(DisputeKind.ID_NUMBER, proven=False, papers=len(papers))
    return found


def _signs_in_by(actor: Actor, dispute: Dispute) -> bool:
    if dispute.kind != DisputeKind.PHONE:
        return False
    index = phones.index_of(str(dispute.value))
    return User.objects.filter(pk=actor.user_id or 0, phone_index=index).exists()


def _locked(actor: Actor, public_id: str) -> Dispute:
    rows = policies.visible_disputes(actor).select_for_update(of=("self",))
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found  # type: ignore[no-any-return]


def _reason(reason: str) -> str:
    said = require_reason(reason)
    if looks_personal(said):
        sentence = _("理由里不要写证件号和手机号。")
        raise RuleBroken("REASON_PERSONAL", sentence, fields={"reason": [sentence]})
    return said
