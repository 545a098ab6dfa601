"""Asking for payments, one or a hundred thousand, and what becomes of those that failed: corrected or cancelled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Max

from niangjia.commons.payments import accounts, hearing, policies, rules
from niangjia.commons.payments.hearing import Happened
from niangjia.commons.payments.models import Account, BankAccount, Payment
from niangjia.commons.payments.states import BankAccountState, Cause, PaymentEvent, PaymentState
from niangjia.commons.people.models import Person
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict
from niangjia.kernel.identifiers import person_name
from niangjia.kernel.policy import allow
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.lifecycle.lifecycle import Effects
from niangjia.platform.personal_data import data_keys

ROWS = 2_000
WRONG_ACCOUNT = (Cause.WRONG_CARD, Cause.CLOSED, Cause.NAME_DIFFERS)
"""Causes for which the same account would fail again."""


@dataclass(frozen=True)
class Payee:
    """Who gets the money. ``person`` is whom the payment concerns, None for a unit.

    ``name`` is the holder of the account where that is another; without ``bank_account`` the one that the person named
    is used, and where there is none the payment waits until they name one.
    """

    person: Person | None = None
    name: str = ""
    bank_account: str = ""
    bank: str = ""


@dataclass(frozen=True)
class Wanted:
    """One payment that is asked for."""

    source_id: str
    payee: Payee
    fen: int


@transaction.atomic()
def request(
    *, source_type: str, source_id: str, union: Union, fund: str, payee: Payee, fen: int, actor: Actor
) -> Payment:
    """Ask that ``fen`` be paid for one source, out of the fund of the union or of the nearest one above that has it.

    The room that asks has judged whether. Raises RuleBroken (FUND_MISSING, AMOUNT, ACCOUNT_NUMBER, and of the name),
    Conflict ALREADY_REQUESTED when this source has a payment already that is not cancelled.
    """
    wanted = [Wanted(source_id, payee, fen)]
    return request_many(source_type=source_type, union=union, fund=fund, wanted=wanted, actor=actor)[0]


@transaction.atomic()
def request_many(*, source_type: str, union: Union, fund: str, wanted: Sequence[Wanted], actor: Actor) -> list[Payment]:
    """Like :func:`request` for many at once, all or none, with few statements."""
    account = accounts.fund_of(union.pk, fund)
    named = _named_accounts([one.payee.person.pk for one in wanted if one.payee.person and not one.payee.bank_account])
    books = rules.books_key(clock.today().year)
    data_keys.make([books])
    attempts = _attempts(source_type, [one.source_id for one in wanted])
    made: list[Payment] = []
    for start in range(0, len(wanted), ROWS):
        some = wanted[start : start + ROWS]
        with data_keys.held([books, *(one.payee.person.public_id for one in some if one.payee.person)]):
            rows = [_payment(source_type, account, union, one, named, attempts) for one in some]
            made += _opened(rows, source_type, actor)
    return made


def _opened(rows: list[Payment], source_type: str, actor: Actor) -> list[Payment]:
    try:
        with transaction.atomic():
            return lifecycle.open_many(
                rows,
                actor=actor,
                decision=allow(f"room:{source_type}"),
                effects_for=lambda payment: Effects(data={"fen": payment.fen, "attempt": payment.attempt}),
            )
    except IntegrityError as error:
        raise Conflict("ALREADY_REQUESTED", _("这件事已经申请过付款，不会再付第二次。")) from error


def _payment(
    source_type: str,
    account: Account,
    union: Union,
    one: Wanted,
    named: dict[int, BankAccount],
    attempts: dict[str, int],
) -> Payment:
    person = one.payee.person
    payment = Payment(
        source_type=source_type,
        source_id=one.source_id,
        attempt=attempts.get(one.source_id, 0) + 1,
        account=account,
        union=union,
        fen=rules.sum_of(one.fen),
        person=person,
        owner_key=person.public_id if person else "",
    )
    known = named.get(person.pk) if person and not one.payee.bank_account else None
    payment.payee_name = _name(one.payee, known)
    _aim(payment, known, one.payee)
    return payment


def _name(payee: Payee, known: BankAccount | None) -> str:
    """Whose account it is: somebody's where a person is known, else a unit's."""
    if payee.person is None:
        return rules.unit_name(payee.name)
    return person_name(payee.name or (str(known.holder) if known else payee.person.name))


def _aim(payment: Payment, known: BankAccount | None, payee: Payee | None = None) -> None:
    """Say which account the payment goes to: the payee's own, else the one the person named, else none yet."""
    if payee is not None and payee.bank_account:
        payment.account_number, payment.bank = (
            rules.account_number(payee.bank_account),
            payee.bank[: rules.LONGEST_BANK],
        )
    elif known is not None:
        payment.payee_name, payment.bank = str(known.holder), known.bank
        payment.account_number = str(known.account_number)
    else:
        payment.account_number, payment.has_account = "", False


