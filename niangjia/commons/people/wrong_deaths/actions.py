"""Everything that changes the undoing of a death: propose, approve, refuse, withdraw.

Order of locks: the case, the person, the membership, the card.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction

from niangjia.commons.people import policies as people_policies
from niangjia.commons.people import restoring
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.states import MembershipEvent, MembershipState
from niangjia.commons.people.wrong_deaths import policies
from niangjia.commons.people.wrong_deaths.models import WrongDeath
from niangjia.commons.people.wrong_deaths.states import WrongDeathEvent
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, RuleBroken
from niangjia.kernel.policy import Decision
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices.kinds import looks_personal


@transaction.atomic()
def propose(*, person: str, reason: str, actor: Actor) -> WrongDeath:
    """Say that a person, by the public id, is alive; another officer decides. Nothing changes before.

    Raises NotFound, NotAllowed, RuleBroken (NO_DEATH, REASON_NEEDED, REASON_PERSONAL), Conflict WRONG_DEATH_OPEN.
    """
    membership = death_of(person, actor)
    decision = policies.may_propose(actor, membership).require()
    said = _reason(reason)
    case = WrongDeath(
        person=membership.person,
        membership=membership,
        union=membership.union,
        reason=said,
        proposed_by_id=actor.user_id,
    )
    try:
        with transaction.atomic():
            return lifecycle.open(case, actor=actor, decision=decision, reason=said)
    except IntegrityError as error:
        raise Conflict("WRONG_DEATH_OPEN", _("已经有同事提出撤销，请先复核那一件。")) from error


@transaction.atomic()
def approve(*, public_id: str, actor: Actor) -> WrongDeath:
    """Undo the death: membership, account, card and stock as if it had not been recorded; who was told is told again.

    Raises NotFound, NotAllowed (OWN_PROPOSAL, OWN_CASE), InvalidMove, RuleBroken ENDED_OTHERWISE, Conflict
    (ALREADY_MEMBER, UNION_CLOSED, STALE).
    """
    case = _locked(public_id, actor)
    decision = policies.may_decide(actor, case).require()
    case.MACHINE.require(case.state, WrongDeathEvent.APPROVE)
    death = MembershipEvent.RECORD_DEATH
    restoring.restore(case.membership, ended_by=death, actor=actor, decision=decision, reason=case.reason)
    return _apply(case, WrongDeathEvent.APPROVE, actor, decision)


@transaction.atomic()
def refuse(*, public_id: str, reason: str, actor: Actor) -> WrongDeath:
    """Leave the death as it is recorded. Raises NotFound, NotAllowed, InvalidMove, RuleBroken of the reason."""
    case = _locked(public_id, actor)
    decision = policies.may_decide(actor, case).require()
    return _apply(case, WrongDeathEvent.REFUSE, actor, decision, _reason(reason))


@transaction.atomic()
def withdraw(*, public_id: str, actor: Actor) -> WrongDeath:
    """Take a proposal back. Raises NotFound, NotAllowed, InvalidMove."""
    case = _locked(public_id, actor)
    decision = policies.may_withdraw(actor, case).require()
    return lifecycle.apply(case, WrongDeathEvent.WITHDRAW, actor=actor, decision=decision)


def death_of(person: str, actor: Actor) -> Membership:
    """The membership of a person in the actor's sight that ended by a death. Raises NotFound, RuleBroken NO_DEATH."""
    seen: Person | None = people_policies.visible_people(actor).filter(public_id=person, erased_at=None).first()
    if seen is None:
        raise people_policies.not_found()
    rows = Membership.objects.filter(person=seen).select_related("person", "union")
    last = rows.order_by("-pk").first()
    if last is None or last.state != MembershipState.ENDED or last.ended_by != MembershipEvent.RECORD_DEATH:
        raise RuleBroken("NO_DEATH", _("这个人没有登记去世，不用撤销。"))
    return last  # type: ignore[no-any-return]


def _apply(case: WrongDeath, event: WrongDeathEvent, actor: Actor, decision: Decision, reason: str = "") -> WrongDeath:
    changes = {"answer_reason": reason, "decided_by_id": actor.user_id}
    return lifecycle.apply(case, event, actor=actor, decision=decision, reason=reason, changes=changes)


def _locked(public_id: str, actor: Actor) -> WrongDeath:
    rows = policies.visible_cases(actor).select_for_update(of=("self",))
    held = rows.select_related("membership__person", "membership__union", "person", "union")
    found = held.filter(public_id=public_id).first()
    if found is None:
        raise policies.no_such_case()
    return found  # type: ignore[no-any-return]


def _reason(reason: str) -> str:
    said = require_reason(reason)
    if looks_personal(said):
        sentence = _("理由里不要写证件号和手机号。")
        raise RuleBroken("REASON_PERSONAL", sentence, fields={"reason": [sentence]})
    return said
