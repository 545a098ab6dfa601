"""The lists of finance: payments, batches, transfers of an account. Names are masked, numbers of accounts not shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from niangjia.commons.payments import hearing, placing, policies
from niangjia.commons.payments.models import Account, Batch, Payment, Transfer
from niangjia.commons.payments.states import (
    ASTRAY_LABELS,
    BATCH,
    CAUSE_LABELS,
    PAYMENT,
    STRAY,
    UNSETTLED,
    Cause,
    PaymentState,
)
from niangjia.commons.unions import scope
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.audit import entries
from niangjia.platform.personal_data import looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.platform.web.tones import status_of

PAYMENTS, BATCHES, STRAYS = "payments.payments", "payments.batches", "payments.strays"
KINDS: dict[str, Text] = {
    "taken_in": _("资金到账"),
    "released": _("放行"),
    "paid": _("付出"),
    "returned": _("退回"),
}


_BY_CAUSE: dict[str, Text] = {
    Cause.WRONG_CARD: _("等本人换一个正确的卡号"),
    Cause.CLOSED: _("等本人换一张在用的卡"),
    Cause.NAME_DIFFERS: _("等本人换一张本人名下的卡"),
    Cause.RETURNED: _("到账后又退回，等本人换卡"),
    Cause.OTHER: _("先问银行是什么原因"),
}


def next_step(row: Any) -> Text | str:
    """What to do about a payment that did not arrive: the person was asked, or cannot be reached by the platform."""
    if row.state != PaymentState.FAILED:
        return ""
    if row.person is None or row.person.user_id is None:
        return _("没有手机账号，请打电话联系本人到窗口登记收款账户")
    return _BY_CAUSE.get(row.cause, _BY_CAUSE[Cause.OTHER])


def payments(request: HttpRequest, batch: Batch | None = None, *, failed: bool = False) -> ListPage:
    """Payments in the actor's reach; of one batch, or those that failed."""
    actor = actor_of(request)
    rows = policies.visible_payments(actor).filter(scope.shown(actor, *policies.READERS))
    rows = rows.select_related("person", "union", "account", "batch")
    if batch is not None:
        rows = rows.filter(batch=batch)
    if failed:
        rows = rows.filter(state=PaymentState.FAILED.value)
    columns = _FAILED_COLUMNS if failed else _COLUMNS
    filters = [one for one in _filters() if not failed or one.key in ("q", "for", "cause")]
    if batch is not None:  # its fund is said above, and every one knows its account
        columns = tuple(one for one in columns if one.key not in ("fund", "asked"))
        filters = [one for one in filters if one.key in ("q", "state", "cause")]
    return ListPage(request, rows, columns, filters, size=20, code="" if batch or failed else PAYMENTS)


_COLUMNS = (
    Column("number", _("参考号"), lambda row: row.number, kind="code",
           url=lambda row: reverse("payments_console:payment", args=[row.public_id])),
    Column("state", _("状态"), lambda row: status_of(PAYMENT, row.state), kind="status"),
    Column("for", _("用途"), lambda row: hearing.label_of(row.source_type)),
    Column("name", _("本人"), lambda row: masks.mask_name(row.person.name) if row.person else "", kind="code"),
    Column("fen", _("金额"), lambda row: row.fen, kind="yuan", sort="fen"),
    Column("fund", _("资金来源"), lambda row: row.account.fund_label),
    Column("cause", _("原因"), lambda row: row.cause_label or ("" if row.has_account else _("等本人登记账户"))),
    Column("asked", _("申请"), lambda row: row.created_at, kind="day", sort="created_at"),
    Column("answered", _("银行办理"), lambda row: row.answered_on, kind="day", optional=True),
    Column("attempt", _("第几次"), lambda row: row.attempt, kind="number", optional=True),
)  # fmt: skip


_FAILED_COLUMNS = (
    *(one for one in _COLUMNS if one.key in ("number", "for", "name", "fen", "cause")),
    Column("next", _("怎么办"), next_step),
    Column("answered", _("银行办理"), lambda row: row.answered_on, kind="day"),
    Column("attempt", _("第几次"), lambda row: row.attempt, kind="number", optional=True),
)  # fmt: skip


def strays(request: HttpRequest) -> ListPage:
    """Lines of the bank's files that could not simply be counted; those that still want somebody unless asked else."""
    actor = actor_of(request)
    rows = policies.visible_strays(actor).filter(scope.shown(actor, *policies.READERS))
    if not request.GET.get("state"):
        rows = rows.filter(state__in=[state.value for state in UNSETTLED])
    rows = rows.select_related("batch", "union", "about")
    return ListPage(request, rows, _STRAY_COLUMNS, _stray_filters(), size=20, code=STRAYS)


