"""The life of a purchase, of each sum that comes in for it, and of money that is left over from it."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.machine import Machine, Move, State, Wait
from niangjia.kernel.text import _

INVOICE_DAYS = "protection.purchase_invoice_days"
RECEIPT_DAYS = "protection.purchase_receipt_days"
CREDIT_DAYS = "protection.purchase_credit_days"


class PurchaseState(StrEnum):
    DRAFTED = "drafted"
    ORDERED = "ordered"
    INVOICED = "invoiced"
    OVERDUE = "overdue"
    PAID = "paid"
    UNBILLED = "unbilled"
    IN_FORCE = "in_force"
    CANCELLED = "cancelled"


class PurchaseEvent(StrEnum):
    DRAFT = "draft_purchase"
    ORDER = "order_purchase"
    INVOICE = "invoice_purchase"
    FALL_DUE = "fall_due_purchase"
    SETTLE = "settle_purchase"
    START = "start_purchase"
    CANCEL = "cancel_purchase"


P, V = PurchaseState, PurchaseEvent
OWING = (P.INVOICED, P.OVERDUE)

STARTED = (P.UNBILLED, P.IN_FORCE)
"""States in which its people are enrolled."""

_INVOICED = _("票据编号连续，开出后不能改；购买单位会收到通知。")

PURCHASE = Machine(
    name="protection.purchase",
    version=1,
    subject=_("团体购买"),
    opening=V.DRAFT,
    opening_label=_("起草购买"),
    initial=P.DRAFTED,
    states=(
        State(P.DRAFTED, _("填写中")),
        State(P.ORDERED, _("已下单，待开票"), Wait("finance_preparer", due=INVOICE_DAYS)),
        State(P.INVOICED, _("已开票，待付款")),
        State(P.OVERDUE, _("付款已逾期")),
        State(P.PAID, _("已付清，待起保")),
        State(P.UNBILLED, _("已参保，待开票"), Wait("finance_preparer", due=INVOICE_DAYS)),
        State(P.IN_FORCE, _("已参保")),
        State(P.CANCELLED, _("已取消")),
    ),
    moves=(
        Move(
            V.ORDER,
            (P.DRAFTED,),
            P.ORDERED,
            _("下单"),
            consequence=_("人数和金额从此固定，由互助保障的资金经办开票。款项到账后自动参保。"),
        ),
        Move(
            V.INVOICE,
            (P.ORDERED,),
            P.INVOICED,
            _("开票"),
            consequence=_INVOICED,
        ),
        Move(V.INVOICE, (P.UNBILLED,), P.IN_FORCE, _("开票"), consequence=_INVOICED),
        Move(V.FALL_DUE, (P.INVOICED,), P.OVERDUE, _("逾期")),
        Move(V.SETTLE, OWING, P.PAID, _("付清")),
        Move(V.START, (P.ORDERED,), P.UNBILLED, _("起保")),
        Move(V.START, (P.INVOICED, P.OVERDUE, P.PAID), P.IN_FORCE, _("起保")),
        Move(
            V.CANCEL,
            (P.DRAFTED, P.ORDERED, P.INVOICED, P.OVERDUE, P.PAID, P.UNBILLED, P.IN_FORCE),
            P.CANCELLED,
            _("取消购买"),
            needs_reason=True,
            consequence=_("只能在起保以前取消。已经收到的款项退回购买单位，参保随之作废。"),
        ),
    ),
    source="中国职工保险互助会各项活动办法：单位统一组织参加、一次交费；退款办法为本平台默认",
)


class ReceiptState(StrEnum):
    RECORDED = "recorded"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class ReceiptEvent(StrEnum):
    RECORD = "record_receipt"
    CONFIRM = "confirm_receipt"
    REJECT = "reject_receipt"


R = ReceiptState

RECEIPT = Machine(
    name="protection.receipt",
    version=1,
    subject=_("团体购买收款"),
    opening=ReceiptEvent.RECORD,
    opening_label=_("登记收款"),
    initial=R.RECORDED,
    states=(
        State(R.RECORDED, _("待复核"), Wait("finance_releaser", due=RECEIPT_DAYS)),
        State(R.CONFIRMED, _("已入账")),
        State(R.REJECTED, _("不属实")),
    ),
    moves=(
        Move(
            ReceiptEvent.CONFIRM,
            (R.RECORDED,),
            R.CONFIRMED,
            _("确认入账"),
            consequence=_("款项计入资金账户和统计；付清以后自动参保。"),
        ),
        Move(ReceiptEvent.REJECT, (R.RECORDED,), R.REJECTED, _("不属实"), needs_reason=True),
    ),
    source="本平台默认：收款由一人登记、另一人复核",
)


class CreditState(StrEnum):
    OPEN = "open"
    REFUNDING = "refunding"
    REFUND_FAILED = "refund_failed"
    REFUNDED = "refunded"
    OFFSETTING = "offsetting"
    OFFSET = "offset"


class CreditEvent(StrEnum):
    OPEN = "open_credit"
    REFUND = "refund_credit"
    PAY = "pay_credit"
    FAIL = "fail_credit"
    RECALL = "recall_credit"
    OFFSET = "offset_credit"
    SETTLE_OFFSET = "settle_offset"
    UNDO_OFFSET = "undo_offset"


C, CV = CreditState, CreditEvent

CREDIT = Machine(
    name="protection.credit",
    version=1,
    subject=_("团体购买余款"),
    opening=CV.OPEN,
    opening_label=_("登记余款"),
    initial=C.OPEN,
    states=(
        State(C.OPEN, _("待退款或抵扣"), Wait("union_officer", due=CREDIT_DAYS)),
        State(C.REFUNDING, _("退款办理中")),
        State(C.REFUND_FAILED, _("退款没有成功"), Wait("union_officer", due=CREDIT_DAYS)),
        State(C.REFUNDED, _("已退款")),
        State(C.OFFSETTING, _("抵扣待复核")),
        State(C.OFFSET, _("已抵扣")),
    ),
    moves=(
        Move(
            CV.REFUND,
            (C.OPEN, C.REFUND_FAILED),
            C.REFUNDING,
            _("退回购买单位"),
            consequence=_("余款列入付款申请，由资金经办组批、另一人放行后退到填写的账户。"),
        ),
        Move(CV.PAY, (C.REFUNDING, C.REFUND_FAILED), C.REFUNDED, _("退款到账")),
        Move(CV.FAIL, (C.REFUNDING, C.REFUNDED), C.REFUND_FAILED, _("退款没有成功")),
        Move(CV.RECALL, (C.REFUNDING, C.REFUND_FAILED), C.OPEN, _("退款取消，重新选择")),
        Move(
            CV.OFFSET,
            (C.OPEN,),
            C.OFFSETTING,
            _("抵扣另一次购买"),
            consequence=_("余款登记为另一次购买的收款，由资金复核确认后生效；钱留在同一个资金账户，不付出。"),
        ),
        Move(CV.SETTLE_OFFSET, (C.OFFSETTING,), C.OFFSET, _("抵扣确认")),
        Move(CV.UNDO_OFFSET, (C.OFFSETTING,), C.OPEN, _("抵扣未通过，重新选择")),
    ),
    source="本平台默认：参保人数少于付款人数或取消购买时，多付的款项退回或抵扣下一次购买",
)
