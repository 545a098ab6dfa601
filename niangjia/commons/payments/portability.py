"""What is stored about somebody's payments, for them to see and to take along."""

from __future__ import annotations

from collections.abc import Iterable

from niangjia.commons.payments import hearing
from niangjia.commons.payments.models import BankAccount, Payment
from niangjia.commons.payments.states import BANK_ACCOUNT
from niangjia.kernel.money import yuan
from niangjia.kernel.text import _
from niangjia.platform.personal_data import data_keys, portability
from niangjia.platform.personal_data.portability import Held, Holding, Subject


def declare() -> None:
    """Called when Django starts."""
    portability.register("payments", collect)


def collect(subject: Subject) -> Iterable[Holding]:
    """Payments and named accounts of the person."""
    if subject.person_id is None:
        return []
    payments = list(Payment.objects.filter(owner_key__in=subject.keys).order_by("pk"))
    with data_keys.held([*subject.keys, *{row.books_key for row in payments}]):
        accounts = BankAccount.objects.filter(owner_key__in=subject.keys).order_by("pk")
        return [
            Holding("payment", _("付款"), [_payment(row) for row in payments]),
            Holding("bank_account", _("收款账户"), [_account(row) for row in accounts]),
        ]


def _payment(row: Payment) -> list[Held]:
    return [
        Held("payments.Payment.public_id", _("参考号"), row.number),
        Held("payments.Payment.source_type", _("用途"), hearing.label_of(row.source_type)),
        Held("payments.Payment.fen", _("金额"), yuan(row.fen)),
        Held("payments.Payment.state", _("状态"), row.state_label),
        Held("payments.Payment.payee_name", _("户名"), str(row.payee_name)),
        Held("payments.Payment.bank", _("开户银行"), row.bank),
        Held("payments.Payment.account_number", _("账号"), str(row.account_number)),
        Held("payments.Payment.cause", _("未付成的原因"), row.cause_label),
        Held("payments.Payment.answered_on", _("银行办理日期"), row.answered_on),
    ]


def _account(row: BankAccount) -> list[Held]:
    return [
        Held("payments.BankAccount.holder", _("户名"), str(row.holder)),
        Held("payments.BankAccount.bank", _("开户银行"), row.bank),
        Held("payments.BankAccount.account_number", _("账号"), str(row.account_number)),
        Held("payments.BankAccount.state", _("状态"), BANK_ACCOUNT.state(row.state).label),
        Held("payments.BankAccount.created_at", _("登记时间"), row.created_at),
    ]
