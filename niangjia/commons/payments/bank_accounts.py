"""Where somebody wants their money: named by themselves, looked at by finance where a parameter says so."""

from __future__ import annotations

from django.db import transaction

from niangjia.commons.payments import notices, parameters, policies, requesting, rules
from niangjia.commons.payments.models import BankAccount
from niangjia.commons.payments.states import BankAccountEvent, BankAccountState
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.unions import tree
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.identifiers import person_name
from niangjia.kernel.policy import Decision, allow
from niangjia.kernel.reasons import require_reason
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices.kinds import Notice

EARLIER = (BankAccountState.IN_USE, BankAccountState.NAMED)


@transaction.atomic()
def name_account(*, person_id: int, bank: str, account_number: str, actor: Actor, holder: str = "") -> BankAccount:
    """Say to which account one's money goes. ``holder`` is one's own name where it is not said.

    Where the parameter asks for four eyes and an account is in use already, finance looks at it first; else it holds
    at once, waiting and failed payments with it. Raises NotFound, NotAllowed, RuleBroken (ACCOUNT_NUMBER, BANK_NAME).
    """
    decision = policies.may_name_account(actor, person_id).require()
    person = Person.objects.select_for_update(of=("self",), no_key=True).filter(pk=person_id).first()
    if person is None:
        raise policies.not_found()
    number = rules.account_number(account_number)
    union_id = _union_of(person)
    account = BankAccount(
        person=person, union_id=union_id, owner_key=person.public_id, bank=rules.bank_name(bank), tail=number[-4:]
    )
    account.holder, account.account_number = person_name(holder or person.name), number
    earlier = _replaceable(person_id)
    changes = any(one.state == BankAccountState.IN_USE for one in earlier)
    looked_at = union_id is not None and changes and parameters.account_needs_four_eyes(union_id, clock.today())
    _replace([one for one in earlier if one.state == BankAccountState.NAMED], actor, decision)
    lifecycle.open(account, actor=actor, decision=decision, data={"tail": account.tail})
    return account if looked_at else _use(account, actor, decision)


@transaction.atomic()
def confirm_account(*, public_id: str, actor: Actor) -> BankAccount:
    """It is the person's: use it. Raises NotFound, NotAllowed, InvalidMove."""
    account = _locked(actor, public_id)
    decision = policies.may_judge_account(actor, account).require()
    return _use(account, actor, decision)


@transaction.atomic()
def refuse_account(*, public_id: str, reason: str, actor: Actor) -> BankAccount:
    """Leave the earlier one. Raises NotFound, NotAllowed, InvalidMove, RuleBroken REASON_NEEDED."""
    account = _locked(actor, public_id)
    decision = policies.may_judge_account(actor, account).require()
    return lifecycle.apply(
        account,
        BankAccountEvent.REFUSE_ACCOUNT,
        actor=actor,
        decision=decision,
        reason=require_reason(reason),
        notices=[Notice(notices.ACCOUNT_REFUSED, account.person.user_id, {"tail": account.tail}, notices.PORTAL)],
    )


@transaction.atomic()
def replace_account(*, public_id: str, actor: Actor) -> BankAccount:
    """Take an account out of use, by its person. Raises NotFound, NotAllowed, InvalidMove."""
    account = _locked(actor, public_id)
    decision = policies.may_name_account(actor, account.person_id).require()
    _replace([account], actor, decision)
    return account


def _union_of(person: Person) -> int | None:
    """The union that looks at it: of the membership, else the one at the top."""
    current = Membership.objects.current().filter(person=person).values_list("union_id", flat=True).first()
    root = None if current is not None else tree.root()
    return current if root is None else root.pk


def _use(account: BankAccount, actor: Actor, decision: Decision) -> BankAccount:
    account.MACHINE.require(account.state, BankAccountEvent.CONFIRM_ACCOUNT)
    in_use = [one for one in _replaceable(account.person_id) if one.state == BankAccountState.IN_USE]
    _replace(in_use, actor, decision)
    told = Notice(notices.ACCOUNT_CHANGED, account.person.user_id, {"tail": account.tail}, notices.PORTAL)
    lifecycle.apply(
        account,
        BankAccountEvent.CONFIRM_ACCOUNT,
        actor=actor,
        decision=decision,
        notices=[told] if in_use else [],
        data={"tail": account.tail},
    )
    failed = requesting.failed_of(account.person_id)
    if failed:
        requesting.again(failed, account, actor=actor, ground=decision.ground)
    requesting.aim_waiting(account.person_id, account)
    return account


def _replace(accounts: list[BankAccount], actor: Actor, decision: Decision) -> None:
    lifecycle.apply_many(accounts, BankAccountEvent.REPLACE_ACCOUNT, actor=actor, decision=allow(decision.ground))


def _replaceable(person_id: int) -> list[BankAccount]:
    rows = BankAccount.objects.select_for_update(of=("self",)).filter(person=person_id, state__in=EARLIER)
    return list(rows.order_by("pk"))


def _locked(actor: Actor, public_id: str) -> BankAccount:
    rows = policies.visible_bank_accounts(actor).select_for_update(of=("self",)).select_related("person")
    account = rows.filter(public_id=public_id).first()
    if account is None:
        raise policies.not_found()
    return account
