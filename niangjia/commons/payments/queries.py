"""What the pages of payments read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, Sum

from niangjia.commons.payments import hearing, placing, policies, requesting
from niangjia.commons.payments.models import Account, BankAccount, Batch, Payment, StrayLine
from niangjia.commons.payments.states import (
    BATCH,
    CAUSE_LABELS,
    STRAY,
    UNSETTLED,
    Astray,
    BankAccountState,
    BatchEvent,
    Cause,
    PaymentState,
    Side,
    StrayEvent,
)
from niangjia.commons.unions.models import Union
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict
from niangjia.kernel.money import yuan
from niangjia.kernel.policy import Decision, refuse
from niangjia.kernel.text import Text, _
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.personal_data import data_keys, looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.web.moves import Choice
from niangjia.platform.web.parts import Fact, TimelineEntry


@dataclass(frozen=True)
class FundLine:
    """A fund with what is in it, with the bank, paid out, and what waits for it, in fen."""

    account: Account
    balance: int
    with_bank: int
    paid_out: int
    waiting_rows: int
    waiting_fen: int
    may_draw_up: bool


def funds(actor: Actor) -> list[FundLine]:
    """The funds in the actor's reach."""
    rows = policies.visible_accounts(actor).select_related("union").order_by("union", "fund", "pk")
    sides: dict[tuple[int, str], dict[str, Account]] = {}
    for row in rows:
        sides.setdefault((row.union_id, row.fund), {})[row.side] = row
    waiting = {
        pk: (number, fen)
        for pk, number, fen in policies.visible_payments(actor)
        .payable()
        .order_by()
        .values_list("account")
        .annotate(Count("pk"), Sum("fen"))
    }
    return [_fund_line(actor, found, waiting) for found in sides.values()]


def _fund_line(actor: Actor, found: dict[str, Account], waiting: dict[int, tuple[int, int]]) -> FundLine:
    fund = found[Side.FUND]
    rows, fen = waiting.get(fund.pk, (0, 0))
    return FundLine(
        fund, fund.balance, found[Side.WITH_BANK].balance, found[Side.PAID_OUT].balance, rows, fen,
        bool(rows) and bool(policies.may_prepare(actor, fund.union_id)),
    )  # fmt: skip


def strays_waiting(actor: Actor) -> int:
    """How many lines of the bank's files in the actor's reach still want somebody to look at them."""
    return policies.visible_strays(actor).filter(state__in=[state.value for state in UNSETTLED]).count()


def stray_for(actor: Actor, public_id: str) -> StrayLine:
    """One line that the actor may see. Raises NotFound."""
    rows = policies.visible_strays(actor).select_related("batch", "union", "about__account", "target__account")
    found = rows.select_related("about__person", "target__person").filter(public_id=public_id).first()
    if found is None:
        raise placing.not_found()
    return found


def opened_stray(actor: Actor, public_id: str) -> StrayLine:
    """The same on its page; that finance opens it is written down where the payment's person can read it."""
    found = stray_for(actor, public_id)
    keys = {one.owner_key for one in (found.about, found.target) if one and one.owner_key}
    if actor.is_staff and keys:
        looks.record(actor, sorted(keys), LookKind.OPENED)
    return found


_PROPOSERS = (StrayEvent.PROPOSE_PLACE, StrayEvent.SET_ASIDE, StrayEvent.PROPOSE_ASIDE, StrayEvent.TAKE_UP)
CONFIRMERS = (
    StrayEvent.CONFIRM_PLACE, StrayEvent.DECLINE_PLACE, StrayEvent.CONFIRM_ASIDE, StrayEvent.DECLINE_ASIDE,
)  # fmt: skip
"""Moves of a line that are for whoever releases."""


def stray_choices(actor: Actor, line: StrayLine) -> list[Choice]:
    """The moves of a line from here; a late word is followed at its payment, or set aside by two. Who proposed reads
    that somebody else decides."""
    late = line.astray == Astray.PAID_LATE
    elsewhere = (StrayEvent.PROPOSE_PLACE, StrayEvent.SET_ASIDE) if late else (StrayEvent.PROPOSE_ASIDE,)
    found = []
    for events, decision in (
        (_PROPOSERS, policies.may_prepare(actor, line.union_id)),
        (CONFIRMERS, _may_confirm(actor, line)),
    ):
        moves = [move for event in events if (move := STRAY.find(line.state, event))]
        found += [Choice(move, None if decision else decision.refusal) for move in moves if move.event not in elsewhere]
    return found


