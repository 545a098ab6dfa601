"""The lives of a feed of settlements, of a case, of the round that agrees to cases, and of what matched nobody."""

from __future__ import annotations

from enum import StrEnum

from niangjia.commons.rosters.states import Words, machine
from niangjia.kernel.machine import Machine, Move, State, Wait
from niangjia.kernel.text import Text, _


class Programme(StrEnum):
    """The two programmes. They are never rolled into one figure."""

    FREE = "free"
    GENERAL = "general"


PROGRAMME_LABELS: dict[Programme, Text] = {
    Programme.FREE: _("新就业形态劳动者二次报销"),
    Programme.GENERAL: _("会员二次报销"),
}


class Outcome(StrEnum):
    """What would become of a row of a feed."""

    DUE = "due"
    NOTHING = "nothing"
    KNOWN = "known"
    UNMATCHED = "unmatched"
    ERROR = "error"


OUTCOME_LABELS: dict[Outcome, Text] = {
    Outcome.DUE: _("可报销"),
    Outcome.NOTHING: _("报销金额为零"),
    Outcome.KNOWN: _("已经处理过"),
    Outcome.UNMATCHED: _("没有匹配到人"),
    Outcome.ERROR: _("有错误"),
}
TAKEN = (Outcome.DUE.value, Outcome.NOTHING.value, Outcome.UNMATCHED.value)
"""Rows that leave something behind when a feed is applied."""


class Cause(StrEnum):
    """Why a settlement matched nobody."""

    UNKNOWN_NUMBER = "unknown_number"
    NAME_DIFFERS = "name_differs"
    NOT_A_MEMBER = "not_a_member"
    OTHER_PROGRAMME = "other_programme"
    OUT_OF_REACH = "out_of_reach"


CAUSE_LABELS: dict[Cause, Text] = {
    Cause.UNKNOWN_NUMBER: _("没有登记过这个证件号码"),
    Cause.NAME_DIFFERS: _("姓名和登记的不一样"),
    Cause.NOT_A_MEMBER: _("就诊时不是会员"),
    Cause.OTHER_PROGRAMME: _("不属于这个项目的职业类别"),
    Cause.OUT_OF_REACH: _("会籍不在这个工会下面"),
}

FEED_DAYS = "reimbursement.feed_days"
ROUND_DAYS = "reimbursement.round_days"

FEED = machine(
    "reimbursement.feed",
    Words(
        subject=_("结算数据"),
        apply=_("按试算结果生成"),
        apply_consequence=_("生成一轮报销，交给另一位同事复核；复核同意以前不付钱。"),
        confirm_consequence=_("另一位同事复核后才生成报销，现在不改动任何数据。"),
        recheck_consequence=_("按现在的会籍和额度重新匹配、重新试算。"),
        applying=_("生成中"),
        applied=_("已生成"),
    ),
    role="agency_clerk",
    due=FEED_DAYS,
    source="北京市职工互助保障：二次报销无须申请，按医保结算数据办理",
)


class CaseState(StrEnum):
    COMPUTED = "computed"
    NOTHING = "nothing"
    WITHHELD = "withheld"
    APPROVED = "approved"
    IN_PAYMENT_FILE = "in_payment_file"
    PAID = "paid"
    PAYMENT_FAILED = "payment_failed"
    DROPPED = "dropped"


class CaseEvent(StrEnum):
    COMPUTE = "compute"
    FIND_NOTHING = "find_nothing"
    WITHHOLD = "withhold"
    TAKE_UP = "take_up"
    APPROVE_CASE = "approve_case"
    ENTER_PAYMENT_FILE = "enter_payment_file"
    PAY = "pay"
    FAIL_PAYMENT = "fail_payment"
    LEAVE_PAYMENT_FILE = "leave_payment_file"
    RETRY_PAYMENT = "retry_payment"
    FORGO_PAYMENT = "forgo_payment"
    DROP = "drop"


C, CE = CaseState, CaseEvent

COUNTING = (C.COMPUTED, C.NOTHING, C.APPROVED, C.IN_PAYMENT_FILE, C.PAID, C.PAYMENT_FAILED)
"""States in which a case has used what it takes of a year's deductible and ceiling."""

