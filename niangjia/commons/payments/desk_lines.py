"""How batches, named accounts and failed payments read on a desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.urls import reverse

from niangjia.commons.desk.subjects import DeskLine, Subject, register
from niangjia.commons.payments import policies
from niangjia.commons.payments.states import BANK_ACCOUNT, BATCH, PAYMENT, STRAY
from niangjia.kernel.actor import Actor
from niangjia.kernel.money import yuan
from niangjia.kernel.text import _


def declare() -> None:
    """Called when Django starts."""
    register(Subject("payments.batch", BATCH.subject, _batches))
    register(Subject("payments.bankaccount", BANK_ACCOUNT.subject, _bank_accounts))
    register(Subject("payments.strayline", STRAY.subject, _strays))
    register(Subject("payments.payment", PAYMENT.subject, _payments))


def _batches(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    rows = policies.visible_batches(actor).select_related("account").filter(pk__in=ids)
    return {
        row.pk: DeskLine(
            row.number,
            str(_("付款批次 {fund}", fund=row.account.fund_label)),
            str(_("{rows} 笔，{fen}", rows=row.rows, fen=yuan(row.fen)))
            if row.rows
            else str(BATCH.state(row.state).label),
            reverse("payments_console:batch", args=[row.public_id]),
        )
        for row in rows
    }


def _bank_accounts(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    rows = policies.visible_bank_accounts(actor).filter(pk__in=ids)
    return {
        row.pk: DeskLine(
            row.number,
            str(_("核对更换的收款账户")),
            row.bank,
            reverse("payments_console:bank_account", args=[row.public_id]),
        )
        for row in rows
    }


def _strays(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    rows = policies.visible_strays(actor).filter(pk__in=ids)
    return {
        row.pk: DeskLine(
            row.reference,
            str(row.astray_label),
            "" if row.fen is None else yuan(row.fen),
            reverse("payments_console:stray", args=[row.public_id]),
        )
        for row in rows
    }


def _payments(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    rows = policies.visible_payments(actor).filter(pk__in=ids)
    return {
        row.pk: DeskLine(
            row.number, yuan(row.fen), str(row.cause_label or row.state_label), reverse("payments_console:failed")
        )
        for row in rows
    }
