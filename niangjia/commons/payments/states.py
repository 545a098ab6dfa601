"""The lives of a payment, of a batch for the bank, and of a bank account that somebody names for their money. Pure."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.machine import Machine, Move, State, Wait
from niangjia.kernel.text import Text, _


class PaymentState(StrEnum):
    REQUESTED = "requested"
    IN_BATCH = "in_batch"
    RELEASED = "released"
    PAID = "paid"
    FAILED = "failed"
    CORRECTED = "corrected"
    CANCELLED = "cancelled"


class PaymentEvent(StrEnum):
    REQUEST = "request"
    DRAW_UP = "draw_up"
    TAKE_OUT = "take_out"
    RELEASE = "release"
    PAY = "pay"
    FAIL = "fail"
    CORRECT = "correct"
    SETTLE = "settle"
    CANCEL = "cancel"


class BatchState(StrEnum):
    DRAWN_UP = "drawn_up"
    PREPARED = "prepared"
    RELEASED = "released"
    ANSWERED = "answered"
    CLOSED = "closed"
    DISCARDED = "discarded"


class BatchEvent(StrEnum):
    DRAW_UP = "draw_up"
    PREPARE = "prepare"
    SEND_BACK = "send_back"
    RELEASE = "release"
    ANSWER = "answer"
    CLOSE = "close"
    DISCARD = "discard"


class BankAccountState(StrEnum):
    NAMED = "named"
    IN_USE = "in_use"
    REFUSED = "refused"
    REPLACED = "replaced"


class BankAccountEvent(StrEnum):
    NAME_ACCOUNT = "name_account"
    CONFIRM_ACCOUNT = "confirm_account"
    REFUSE_ACCOUNT = "refuse_account"
    REPLACE_ACCOUNT = "replace_account"


P, PE = PaymentState, PaymentEvent
B, BE = BatchState, BatchEvent
A, AE = BankAccountState, BankAccountEvent

RELEASE_DAYS = "payments.release_days"
ANSWER_DAYS = "payments.answer_days"
CORRECTION_DAYS = "payments.correction_days"
ACCOUNT_DAYS = "payments.account_days"

LIVE = (P.REQUESTED, P.IN_BATCH, P.RELEASED, P.PAID, P.FAILED)
"""States in which a payment stands for what is to be paid: of these there is at most one for each source."""

GIVEN_UP = (P.CORRECTED, P.CANCELLED)
"""States in which a payment is over without having arrived; a late word of the bank may say otherwise."""

ON_ITS_WAY = (B.DRAWN_UP, B.PREPARED, B.RELEASED, B.ANSWERED)
"""States in which a batch still wants something."""

PAYMENT = Machine(
    name="payments.payment",
    version=1,
    subject=_("付款"),
    opening=PE.REQUEST,
    opening_label=_("申请付款"),
    initial=P.REQUESTED,
    states=(
        State(P.REQUESTED, _("待组批")),
        State(P.IN_BATCH, _("已组批")),
        State(P.RELEASED, _("银行办理中")),
        State(P.PAID, _("已到账")),
        State(P.FAILED, _("未付成"), Wait("self", due=CORRECTION_DAYS)),
        State(P.CORRECTED, _("已改正，另行付款")),
        State(P.CANCELLED, _("已取消")),
    ),
    moves=(
        Move(PE.DRAW_UP, (P.REQUESTED,), P.IN_BATCH, _("组批")),
        Move(PE.TAKE_OUT, (P.IN_BATCH,), P.REQUESTED, _("移出批次")),
        Move(PE.RELEASE, (P.IN_BATCH,), P.RELEASED, _("放行")),
        Move(PE.PAY, (P.RELEASED, P.FAILED), P.PAID, _("到账")),
        Move(PE.FAIL, (P.RELEASED, P.PAID), P.FAILED, _("未付成")),
        Move(
            PE.CORRECT,
            (P.FAILED,),
            P.CORRECTED,
            _("按新账户重新付款"),
            consequence=_("原付款作结，按新账户另开一笔，等下一批付出。"),
        ),
        Move(
            PE.SETTLE,
            (P.CORRECTED,),
            P.PAID,
            _("按银行迟到的结果记为到账"),
            consequence=_("这一笔记为已到账，重新办的一笔作废，不会再付第二次。"),
        ),
        Move(
            PE.CANCEL,
            (P.REQUESTED, P.FAILED),
            P.CANCELLED,
            _("取消付款"),
            needs_reason=True,
            consequence=_("这笔钱不再付出，申请的部门会看到理由。"),
        ),
    ),
    source="《工会会计制度》；《会计基础工作规范》",
)

BATCH = Machine(
    name="payments.batch",
    version=1,
    subject=_("付款批次"),
    opening=BE.DRAW_UP,
    opening_label=_("组批"),
    initial=B.DRAWN_UP,
    states=(
        State(B.DRAWN_UP, _("待提交"), Wait("finance_preparer")),
        State(B.PREPARED, _("待复核"), Wait("finance_releaser", due=RELEASE_DAYS)),
        State(B.RELEASED, _("银行办理中"), Wait("finance_preparer", due=ANSWER_DAYS)),
        State(B.ANSWERED, _("部分回盘"), Wait("finance_preparer", due=ANSWER_DAYS)),
        State(B.CLOSED, _("已结清")),
        State(B.DISCARDED, _("已作废")),
    ),
    moves=(
        Move(
            BE.PREPARE,
            (B.DRAWN_UP,),
            B.PREPARED,
            _("提交复核"),
            consequence=_("名单和金额从此不能改动，等另一位同事复核放行。"),
        ),
        Move(
            BE.SEND_BACK,
            (B.PREPARED,),
            B.DRAWN_UP,
            _("退回修改"),
            needs_reason=True,
            consequence=_("退回经办人，可以移出有问题的付款后再提交。"),
        ),
        Move(
            BE.RELEASE,
            (B.PREPARED,),
            B.RELEASED,
            _("复核放行"),
            consequence=_("资金从账户转出，付款文件可以下载交给银行；放行后不能撤回。"),
        ),
        Move(BE.ANSWER, (B.RELEASED,), B.ANSWERED, _("读入回盘")),
        Move(BE.CLOSE, (B.RELEASED, B.ANSWERED), B.CLOSED, _("结清")),
        Move(
            BE.DISCARD,
            (B.DRAWN_UP, B.PREPARED),
            B.DISCARDED,
            _("作废"),
            needs_reason=True,
            consequence=_("名单里的付款回到待组批，钱没有动。"),
        ),
    ),
    source="《工会会计制度》：不相容岗位分离",
)

BANK_ACCOUNT = Machine(
    name="payments.bank_account",
    version=1,
    subject=_("收款账户"),
    opening=AE.NAME_ACCOUNT,
    opening_label=_("登记收款账户"),
    initial=A.NAMED,
    states=(
        State(A.NAMED, _("核对中"), Wait("finance_preparer", due=ACCOUNT_DAYS)),
        State(A.IN_USE, _("使用中")),
        State(A.REFUSED, _("未通过")),
        State(A.REPLACED, _("已更换")),
    ),
    moves=(
        Move(
            AE.CONFIRM_ACCOUNT,
            (A.NAMED,),
            A.IN_USE,
            _("核对无误"),
            consequence=_("以后的付款都付到这个账户，未付成的付款马上按它重新办理。"),
        ),
        Move(
            AE.REFUSE_ACCOUNT,
            (A.NAMED,),
            A.REFUSED,
            _("不通过"),
            needs_reason=True,
            consequence=_("仍用原来的账户，本人会看到您写的理由，可以重新登记。"),
        ),
        Move(AE.REPLACE_ACCOUNT, (A.NAMED, A.IN_USE), A.REPLACED, _("换成新账户")),
    ),
    source="《个人信息保护法》第二十九条",
)


class Cause(StrEnum):
    """Why a payment did not arrive, as the bank's file says it."""

    WRONG_CARD = "wrong_card"
    CLOSED = "closed"
    NAME_DIFFERS = "name_differs"
    RETURNED = "returned"
    OTHER = "other"