def _may_confirm(actor: Actor, line: StrayLine) -> Decision:
    if actor.user_id is not None and actor.user_id == line.proposed_by_id:
        return refuse("SAME_HANDS", _("这是您提出的，要由另一位同事决定。"))
    return policies.may_release(actor, line.union_id)


def stray_facts(line: StrayLine) -> list[Fact]:
    """What the bank's file says in this line, and of whom."""
    return [
        Fact(_("参考号"), line.reference or _("（空）")),
        Fact(_("结果"), _("未付成") if line.failed else _("已付")),
        *([Fact(_("未付成的原因"), CAUSE_LABELS[Cause(line.cause)])] if line.cause else []),
        Fact(_("金额"), "" if line.fen is None else yuan(line.fen)),
        Fact(_("银行流水号"), line.serial),
        Fact(_("银行办理"), line.at),
        Fact(_("读入的批次"), line.batch.number),
        *([Fact(_("文件第几行"), str(line.line))] if line.line else []),
        Fact(_("工会"), line.union.name),
    ]


def account_for(actor: Actor, public_id: str) -> Account:
    """Raises NotFound."""
    found = policies.visible_accounts(actor).select_related("union").filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found


def batch_for(actor: Actor, public_id: str) -> Batch:
    """Raises NotFound."""
    rows = policies.visible_batches(actor).select_related("account", "union", "prepared_by", "released_by")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found


def payment_for(actor: Actor, public_id: str) -> Payment:
    """One payment; that finance opens it is written down where its person can read it. Raises NotFound."""
    rows = policies.visible_payments(actor).select_related("account", "person", "union", "batch")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    if actor.is_staff and found.owner_key:
        looks.record(actor, [found.owner_key], LookKind.OPENED)
    return found  # type: ignore[no-any-return]


def bank_account_for(actor: Actor, public_id: str) -> BankAccount:
    """One named account, opened as :func:`payment_for`. Raises NotFound."""
    found = policies.visible_bank_accounts(actor).select_related("person").filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    if actor.is_staff:
        looks.record(actor, [found.owner_key], LookKind.OPENED)
    return found


_PREPARERS = (BatchEvent.PREPARE, BatchEvent.DISCARD, BatchEvent.CLOSE)
_RELEASERS = (BatchEvent.RELEASE, BatchEvent.SEND_BACK)


def choices(actor: Actor, batch: Batch) -> list[Choice]:
    """The moves of a batch from here, that the preparer and that the releaser makes."""
    found = []
    for events, decision in (
        (_PREPARERS, policies.may_prepare(actor, batch.union_id)),
        (_RELEASERS, policies.may_release(actor, batch.union_id)),
    ):
        moves = (BATCH.find(batch.state, event) for event in events)
        found += [Choice(move, None if decision else decision.refusal) for move in moves if move]
    return found


def may_read_answers(actor: Actor, batch: Batch) -> Decision:
    return policies.may_prepare(actor, batch.union_id)


def batch_facts(batch: Batch) -> list[Fact]:
    """What a batch is."""
    counts = Payment.objects.filter(batch=batch).aggregate(
        rows=Count("pk"),
        fen=Sum("fen"),
        paid=Count("pk", filter=Q(state=PaymentState.PAID.value)),
        failed=Count("pk", filter=Q(state=PaymentState.FAILED.value)),
    )
    return [
        Fact(_("资金来源"), batch.account.fund_label),
        Fact(_("工会"), batch.union.name),
        Fact(_("笔数"), f"{counts['rows']:,}"),
        Fact(_("合计"), yuan(counts["fen"] or 0)),
        Fact(_("已到账"), f"{counts['paid']:,}"),
        Fact(_("未付成"), f"{counts['failed']:,}"),
        Fact(_("账户余额"), yuan(batch.account.balance)),
        Fact(_("付款文件校验值"), f"{batch.file_hash[:16]}…" if batch.file_hash else ""),
    ]


