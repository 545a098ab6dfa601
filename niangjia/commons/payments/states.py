"""The lives of a payment, of a batch for the bank, of a bank account that somebody names for their money, and of a line
of the bank's file that nobody can place. Pure."""

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


class StrayState(StrEnum):
    WAITING = "waiting"
    PROPOSED = "proposed"
    PLACED = "placed"
    RESOLVED = "resolved"
    ASIDE_PROPOSED = "aside_proposed"
    SET_ASIDE = "set_aside"


class StrayEvent(StrEnum):
    REPORT_STRAY = "report_stray"
    PROPOSE_PLACE = "propose_place"
    CONFIRM_PLACE = "confirm_place"
    DECLINE_PLACE = "decline_place"
    RESOLVE_STRAY = "resolve_stray"
    SET_ASIDE = "set_aside"
    PROPOSE_ASIDE = "propose_aside"
    CONFIRM_ASIDE = "confirm_aside"
    DECLINE_ASIDE = "decline_aside"
    TAKE_UP = "take_up"


P, PE = PaymentState, PaymentEvent
B, BE = BatchState, BatchEvent
A, AE = BankAccountState, BankAccountEvent
S, SE = StrayState, StrayEvent

RELEASE_DAYS = "payments.release_days"
ANSWER_DAYS = "payments.answer_days"
CORRECTION_DAYS = "payments.correction_days"
ACCOUNT_DAYS = "payments.account_days"
STRAY_DAYS = "payments.stray_days"

LIVE = (P.REQUESTED, P.IN_BATCH, P.RELEASED, P.PAID, P.FAILED)
"""States in which a payment stands for what is to be paid: of these there is at most one for each source."""

GIVEN_UP = (P.CORRECTED, P.CANCELLED)
"""States in which a payment is over without having arrived; a late word of the bank may say otherwise."""

ON_ITS_WAY = (B.DRAWN_UP, B.PREPARED, B.RELEASED, B.ANSWERED)
"""States in which a batch still wants something."""

UNSETTLED = (S.WAITING, S.PROPOSED, S.ASIDE_PROPOSED)
"""States in which a line of the bank's file still wants somebody to look at it."""

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


STRAY = Machine(
    name="payments.stray",
    version=1,
    subject=_("对不上的回盘结果"),
    opening=SE.REPORT_STRAY,
    opening_label=_("列入待核对"),
    initial=S.WAITING,
    states=(
        State(S.WAITING, _("待核对"), Wait("finance_preparer", due=STRAY_DAYS)),
        State(S.PROPOSED, _("待另一人复核"), Wait("finance_releaser", due=RELEASE_DAYS)),
        State(S.PLACED, _("已对上付款")),
        State(S.RESOLVED, _("已由后来的结果了结")),
        State(S.ASIDE_PROPOSED, _("待另一人同意搁置"), Wait("finance_releaser", due=RELEASE_DAYS)),
        State(S.SET_ASIDE, _("已搁置")),
    ),
    moves=(
        Move(
            SE.PROPOSE_PLACE,
            (S.WAITING,),
            S.PROPOSED,
            _("对到一笔付款"),
            needs_reason=True,
            consequence=_("钱和付款都还不变，等另一位同事复核以后才按银行的这一行记账。"),
        ),
        Move(
            SE.CONFIRM_PLACE,
            (S.PROPOSED,),
            S.PLACED,
            _("复核无误，照此记账"),
            consequence=_("银行的这一行记到这笔付款上：说已付的记为到账，说没有付成的退回资金账户。"),
        ),
        Move(SE.DECLINE_PLACE, (S.PROPOSED,), S.WAITING, _("退回重新核对"), needs_reason=True),
        Move(SE.RESOLVE_STRAY, UNSETTLED, S.RESOLVED, _("由后来的结果了结")),
        Move(
            SE.SET_ASIDE,
            (S.WAITING,),
            S.SET_ASIDE,
            _("搁置"),
            needs_reason=True,
            consequence=_("钱和付款都不变，这一行不再等人核对；同一份回盘再读一次也不会重新出现，需要时可以重新核对。"),
        ),
        Move(
            SE.PROPOSE_ASIDE,
            (S.WAITING,),
            S.ASIDE_PROPOSED,
            _("提出搁置：银行说错了"),
            needs_reason=True,
            consequence=_("钱和付款都还不变，等另一位同事同意以后，重新办的一笔才能照常付款。"),
        ),
        Move(
            SE.CONFIRM_ASIDE,
            (S.ASIDE_PROPOSED,),
            S.SET_ASIDE,
            _("同意搁置"),
            consequence=_(
                "两个人都核实这笔钱没有到账：重新办的一笔从此照常组批、放行。银行以后再说已付，会重新列入待核对。"
            ),
        ),
        Move(SE.DECLINE_ASIDE, (S.ASIDE_PROPOSED,), S.WAITING, _("不同意，重新核对"), needs_reason=True),
        Move(SE.TAKE_UP, (S.SET_ASIDE,), S.WAITING, _("重新核对"), needs_reason=True),
    ),
    source="《会计基础工作规范》：与银行对账，未达账项逐笔核对",
)


class Astray(StrEnum):
    """Why a line of the bank's file could not simply be counted."""

    UNKNOWN = "unknown"
    ELSEWHERE = "elsewhere"
    SUM_DIFFERS = "sum_differs"
    DOUBLED = "doubled"
    PAID_TWICE = "paid_twice"
    PAID_LATE = "paid_late"


ASTRAY_LABELS: dict[Astray, Text] = {
    Astray.UNKNOWN: _("查不到这个参考号"),
    Astray.ELSEWHERE: _("参考号不属于这一批"),
    Astray.SUM_DIFFERS: _("金额和付出的不一致"),
    Astray.DOUBLED: _("同一行在文件里重复"),
    Astray.PAID_TWICE: _("银行说付了两次"),
    Astray.PAID_LATE: _("另行办理以后银行才说已付"),
}

COUNTED = (Astray.DOUBLED, Astray.PAID_TWICE)
"""Causes of lines whose word stands with their payment already; by hand they go only to another one."""


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
