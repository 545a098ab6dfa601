"""Builders for tests and the demonstration: a fund with money, its two people, invented cards, a bank that answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import count

from niangjia.commons.payments import actions
from niangjia.commons.payments.actions import AnswerLine, Payee
from niangjia.commons.payments.models import Account, Batch, Payment
from niangjia.commons.people.models import Person
from niangjia.commons.people.testing import an_id_number
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.testing import an_officer
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor

SYSTEM = Actor.system("test")
FUND = "mutual_aid"
SOURCE = "test.case"

_serials = count(4_700_000)


def a_card(serial: int) -> str:
    """A visibly invented card of 19 digits (issuer 999999, which no bank has) with its check digit."""
    body = f"999999{serial:012d}"
    total = 0
    for place, digit in enumerate(reversed(body)):
        doubled = int(digit) * (1 if place % 2 else 2)
        total += doubled - 9 if doubled > 9 else doubled
    return f"{body}{-total % 10}"


def a_fund(union: Union, fen: int = 10_000_000, fund: str = FUND, *, actor: Actor = SYSTEM) -> Account:
    """A fund of a union with money in it."""
    account = actions.open_fund(union_id=union.pk, fund=fund, actor=actor)
    if fen:
        actions.take_in(public_id=account.public_id, fen=fen, reason="上级拨入", actor=actor)
    return account


def finance(union: Union, name: str = "finance") -> tuple[Actor, Actor]:
    """Preparer and releaser of a union, two people whose ID numbers are known."""
    preparer = an_officer([(union, "finance_preparer")], name=f"{name}-preparer")
    releaser = an_officer([(union, "finance_releaser")], name=f"{name}-releaser")
    for actor in (preparer, releaser):
        actions.identify(user_id=actor.user_id or 0, id_number=an_id_number(next(_serials)), actor=SYSTEM)
    return preparer, releaser


def a_payment(
    union: Union, person: Person, *, source_id: str, fen: int = 12_345, card: str = "", holder: str = ""
) -> Payment:
    """A payment that a room asked for."""
    payee = Payee(person, holder, bank_account=card or a_card(person.pk), bank="甲银行")
    return actions.request(
        source_type=SOURCE, source_id=source_id, union=union, fund=FUND, payee=payee, fen=fen, actor=SYSTEM
    )


def a_released_batch(account: Account, preparer: Actor, releaser: Actor) -> Batch:
    """Everything that waits on a fund, on its way to the bank."""
    batch = actions.draw_up(account=account.public_id, actor=preparer)
    actions.prepare(public_id=batch.public_id, actor=preparer)
    return actions.release(public_id=batch.public_id, actor=releaser)


def an_answer(
    payment: Payment, *, failed: bool = False, cause: str = "", minutes: int = 0, serial: str = ""
) -> AnswerLine:
    """The bank's word about a payment, ``minutes`` after now."""
    at = clock.now().replace(second=0, microsecond=0) + timedelta(minutes=minutes)
    return AnswerLine(2, payment.number, failed, at, serial or f"S{payment.pk}-{minutes}", cause, payment.fen)


def answers(payments: Sequence[Payment]) -> list[AnswerLine]:
    """All arrived."""
    return [an_answer(payment) for payment in payments]
