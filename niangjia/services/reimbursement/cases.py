"""What becomes of cases: opened in bulk, looked at by sample, agreed to, paid, held back or dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from niangjia.commons.ledger import write as ledger
from niangjia.commons.people.models import Person
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.money import yuan
from niangjia.kernel.policy import Decision, allow
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.audit import entries
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.lifecycle.lifecycle import Effects
from niangjia.platform.notices.kinds import Notice, NoticeKind
from niangjia.services.reimbursement import notices, parameters, paying, policies, records, rules
from niangjia.services.reimbursement.models import Case, Round
from niangjia.services.reimbursement.states import CaseEvent, CaseState

AT_ONCE = 5000


@dataclass(frozen=True)
class Sample:
    """By what a round draws the cases that are looked at twice."""

    seed: str
    per_mille: int
    from_fen: int

    @classmethod
    def of(cls, round_: Round) -> Sample:
        day = clock.today()
        per_mille, from_fen = (
            parameters.number(code, round_.union_id, day) for code in ("sample_per_mille", "sample_from_fen")
        )
        return cls(round_.seed, per_mille, from_fen)

    def why(self, transaction_number: str, fen: int) -> str:
        """``amount``, ``chance`` or empty."""
        given = {"per_mille": self.per_mille, "from_fen": self.from_fen}
        return rules.is_sampled(self.seed, transaction_number, fen, **given) if fen else ""


def compute(*, made: Sequence[Case], actor: Actor) -> list[Case]:
    """Store computed cases, in the caller's transaction and turn; those that come to nothing end at once."""
    opened = lifecycle.open_many(made, actor=actor, decision=allow("computed"))
    nothing = [case for case in opened if not case.fen]
    if nothing:
        find_nothing(found=nothing, actor=actor)
    return opened


def find_nothing(*, found: Sequence[Case], actor: Actor) -> list[Case]:
    """End cases of which nothing is given back, in the caller's transaction; the member sees why."""
    return lifecycle.apply_many(found, CaseEvent.FIND_NOTHING, actor=actor, decision=allow("computed"))


@transaction.atomic()
def clear(*, public_id: str, actor: Actor) -> Case:
    """A sampled case was looked at and is right. Raises NotFound, NotAllowed, RuleBroken (ROUND_OVER, OWN_CASE)."""
    case = locked(actor, public_id)
    decision = policies.may_judge(actor, case).require()
    if case.state != CaseState.COMPUTED:
        raise RuleBroken("ROUND_OVER", _("这一笔已经处理过了。"))
    case.judged_by_id = actor.user_id
    case.save(update_fields=["judged_by"])
    entries.record(
        actor, "reimbursement.case.clear", subject_type=case.subject_type, subject_id=case.public_id,
        subject_key=case.owner_key, node_id=case.union_id, ground=decision.ground,
    )  # fmt: skip
    return case


@transaction.atomic()
def withhold(*, public_id: str, reason: str, actor: Actor) -> Case:
    """Hold a case back from its round. Raises NotFound, NotAllowed, InvalidMove, RuleBroken REASON_NEEDED."""
    case = locked(actor, public_id)
    decision = policies.may_judge(actor, case).require()
    changes = {"judged_by_id": actor.user_id}
    return lifecycle.apply(
        case, CaseEvent.WITHHOLD, actor=actor, decision=decision, reason=require_reason(reason), changes=changes
    )


@transaction.atomic()
def drop(*, public_id: str, reason: str, actor: Actor) -> Case:
    """Do not pay a case at all; the same transaction may come again. Raises as :func:`withhold`."""
    case = locked(actor, public_id)
    decision = policies.may_judge(actor, case).require()
    return lifecycle.apply(case, CaseEvent.DROP, actor=actor, decision=decision, reason=require_reason(reason))


def approve_case(*, round_: Round, actor: Actor, decision: Decision) -> int:
    """Agree to every computed case of a round and ask for its payment, in the caller's transaction; how many."""
    done = 0
    for some in _batches(round_, CaseState.COMPUTED):
        approved = lifecycle.apply_many(
            some, CaseEvent.APPROVE_CASE, actor=actor, decision=decision,
            effects_for=lambda case: Effects(notices=_told(notices.APPROVED, case)),
        )  # fmt: skip
        paying.request_many(approved, actor=actor)
        done += len(approved)
    return done


