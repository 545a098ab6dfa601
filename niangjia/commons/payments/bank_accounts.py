"""Where somebody wants their money: named by themselves, looked at by finance where a parameter says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from niangjia.commons.payments import notices, parameters, policies, requesting, rules
from niangjia.commons.payments.models import BankAccount, Payment
from niangjia.commons.payments.states import BankAccountEvent, BankAccountState, PaymentState
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.unions import tree
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.identifiers import person_name
from niangjia.kernel.policy import Decision, allow
from niangjia.kernel.reasons import require_reason
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.lifecycle.lifecycle import Effects
from niangjia.platform.notices.kinds import Notice
from niangjia.platform.personal_data import data_keys

EARLIER = (BankAccountState.IN_USE, BankAccountState.NAMED)
ROWS = 2_000


@dataclass(frozen=True)
class Named:
    """An account that somebody names; ``holder`` is empty where it is the person's own."""

    person_id: int
    bank: str
    account_number: str
    holder: str = ""


def _tail(account: BankAccount) -> Effects:
    return Effects(data={"tail": account.tail})


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
    union_id = _union_of(person)
    account = _account(person, union_id, Named(person_id, bank, account_number, holder))
    earlier = _replaceable(person_id)
    changes = any(one.state == BankAccountState.IN_USE for one in earlier)
    looked_at = union_id is not None and changes and parameters.account_needs_four_eyes(union_id, clock.today())
    _replace([one for one in earlier if one.state == BankAccountState.NAMED], actor, decision)
    lifecycle.open(account, actor=actor, decision=decision, data={"tail": account.tail})
    return account if looked_at else _use(account, actor, decision)


@transaction.atomic()
def name_accounts(*, named: Sequence[Named], actor: Actor) -> list[BankAccount]:
    """Like :func:`name_account` for many at once, all or none, such as the cards that a bank has opened for members.

    Whoever has an account already, or money that waits for one, goes the way of one by one. Raises NotFound,
    NotAllowed, RuleBroken (ACCOUNT_NUMBER, BANK_NAME).
    """
    decision = allow("system") if actor.is_system else _each_own(named, actor)
    wanted = {one.person_id: one for one in named}
    people = _people(list(wanted))
    known = _busy(list(wanted))
    at_once = [person for key, person in people.items() if key not in known]
    made = _opened(at_once, wanted, actor, decision)
    return made + [
        name_account(
            person_id=key, bank=wanted[key].bank, account_number=wanted[key].account_number, actor=actor,
            holder=wanted[key].holder,
        )
        for key in sorted(known)
    ]  # fmt: skip


def _each_own(named: Sequence[Named], actor: Actor) -> Decision:
    decisions = [policies.may_name_account(actor, one.person_id).require() for one in named]
    return decisions[0] if decisions else allow("own")


def _people(keys: Sequence[int]) -> dict[int, Person]:
    """These persons, locked in the order of their ids. Raises NotFound."""
    found: dict[int, Person] = {}
    for start in range(0, len(keys), ROWS):
        rows = Person.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys[start : start + ROWS])
        found |= {person.pk: person for person in rows.order_by("pk")}
    if len(found) < len(keys):
        raise policies.not_found()
    return found


def _busy(keys: Sequence[int]) -> set[int]:
    """Those of these persons who have an account already, or payments that a new account would move."""
    found: set[int] = set()
    for start in range(0, len(keys), ROWS):
        some = keys[start : start + ROWS]
        found |= set(BankAccount.objects.filter(person__in=some, state__in=EARLIER).values_list("person_id", flat=True))
        waiting = Q(state=PaymentState.FAILED) | Q(state=PaymentState.REQUESTED, has_account=False)
        found |= set(Payment.objects.filter(waiting, person__in=some).values_list("person_id", flat=True))
    return found


def _opened(
    people: Sequence[Person], wanted: Mapping[int, Named], actor: Actor, decision: Decision
) -> list[BankAccount]:
    made: list[BankAccount] = []
    for start in range(0, len(people), ROWS):
        some = people[start : start + ROWS]
        unions = dict(Membership.objects.current().filter(person__in=some).values_list("person_id", "union_id"))
        with data_keys.held([person.public_id for person in some]):
            rows = [_account(person, unions.get(person.pk) or _union_of(person), wanted[person.pk]) for person in some]
            opened = lifecycle.open_many(rows, actor=actor, decision=decision, effects_for=_tail)
            made += lifecycle.apply_many(
                opened, BankAccountEvent.CONFIRM_ACCOUNT, actor=actor, decision=decision, effects_for=_tail
            )
    return made


def _account(person: Person, union_id: int | None, named: Named) -> BankAccount:
    number = rules.account_number(named.account_number)
    account = BankAccount(
        person=person, union_id=union_id, owner_key=person.public_id, bank=rules.bank_name(named.bank), tail=number[-4:]
    )
    account.holder, account.account_number = person_name(named.holder or person.name), number
    return account


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
