"""Condolence payments beside claims: one proposes, another grants, the bank pays."""

from __future__ import annotations

from django.db import transaction

from niangjia.commons.ledger import write
from niangjia.commons.payments import actions as payments
from niangjia.commons.payments.actions import Payee
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.policies import is_own_or_kin
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound, RuleBroken
from niangjia.kernel.money import yuan
from niangjia.kernel.text import Text, _
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices.kinds import Notice
from niangjia.services.protection import notices, parameters, policies, records, rules
from niangjia.services.protection.claim_models import Condolence
from niangjia.services.protection.models import Plan
from niangjia.services.protection.sealing import SEALED_REASON, require_words
from niangjia.services.protection.states import CondolenceEvent

SOURCE = "protection.condolence"
"""Under which payments know condolences."""

OCCASIONS: dict[str, Text] = {
    "illness": _("患病住院"),
    "injury": _("意外受伤"),
    "bereavement": _("亲人去世"),
    "disaster": _("家庭受灾"),
}
"""For what a condolence may be given."""


@transaction.atomic()
def propose(
    *, plan_id: int, person_id: int, occasion: str, fen: int, bank_account: str, words: str = "", actor: Actor
) -> Condolence:
    """Propose a sum. Raises NotFound, NotAllowed, RuleBroken (OCCASION, CONDOLENCE_SUM, CARD_NUMBER, NO_UNION)."""
    plan = Plan.objects.select_related("union").filter(pk=plan_id).first()
    person = Person.objects.canonical().filter(pk=person_id, erased_at=None).first()
    if plan is None or person is None:
        raise NotFound("PERSON_NOT_FOUND", _("没有找到这个人。"))
    union_id = _union_of(person)
    decision = policies.may_propose_condolence(actor, union_id).require()
    if is_own_or_kin(actor, person.pk):
        raise RuleBroken("OWN_CASE", _("不能为自己或亲属提议慰问金，请交给同事。"))
    _require_sound(occasion, fen, plan.union_id)
    condolence = Condolence(
        plan=plan, person=person, owner_key=person.public_id, union_id=union_id, occasion=occasion, fen=fen,
        proposed_by_id=actor.user_id,
    )  # fmt: skip
    condolence.words, condolence.bank_account = " ".join(words.split())[:300], rules.require_luhn(bank_account)
    return lifecycle.open(condolence, actor=actor, decision=decision, data={"fen": fen, "occasion": occasion})


@transaction.atomic()
def grant(*, public_id: str, actor: Actor) -> Condolence:
    """Agree; the payment is requested. Raises NotFound, NotAllowed FOUR_EYES, InvalidMove, RuleBroken FUND_MISSING."""
    condolence = _locked(actor, public_id)
    decision = policies.may_grant_condolence(actor, condolence).require()
    lifecycle.apply(
        condolence, CondolenceEvent.GRANT, actor=actor, decision=decision, changes={"granted_by_id": actor.user_id}
    )
    payments.request(
        source_type=SOURCE, source_id=condolence.public_id, union=condolence.plan.union, fund=condolence.plan.fund,
        payee=Payee(condolence.person, bank_account=str(condolence.bank_account)), fen=condolence.fen, actor=actor,
    )  # fmt: skip
    return condolence


@transaction.atomic()
def decline(*, public_id: str, reason: str, actor: Actor) -> Condolence:
    """Do not agree. Raises NotFound, NotAllowed, InvalidMove, RuleBroken REASON_NEEDED."""
    condolence = _locked(actor, public_id)
    decision = policies.may_grant_condolence(actor, condolence).require()
    changes = {"answer_reason": require_words(reason)}
    return lifecycle.apply(
        condolence, CondolenceEvent.DECLINE, actor=actor, decision=decision, reason=SEALED_REASON, changes=changes
    )


@transaction.atomic()
def send_condolence(*, public_id: str, actor: Actor) -> Condolence:
    """The payment went into a file for the bank. Raises NotFound, NotAllowed, InvalidMove."""
    return _moved_by_money(public_id, CondolenceEvent.SEND_CONDOLENCE, actor)


@transaction.atomic()
def pay_condolence(*, public_id: str, actor: Actor) -> Condolence:
    """The bank paid: the sum counts from now on. Raises NotFound, NotAllowed, InvalidMove."""
    return _moved_by_money(public_id, CondolenceEvent.PAY_CONDOLENCE, actor)


@transaction.atomic()
def fail_condolence(*, public_id: str, cause: str, actor: Actor) -> Condolence:
    """The bank could not pay, or the money came back: then it no longer counts. Raises NotFound, NotAllowed,
    InvalidMove."""
    condolence = _moved_by_money(public_id, CondolenceEvent.FAIL_CONDOLENCE, actor, cause)
    write.reverse(SOURCE, condolence.pk, at=clock.now(), measures=[records.CONDOLED])
    return condolence


@transaction.atomic()
def recall_condolence(*, public_id: str, actor: Actor) -> Condolence:
    """Out of the file again, or to be tried with another account. Raises NotFound, NotAllowed, InvalidMove."""
    return _moved_by_money(public_id, CondolenceEvent.RECALL_CONDOLENCE, actor)


@transaction.atomic()
def forgo_condolence(*, public_id: str, reason: str, actor: Actor) -> Condolence:
    """It will not be paid after all. Raises NotFound, NotAllowed, InvalidMove."""
    return _moved_by_money(public_id, CondolenceEvent.FORGO_CONDOLENCE, actor, reason)


def _moved_by_money(public_id: str, event: CondolenceEvent, actor: Actor, cause: str = "") -> Condolence:
    condolence = _locked(actor, public_id)
    decision = policies.may_hear_of_money(actor).require()
    paid = event == CondolenceEvent.PAY_CONDOLENCE
    told = [Notice(notices.CONDOLENCE_PAID, condolence.person.user_id, {"sum": yuan(condolence.fen)})] if paid else []
    return lifecycle.apply(
        condolence,
        event,
        actor=actor,
        decision=decision,
        reason=cause,
        records=[records.condoled(condolence)] if paid else [],
        notices=told,
    )


def _locked(actor: Actor, public_id: str) -> Condolence:
    rows = policies.visible_condolences(actor).select_related("plan", "plan__union", "person", "union")
    found = rows.select_for_update(of=("self",)).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("CONDOLENCE_NOT_FOUND", _("没有找到这笔慰问金。"))
    return found


def _union_of(person: Person) -> int:
    found = Membership.objects.current().filter(person=person).values_list("union_id", flat=True).first()
    if found is None:
        raise RuleBroken("NO_UNION", _("这个人现在不是会员，没有工会可以办理慰问。"))
    return int(found)


def _require_sound(occasion: str, fen: int, union_id: int) -> None:
    if occasion not in OCCASIONS:
        text = _("请选择慰问的事由。")
        raise RuleBroken("OCCASION", text, fields={"occasion": [text]})
    most = parameters.today("condolence_most_fen", union_id)
    if not 0 < fen <= most:
        text = _("慰问金要大于零、不超过 {most}。", most=yuan(most))
        raise RuleBroken("CONDOLENCE_SUM", text, fields={"fen": [text]})