def drop_all(round_: Round, *, reason: str, actor: Actor, decision: Decision) -> int:
    """Drop every case of a round that is not decided, in the caller's transaction; how many."""
    done = 0
    for state in (CaseState.COMPUTED, CaseState.WITHHELD):
        for some in _batches(round_, state):
            done += len(lifecycle.apply_many(some, CaseEvent.DROP, actor=actor, decision=decision, reason=reason))
    return done


def _batches(round_: Round, state: CaseState) -> Any:
    """The cases of a round in one state, in order of id; each batch must leave the state."""
    rows = Case.objects.filter(round=round_, state=state).order_by("pk")
    while some := list(rows.select_for_update(of=("self",))[:AT_ONCE]):
        yield _with_people(some)


def _with_people(found: Sequence[Case]) -> Sequence[Case]:
    """The cases with person, round and its union, each loaded once for all that share it."""
    people = Person.objects.in_bulk({case.person_id for case in found})
    rounds = Round.objects.select_related("union").in_bulk({case.round_id for case in found})
    for case in found:
        case.person, case.round = people[case.person_id], rounds[case.round_id]
    return found


@transaction.atomic()
def enter_payment_file(*, source_ids: Sequence[str], actor: Actor) -> None:
    """These went into a file for the bank."""
    _moved(source_ids, CaseEvent.ENTER_PAYMENT_FILE, actor, lambda _case: Effects())


@transaction.atomic()
def pay(*, source_ids: Sequence[str], actor: Actor) -> None:
    """The bank paid these: they count from now on."""
    day = clock.today()
    _moved(
        source_ids, CaseEvent.PAY, actor,
        lambda case: Effects(records=records.paid(case, day), notices=_told(notices.PAID, case)),
    )  # fmt: skip


@transaction.atomic()
def fail_payment(*, source_ids: Sequence[str], actor: Actor) -> None:
    """The bank could not pay these, or the money came back; what was counted is taken back."""
    paid_ones = Case.objects.filter(public_id__in=source_ids, state=CaseState.PAID).values_list("pk", flat=True)
    ledger.reverse_many("reimbursement.case", sorted(paid_ones), at=clock.now())
    _moved(source_ids, CaseEvent.FAIL_PAYMENT, actor, lambda case: Effects(notices=_told(notices.PAYMENT_FAILED, case)))


@transaction.atomic()
def leave_payment_file(*, source_ids: Sequence[str], actor: Actor) -> None:
    """These do not stand in a file any more and wait again."""
    _moved(source_ids, CaseEvent.LEAVE_PAYMENT_FILE, actor, lambda _case: Effects())


@transaction.atomic()
def retry_payment(*, source_ids: Sequence[str], actor: Actor) -> None:
    """These are tried again with another account."""
    _moved(source_ids, CaseEvent.RETRY_PAYMENT, actor, lambda _case: Effects())


@transaction.atomic()
def forgo_payment(*, source_ids: Sequence[str], actor: Actor) -> None:
    """These will not be paid: their payment was cancelled."""
    _moved(source_ids, CaseEvent.FORGO_PAYMENT, actor, lambda _case: Effects())


def _moved(source_ids: Sequence[str], event: CaseEvent, actor: Actor, effects_for: Any) -> None:
    """Move those that the event can move; the others have been there already."""
    decision = policies.may_hear_of_money(actor).require()
    for start in range(0, len(source_ids), AT_ONCE):
        rows = Case.objects.filter(public_id__in=source_ids[start : start + AT_ONCE]).order_by("pk")
        found = [case for case in rows.select_for_update(of=("self",)) if case.MACHINE.find(case.state, event)]
        if found:
            lifecycle.apply_many(_with_people(found), event, actor=actor, decision=decision, effects_for=effects_for)


def locked(actor: Actor, public_id: str) -> Case:
    """The case under its lock. Raises NotFound."""
    rows = policies.visible_cases(actor).select_related("round", "round__union", "person")
    found: Case | None = rows.select_for_update(of=("self",)).filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found


def _told(kind: NoticeKind, case: Case) -> list[Notice]:
    user = case.person.user_id
    return [Notice(kind, user, {"sum": yuan(case.fen)})] if user is not None else []