def _named_accounts(person_ids: Sequence[int]) -> dict[int, BankAccount]:
    found: dict[int, BankAccount] = {}
    for start in range(0, len(person_ids), ROWS):
        rows = BankAccount.objects.filter(
            state=BankAccountState.IN_USE.value, person__in=person_ids[start : start + ROWS]
        )
        found |= {row.person_id: row for row in rows}
    return found


def _attempts(source_type: str, source_ids: Sequence[str]) -> dict[str, int]:
    """How often each source was tried before."""
    found: dict[str, int] = {}
    for start in range(0, len(source_ids), ROWS):
        rows = Payment.objects.filter(source_type=source_type, source_id__in=source_ids[start : start + ROWS])
        found |= dict(rows.order_by().values_list("source_id").annotate(Max("attempt")))
    return found


@transaction.atomic()
def cancel(*, public_id: str, reason: str, actor: Actor) -> Payment:
    """Not pay it after all. Raises NotFound, NotAllowed, InvalidMove, RuleBroken REASON_NEEDED."""
    payment = locked(actor, public_id)
    decision = policies.may_prepare(actor, payment.union_id).require()
    moved = lifecycle.apply(payment, PaymentEvent.CANCEL, actor=actor, decision=decision, reason=require_reason(reason))
    hearing.tell(Happened.CANCELLED, [(payment.source_type, payment.source_id)], actor)
    return moved


@transaction.atomic()
def correct(*, public_id: str, actor: Actor) -> Payment:
    """Try a failed payment again, to the account that its person names now; gives the next attempt.

    Raises NotFound, NotAllowed, InvalidMove, Conflict (NO_ACCOUNT_NAMED, SAME_ACCOUNT).
    """
    payment = locked(actor, public_id)
    decision = policies.may_prepare(actor, payment.union_id).require()
    payment.MACHINE.require(payment.state, PaymentEvent.CORRECT)
    return again([payment], account_for_again(payment), actor=actor, ground=decision.ground)[0]


def account_for_again(payment: Payment) -> BankAccount:
    """The account to which a failed payment would go now. Raises Conflict NO_ACCOUNT_NAMED, or SAME_ACCOUNT when it is
    the very one that the bank has called wrong."""
    known = _named_accounts([payment.person_id] if payment.person_id else [])
    if not known:
        raise Conflict("NO_ACCOUNT_NAMED", _("本人还没有登记收款账户，请先联系本人登记。"))
    account = next(iter(known.values()))
    if payment.cause in WRONG_ACCOUNT and str(account.account_number) == str(payment.account_number):
        raise Conflict("SAME_ACCOUNT", _("本人还没有更换收款账户，再付到同一张卡还是付不成。请等本人换卡。"))
    return account


def again(payments: Sequence[Payment], account: BankAccount, *, actor: Actor, ground: str) -> list[Payment]:
    """Follow failed payments of one person by new ones to ``account``, in the caller's transaction."""
    lifecycle.apply_many(payments, PaymentEvent.CORRECT, actor=actor, decision=allow(ground))
    rows = []
    for one in payments:
        following = Payment(
            source_type=one.source_type, source_id=one.source_id, attempt=one.attempt + 1, account=one.account,
            union_id=one.union_id, fen=one.fen, person_id=one.person_id, owner_key=one.owner_key,
        )  # fmt: skip
        _aim(following, account)
        rows.append(following)
    made = lifecycle.open_many(
        rows, actor=actor, decision=allow(ground), effects_for=lambda one: Effects(data={"attempt": one.attempt})
    )
    hearing.tell(Happened.CORRECTED, [(one.source_type, one.source_id) for one in payments], actor)
    return made


def aim_waiting(person_id: int, account: BankAccount) -> int:
    """Give the payments that wait for an account the one that was named now; gives how many."""
    waiting = list(Payment.objects.without_account().select_for_update(of=("self",)).filter(person=person_id))
    for payment in waiting:
        payment.has_account = True
        _aim(payment, account)
        payment.save(update_fields=["payee_name", "bank", "account_number", "has_account"])
    return len(waiting)


def failed_of(person_id: int) -> list[Payment]:
    """The failed payments of a person, locked in the order of their ids."""
    rows = Payment.objects.select_for_update(of=("self",)).filter(person=person_id, state=PaymentState.FAILED.value)
    return list(rows.select_related("account").order_by("pk"))


def locked(actor: Actor, public_id: str) -> Payment:
    """One payment that the actor may see, held until the end. Raises NotFound."""
    rows = policies.visible_payments(actor).select_for_update(of=("self",)).select_related("account")
    payment = rows.filter(public_id=public_id).first()
    if payment is None:
        raise policies.not_found()
    return payment  # type: ignore[no-any-return]


def by_ids(ids: Iterable[int]) -> list[Payment]:
    """These payments with their accounts, locked in the order of their ids. Payments of one account share it."""
    wanted, found = sorted(ids), list[Payment]()
    for start in range(0, len(wanted), ROWS):
        rows = Payment.objects.select_for_update(of=("self",)).filter(pk__in=wanted[start : start + ROWS])
        found += list(rows.order_by("pk"))
    accounts = Account.objects.in_bulk({one.account_id for one in found})
    for one in found:
        one.account = accounts[one.account_id]
    return found