def payment_facts(payment: Payment) -> list[Fact]:
    """What a payment is; holder and account are masked."""
    with data_keys.held([payment.books_key]):
        name, number = str(payment.payee_name), str(payment.account_number)
    return [
        Fact(_("用途"), hearing.label_of(payment.source_type)),
        Fact(_("金额"), yuan(payment.fen)),
        Fact(_("资金来源"), payment.account.fund_label),
        Fact(_("户名"), masks.mask_name(name)),
        Fact(_("收款账户"), f"{payment.bank} **** {number[-4:]}" if number else _("等本人登记")),
        Fact(_("第几次"), str(payment.attempt)),
        Fact(_("未付成的原因"), payment.cause_label or ""),
        Fact(_("银行办理日期"), payment.answered_on or ""),
    ]


_DONE: dict[str, Text] = {
    "draw_up": _("组批"), "prepare": _("提交复核"), "send_back": _("退回修改"), "release": _("复核放行"),
    "answer": _("读入回盘"), "close": _("结清"), "discard": _("作废"), "downloaded": _("下载付款文件"),
    "request": _("申请付款"), "take_out": _("移出批次"), "pay": _("到账"), "fail": _("未付成"),
    "settle": _("按银行迟到的结果记为到账"),
    "correct": _("改正账户，另行付款"), "cancel": _("取消付款"),
    "report_stray": STRAY.opening_label, **{move.event: move.label for move in STRAY.moves},
}  # fmt: skip
_TONES = {
    "release": "good",
    "pay": "good",
    "settle": "good",
    "close": "good",
    "fail": "bad",
    "discard": "off",
    "cancel": "off",
    "confirm_place": "good",
    "resolve_stray": "good",
    "set_aside": "off",
    "confirm_aside": "off",
}


def timeline(subject_type: str, public_id: str) -> list[TimelineEntry]:
    """What happened to a batch or payment, oldest first."""
    rows = AuditEntry.objects.filter(subject_type=subject_type, subject_id=public_id).order_by("id")
    events = [(row, row.action.rsplit(".", 1)[1]) for row in rows]
    return [
        TimelineEntry(_DONE[event], row.at, who=row.by_whom, detail=row.reason, tone=_TONES.get(event, "info"))
        for row, event in events
        if event in _DONE
    ]


def why_not_correct(payment: Payment) -> Text | None:
    """Why a failed payment cannot be tried again yet, None when it can."""
    try:
        requesting.account_for_again(payment)
    except Conflict as error:
        return error.message
    return None


@dataclass(frozen=True)
class Said:
    """One word of the bank about a payment; the one that ``holds`` is the latest by the bank's clock."""

    at: datetime
    failed: bool
    cause: Text | str
    serial: str
    read_at: datetime
    holds: bool


def answers_of(payment: Payment) -> list[Said]:
    """What the bank said about a payment, in the order of the bank's clock."""
    rows = sorted(payment.answers.all(), key=lambda one: (one.at, one.serial, one.failed))
    return [
        Said(
            row.at, row.failed, CAUSE_LABELS[Cause(row.cause)] if row.cause else "", row.serial, row.read_at,
            row is rows[-1],
        )
        for row in rows
    ]  # fmt: skip


def unions_of(actor: Actor) -> list[tuple[str, str]]:
    """The unions for which the actor may open a fund."""
    nodes = {grant.node_id for grant in actor.grants_of(*policies.RELEASERS)}
    return [(union.public_id, union.name) for union in Union.objects.filter(pk__in=nodes).order_by("name")]


def own_payments(actor: Actor) -> Sequence[Payment]:
    """A member's own, the newest first."""
    if not actor.is_member:
        return []
    return list(policies.visible_payments(actor).select_related("account", "batch").order_by("-pk")[:100])


def own_accounts(actor: Actor) -> dict[str, BankAccount]:
    """The account in use and the one being looked at, by state."""
    wanted = (BankAccountState.IN_USE.value, BankAccountState.NAMED.value)
    rows = policies.visible_bank_accounts(actor).filter(state__in=wanted) if actor.is_member else []
    return {row.state: row for row in rows}