_STRAY_COLUMNS = (
    Column("reference", _("参考号"), lambda row: row.reference or _("（空）"), kind="code",
           url=lambda row: reverse("payments_console:stray", args=[row.public_id])),
    Column("astray", _("为什么对不上"), lambda row: row.astray_label),
    Column("state", _("状态"), lambda row: status_of(STRAY, row.state), kind="status"),
    Column("said", _("银行怎么说"), lambda row: _("未付成") if row.failed else _("已付")),
    Column("fen", _("金额"), lambda row: row.fen, kind="yuan", sort="fen"),
    Column("serial", _("银行流水号"), lambda row: row.serial, kind="code"),
    Column("at", _("银行办理"), lambda row: row.at, kind="moment", sort="at"),
    Column("batch", _("读入的批次"), lambda row: row.batch.number, kind="code",
           url=lambda row: reverse("payments_console:batch", args=[row.batch.public_id])),
    Column("line", _("文件第几行"), lambda row: row.line or None, kind="number", optional=True),
    Column("todo", _("怎么办"), placing.what_to_do, optional=True),
    Column("read", _("读入"), lambda row: row.created_at, kind="moment", sort="created_at", optional=True),
)  # fmt: skip


def _stray_filters() -> Sequence[Filter]:
    return (
        Filter("q", _("参考号或流水号"),
               lambda rows, text: rows.filter(Q(reference__iexact=text.strip()) | Q(serial=text.strip()))),
        Filter("astray", _("为什么对不上"), lambda rows, code: rows.filter(astray=code), list(ASTRAY_LABELS.items())),
        Filter("state", _("状态"), lambda rows, code: rows.filter(state=code),
               [(state.code, state.label) for state in STRAY.states]),
        Filter("said", _("银行怎么说"), lambda rows, code: rows.filter(failed=code == "failed"),
               [("paid", _("已付")), ("failed", _("未付成"))]),
    )  # fmt: skip


def _filters() -> Sequence[Filter]:
    return (
        Filter("q", _("参考号"), _by_number),
        Filter("state", _("状态"), lambda rows, code: rows.filter(state=code),
               [(state.code, state.label) for state in PAYMENT.states]),
        Filter("for", _("用途"), lambda rows, code: rows.filter(source_type=code), list(hearing.labels().items())),
        Filter("cause", _("原因"), lambda rows, code: rows.filter(cause=code), list(CAUSE_LABELS.items())),
        Filter("account", _("收款账户"), lambda rows, _value: rows.filter(has_account=False), [("no", _("未登记"))]),
    )  # fmt: skip


def _by_number(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    from niangjia.commons.payments.rules import serial_of

    return rows.filter(pk=serial_of(text) or 0)


def batches(request: HttpRequest) -> ListPage:
    """Batches in the actor's reach, the newest first."""
    actor = actor_of(request)
    rows = policies.visible_batches(actor).filter(scope.shown(actor, *policies.READERS))
    rows = rows.select_related("account", "union")
    states = Filter("state", _("状态"), lambda rows, code: rows.filter(state=code),
                    [(state.code, state.label) for state in BATCH.states])  # fmt: skip
    return ListPage(request, rows, _BATCH_COLUMNS, (states,), size=20, code=BATCHES)


_BATCH_COLUMNS = (
    Column("number", _("批次"), lambda row: row.number, kind="code",
           url=lambda row: reverse("payments_console:batch", args=[row.public_id])),
    Column("state", _("状态"), lambda row: status_of(BATCH, row.state), kind="status"),
    Column("union", _("工会"), lambda row: row.union.short_name),
    Column("fund", _("资金来源"), lambda row: row.account.fund_label),
    Column("rows", _("笔数"), lambda row: row.rows or None, kind="number", sort="rows"),
    Column("fen", _("合计"), lambda row: row.fen or None, kind="yuan", sort="fen"),
    Column("made", _("组批"), lambda row: row.created_at, kind="moment", sort="created_at"),
)  # fmt: skip


def transfers(request: HttpRequest, account: Account) -> ListPage:
    """What went in and out of one account."""
    rows = Transfer.objects.filter(Q(giver=account) | Q(taker=account)).select_related("payment", "payment__account")
    columns = (
        Column("at", _("时间"), lambda row: row.at, kind="moment", sort="at"),
        Column("kind", _("事项"), lambda row: KINDS.get(row.kind, row.kind)),
        Column("fen", _("收入"), lambda row: row.fen if row.taker_id == account.pk else None, kind="yuan"),
        Column("out", _("支出"), lambda row: row.fen if row.giver_id == account.pk else None, kind="yuan"),
        Column("payment", _("付款"), lambda row: row.payment.number if row.payment else row.reason),
    )
    return ListPage(request, rows, columns, size=20)


def exported(actor: Actor, code: str, payments: Sequence[Payment | None]) -> None:
    """Write down that a list, with a payment for each row that speaks of one, left the house in a file."""
    looks.record(actor, [one.owner_key for one in payments if one and one.owner_key], LookKind.EXPORTED)
    entries.record(
        actor, "payments.export", subject_type="payments.list", subject_id=code, data={"rows": len(payments)}
    )