CASE = Machine(
    name="reimbursement.case",
    version=1,
    subject=_("二次报销"),
    opening=CE.COMPUTE,
    opening_label=_("计算"),
    initial=C.COMPUTED,
    states=(
        State(C.COMPUTED, _("待复核")),
        State(C.NOTHING, _("没有可报销金额")),
        State(C.WITHHELD, _("暂缓，核实中")),
        State(C.APPROVED, _("已同意，等待付款")),
        State(C.IN_PAYMENT_FILE, _("银行办理中")),
        State(C.PAID, _("已到账")),
        State(C.PAYMENT_FAILED, _("未付成")),
        State(C.DROPPED, _("不予报销")),
    ),
    moves=(
        Move(CE.FIND_NOTHING, (C.COMPUTED,), C.NOTHING, _("没有可报销金额")),
        Move(
            CE.WITHHOLD,
            (C.COMPUTED,),
            C.WITHHELD,
            _("暂缓"),
            needs_reason=True,
            consequence=_("这一笔不随本轮付款，核实后再处理；用去的额度退回。"),
        ),
        Move(
            CE.TAKE_UP,
            (C.WITHHELD,),
            C.COMPUTED,
            _("核实后恢复办理"),
            needs_reason=True,
            consequence=_("按现在的累计重新计算，由另一位同事逐笔核对、复核后付款。"),
        ),
        Move(CE.APPROVE_CASE, (C.COMPUTED,), C.APPROVED, _("同意付款")),
        Move(CE.ENTER_PAYMENT_FILE, (C.APPROVED, C.PAYMENT_FAILED), C.IN_PAYMENT_FILE, _("进入付款文件")),
        Move(CE.PAY, (C.IN_PAYMENT_FILE, C.PAYMENT_FAILED), C.PAID, _("到账")),
        Move(CE.FAIL_PAYMENT, (C.IN_PAYMENT_FILE, C.PAID), C.PAYMENT_FAILED, _("未付成")),
        Move(CE.LEAVE_PAYMENT_FILE, (C.IN_PAYMENT_FILE,), C.APPROVED, _("移出付款文件")),
        Move(CE.RETRY_PAYMENT, (C.PAYMENT_FAILED,), C.APPROVED, _("按新账户重新付款")),
        Move(CE.FORGO_PAYMENT, (C.APPROVED, C.PAYMENT_FAILED), C.DROPPED, _("不再付款")),
        Move(
            CE.DROP,
            (C.COMPUTED, C.WITHHELD),
            C.DROPPED,
            _("不予报销"),
            needs_reason=True,
            consequence=_("这一笔作结，会员能看到理由。"),
        ),
    ),
    source="北京市职工互助保障：二次报销",
)


class RoundState(StrEnum):
    REVIEWING = "reviewing"
    APPROVED = "approved"
    CALLED_OFF = "called_off"


class RoundEvent(StrEnum):
    OPEN_ROUND = "open_round"
    APPROVE_ROUND = "approve_round"
    CALL_OFF_ROUND = "call_off_round"


R, RE = RoundState, RoundEvent

ROUND = Machine(
    name="reimbursement.round",
    version=1,
    subject=_("报销复核"),
    opening=RE.OPEN_ROUND,
    opening_label=_("提交复核"),
    initial=R.REVIEWING,
    states=(
        State(R.REVIEWING, _("待复核"), Wait("reviewer", due=ROUND_DAYS)),
        State(R.APPROVED, _("已同意付款")),
        State(R.CALLED_OFF, _("已作废")),
    ),
    moves=(
        Move(
            RE.APPROVE_ROUND,
            (R.REVIEWING,),
            R.APPROVED,
            _("同意付款"),
            consequence=_("本轮没有暂缓的报销全部申请付款，会员会收到通知。"),
        ),
        Move(
            RE.CALL_OFF_ROUND,
            (R.REVIEWING,),
            R.CALLED_OFF,
            _("作废这一轮"),
            needs_reason=True,
            consequence=_("本轮的报销都不付款，用去的额度退回；同一份数据可以重新上传。"),
        ),
    ),
    source="《工会会计制度》：不相容岗位分离",
)


class LostState(StrEnum):
    WAITING = "waiting"
    MATCHED = "matched"
    GIVEN_UP = "given_up"


class LostEvent(StrEnum):
    SET_ASIDE = "set_aside"
    MATCH = "match"
    GIVE_UP_ON = "give_up_on"


L, LE = LostState, LostEvent

LOST = Machine(
    name="reimbursement.lost",
    version=1,
    subject=_("没有匹配到人的结算"),
    opening=LE.SET_ASIDE,
    opening_label=_("另列"),
    initial=L.WAITING,
    states=(
        State(L.WAITING, _("待核对")),
        State(L.MATCHED, _("已匹配")),
        State(L.GIVEN_UP, _("不再核对")),
    ),
    moves=(
        Move(LE.MATCH, (L.WAITING,), L.MATCHED, _("匹配到人")),
        Move(
            LE.GIVE_UP_ON,
            (L.WAITING,),
            L.GIVEN_UP,
            _("不再核对"),
            needs_reason=True,
            consequence=_("这一笔不报销；同一流水号再来时仍然另列。"),
        ),
    ),
    source="北京市职工互助保障：二次报销",
)

MACHINES = (FEED, CASE, ROUND, LOST)
