"""A case that was held back is taken up again: computed by what the year came to since, looked at by another."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from niangjia.kernel.actor import Actor
from niangjia.kernel.reasons import require_reason
from niangjia.platform.lifecycle import lifecycle
from niangjia.services.reimbursement import cases, parameters, policies, rounds, rules
from niangjia.services.reimbursement.feeds import known
from niangjia.services.reimbursement.models import Case, Round
from niangjia.services.reimbursement.rules import Before
from niangjia.services.reimbursement.states import CaseEvent, RoundState


@transaction.atomic()
def take_up(*, public_id: str, reason: str, actor: Actor) -> Case:
    """Take a case up again. It stays in its round while that is being looked at, else it goes into the open round of
    cases brought by hand. Raises NotFound, NotAllowed (NO_OFFICE_HERE, OWN_CASE), InvalidMove, RuleBroken
    REASON_NEEDED."""
    round_ = _held_with_its_turn(actor, public_id)
    case = cases.locked(actor, public_id)
    decision = policies.may_take_up(actor, case).require()
    case.MACHINE.require(case.state, CaseEvent.TAKE_UP)
    reason = require_reason(reason)
    changes = {**_computed(case), "round_id": _round_for(round_, actor), "judged_by_id": None}
    changes |= {"brought_by_id": actor.user_id, "sampled": "hand" if changes["fen"] else ""}
    taken = lifecycle.apply(
        case, CaseEvent.TAKE_UP, actor=actor, decision=decision, reason=reason, changes=changes,
        data={"fen": changes["fen"]},
    )  # fmt: skip
    if not taken.fen:
        cases.find_nothing(found=[taken], actor=actor)
    return taken


def _computed(case: Case) -> dict[str, Any]:
    """What it is worth now: what it had used was given back when it was held back."""
    year = (case.person_id, case.year)
    before = known.used(case.programme, [case.person_id]).get(year, Before())
    rates = parameters.rates(case.programme, case.round.union_id, case.to_day)
    result = rules.compute(rates, before, case.self_paid_fen)
    return {"fen": result.fen, "document": rules.document_of(rates, before, result)}


def _held_with_its_turn(actor: Actor, public_id: str) -> Round:
    """Round, turn, case: the order in which a round that is called off takes them."""
    key = policies.visible_cases(actor).filter(public_id=public_id).values_list("round_id", flat=True).first()
    if key is None:
        raise policies.not_found()
    held: Round = Round.objects.select_for_update().get(pk=key)
    rounds.take_turn(held.programme)
    return held


def _round_for(round_: Round, actor: Actor) -> int:
    if round_.state == RoundState.REVIEWING:
        return round_.pk
    return rounds.by_hand(union_id=round_.union_id, programme=round_.programme, actor=actor).pk
