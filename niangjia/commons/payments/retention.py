"""When holders and numbers of accounts have been kept long enough, and how they go; sums and references stay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from niangjia.commons.payments.models import BankAccount, Payment
from niangjia.commons.payments.states import BankAccountState, PaymentState
from niangjia.kernel.actor import Actor
from niangjia.platform.personal_data import retention
from niangjia.platform.personal_data.retention import Rule

OVER = (PaymentState.PAID.value, PaymentState.CORRECTED.value, PaymentState.CANCELLED.value)
VOUCHER = "voucher"
"""A payment is a voucher: with its payee and account it is kept for thirty years (会计档案管理办法，附表一)."""

OUT_OF_USE = (BankAccountState.REFUSED.value, BankAccountState.REPLACED.value)


def declare() -> None:
    """Called when Django starts."""
    retention.register(Rule("payments.payment", VOUCHER, ("payments.Payment",), _payments, _empty_payments))
    retention.register(
        Rule("payments.bank_account", "membership", ("payments.BankAccount",), _accounts, _delete_accounts)
    )


def _payments(cutoff: datetime) -> QuerySet[Any]:
    rows: QuerySet[Any] = Payment.objects.filter(state__in=OVER, state_since__lt=cutoff, has_account=True)
    return rows


def _empty_payments(keys: Sequence[int], _actor: Actor) -> int:
    return emptied(keys)


def emptied(keys: Iterable[int]) -> int:
    """Take payee and account out of these payments; sum, reference and states stay. How many."""
    rows = list(Payment.objects.select_for_update(of=("self",)).filter(pk__in=list(keys)).order_by("pk"))
    for row in rows:
        row.payee_name = row.account_number = row.bank = ""
        row.has_account = False
        row.save(update_fields=["payee_name", "account_number", "bank", "has_account"])
    return len(rows)


def _accounts(cutoff: datetime) -> QuerySet[Any]:
    rows: QuerySet[Any] = BankAccount.objects.filter(state__in=OUT_OF_USE, state_since__lt=cutoff)
    return rows


def _delete_accounts(keys: Sequence[int], _actor: Actor) -> int:
    return int(BankAccount.objects.filter(pk__in=keys).delete()[0])