CAUSE_LABELS: dict[Cause, Text] = {
    Cause.WRONG_CARD: _("卡号有误"),
    Cause.CLOSED: _("账户已注销"),
    Cause.NAME_DIFFERS: _("户名不符"),
    Cause.RETURNED: _("到账后被退回"),
    Cause.OTHER: _("其他原因"),
}


class Side(StrEnum):
    """What an account is for: the fund itself, where it comes from, what is with the bank, what has arrived."""

    FUND = "fund"
    SOURCE = "source"
    WITH_BANK = "with_bank"
    PAID_OUT = "paid_out"


SIDE_LABELS: dict[Side, Text] = {
    Side.FUND: _("资金余额"),
    Side.SOURCE: _("资金来源"),
    Side.WITH_BANK: _("银行办理中"),
    Side.PAID_OUT: _("已付出"),
}

FUND_LABELS: dict[str, Text] = {
    "union_dues": _("工会经费"),
    "city_union": _("市总工会经费"),
    "mutual_aid": _("互助保障资金"),
    "reimbursement": _("二次报销资金"),
    "hardship": _("帮扶资金"),
    "fiscal": _("财政资金"),
    "donations": _("社会捐赠"),
}
"""Funds that are known by a word; another code is shown as it is."""


def fund_label(code: str) -> Text:
    return FUND_LABELS.get(code) or _("资金 {code}", code=code)
