"""The lives of a plan's version, an enrolment, a claim and an appeal against its answer."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.machine import Machine, Move, State, Wait
from niangjia.kernel.text import _


class VersionState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    CLOSED = "closed"


class VersionEvent(StrEnum):
    DRAW_UP = "draw_up"
    PUBLISH = "publish"
    SUPERSEDE = "supersede"
    CLOSE_VERSION = "close_version"


PLAN_VERSION = Machine(
    name="protection.plan_version",
    version=1,
    subject=_("保障方案版本"),
    opening=VersionEvent.DRAW_UP,
    opening_label=_("起草版本"),
    initial=VersionState.DRAFT,
    states=(
        State(VersionState.DRAFT, _("起草中")),
        State(VersionState.PUBLISHED, _("已发布")),
        State(VersionState.SUPERSEDED, _("已有新版本")),
        State(VersionState.CLOSED, _("已停办")),
    ),
    moves=(
        Move(
            VersionEvent.PUBLISH,
            (VersionState.DRAFT,),
            VersionState.PUBLISHED,
            _("发布"),
            consequence=_("发布后条款不能再改；以后的变化要起草新版本。"),
        ),
        Move(VersionEvent.SUPERSEDE, (VersionState.PUBLISHED,), VersionState.SUPERSEDED, _("由新版本接替")),
        Move(
            VersionEvent.CLOSE_VERSION,
            (VersionState.PUBLISHED, VersionState.SUPERSEDED),
            VersionState.CLOSED,
            _("停办"),
            needs_reason=True,
            consequence=_("不再接受新的参保；已经参保的人，保障到期前照常理赔。"),
        ),
    ),
    source="中国职工保险互助会各项活动办法：每期活动办法一经公布，当期不变",
)

JUDGING_VERSIONS = (VersionState.PUBLISHED, VersionState.SUPERSEDED, VersionState.CLOSED)
"""States in which a version's terms stand for good and judge claims."""


class EnrolmentState(StrEnum):
    IN_FORCE = "in_force"
    ENDED = "ended"
    CANCELLED = "cancelled"


class EnrolmentEvent(StrEnum):
    ENROL = "enrol"
    END_ENROLMENT = "end_enrolment"
    CANCEL_ENROLMENT = "cancel_enrolment"


ENROLMENT = Machine(
    name="protection.enrolment",
    version=1,
    subject=_("参保"),
    opening=EnrolmentEvent.ENROL,
    opening_label=_("参保"),
    initial=EnrolmentState.IN_FORCE,
    states=(
        State(EnrolmentState.IN_FORCE, _("保障中")),
        State(EnrolmentState.ENDED, _("已终止")),
        State(EnrolmentState.CANCELLED, _("已作废")),
    ),
    moves=(
        Move(
            EnrolmentEvent.END_ENROLMENT,
            (EnrolmentState.IN_FORCE,),
            EnrolmentState.ENDED,
            _("终止保障"),
            needs_reason=True,
            consequence=_("从终止的下一天起不再保障；之前发生的事照常理赔。"),
        ),
        Move(
            EnrolmentEvent.CANCEL_ENROLMENT,
            (EnrolmentState.IN_FORCE,),
            EnrolmentState.CANCELLED,
            _("作废"),
            needs_reason=True,
            consequence=_("这次参保当作没有发生过，统计数字随之更正。"),
        ),
    ),
    source="中国职工保险互助会各项活动办法",
)


class ClaimState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    UNIT_CONFIRMED = "unit_confirmed"
    AGENCY_SUPPLEMENT = "agency_supplement"
    AGENCY_CHECKED = "agency_checked"
    SUPPLEMENT = "supplement"
    OFFICE_REVIEW = "office_review"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    IN_PAYMENT_FILE = "in_payment_file"
    PAID = "paid"
    PAYMENT_FAILED = "payment_failed"
    CLOSED = "closed"


class ClaimEvent(StrEnum):
    BEGIN = "begin"
    SUBMIT = "submit"
    CONFIRM_UNIT = "confirm_unit"
    CHECK = "check"
    ASK_MORE = "ask_more"
    SUPPLY = "supply"
    REVIEW = "review"
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"
    ENTER_PAYMENT_FILE = "enter_payment_file"
    PAY = "pay"
    FAIL_PAYMENT = "fail_payment"
    LEAVE_PAYMENT_FILE = "leave_payment_file"
    RETRY_PAYMENT = "retry_payment"
    FORGO_PAYMENT = "forgo_payment"
    REOPEN = "reopen"
    CLOSE_CLAIM = "close_claim"


S, E = ClaimState, ClaimEvent
UNIT_DAYS = "protection.unit_days"
AGENCY_DAYS = "protection.agency_days"
OFFICE_DAYS = "protection.office_days"
SUPPLEMENT_DAYS = "protection.supplement_days"
APPEAL_DAYS = "protection.appeal_days"
APPEAL_ANSWER_DAYS = "protection.appeal_answer_days"

WITH_CLAIMANT = (S.AGENCY_SUPPLEMENT, S.SUPPLEMENT)
IN_REVIEW = (S.SUBMITTED, S.UNIT_CONFIRMED, S.AGENCY_CHECKED, S.OFFICE_REVIEW)
UNDECIDED = (S.DRAFT, *IN_REVIEW, *WITH_CLAIMANT)
ANSWERED_YES = (S.APPROVED, S.IN_PAYMENT_FILE, S.PAID, S.PAYMENT_FAILED)

_claimant = Wait("self", due=SUPPLEMENT_DAYS, paused=True)

CLAIM = Machine(
    name="protection.claim",
    version=1,
    subject=_("理赔申请"),
    opening=E.BEGIN,
    opening_label=_("开始填写"),
    initial=S.DRAFT,
    states=(
        State(S.DRAFT, _("填写中")),
        State(S.SUBMITTED, _("单位工会核实中"), Wait("union_officer", due=UNIT_DAYS)),
        State(S.UNIT_CONFIRMED, _("代办点初审中"), Wait("agency_clerk", due=AGENCY_DAYS)),
        State(S.AGENCY_SUPPLEMENT, _("待您补充（代办点）"), _claimant),
        State(S.AGENCY_CHECKED, _("待互助保障办公室受理"), Wait("reviewer", due=OFFICE_DAYS)),
        State(S.SUPPLEMENT, _("待您补充"), _claimant),
        State(S.OFFICE_REVIEW, _("互助保障办公室审核中"), Wait("reviewer", due=OFFICE_DAYS)),
        State(S.APPROVED, _("已通过，等待付款")),
        State(S.REFUSED, _("未通过")),
        State(S.WITHDRAWN, _("已撤回")),
        State(S.LAPSED, _("逾期未补充，已终止")),
        State(S.IN_PAYMENT_FILE, _("付款处理中")),
        State(S.PAID, _("已付款")),
        State(S.PAYMENT_FAILED, _("付款没有成功")),
        State(S.CLOSED, _("已归档")),
    ),
    moves=(
        Move(E.SUBMIT, (S.DRAFT,), S.SUBMITTED, _("提交申请")),
        Move(
            E.CONFIRM_UNIT,
            (S.SUBMITTED,),
            S.UNIT_CONFIRMED,
            _("核实无误"),
            consequence=_("转代办点初审。您只核实身份和参保，看不到病情和材料。"),
        ),
        Move(E.CHECK, (S.UNIT_CONFIRMED,), S.AGENCY_CHECKED, _("材料齐全"), consequence=_("转互助保障办公室审核。")),
        Move(
            E.ASK_MORE,
            (S.UNIT_CONFIRMED,),
            S.AGENCY_SUPPLEMENT,
            _("请申请人补充"),
            needs_reason=True,
            consequence=_("办理期限暂停，申请人会收到短信；补充后接着计算。"),
        ),
        Move(
            E.ASK_MORE,
            (S.AGENCY_CHECKED, S.OFFICE_REVIEW),
            S.SUPPLEMENT,
            _("请申请人补充"),
            needs_reason=True,
            consequence=_("办理期限暂停，申请人会收到短信；补充后接着计算。"),
        ),
        Move(E.SUPPLY, (S.AGENCY_SUPPLEMENT,), S.UNIT_CONFIRMED, _("提交补充")),
        Move(E.SUPPLY, (S.SUPPLEMENT,), S.AGENCY_CHECKED, _("提交补充")),
        Move(
            E.REVIEW,
            (S.AGENCY_CHECKED,),
            S.OFFICE_REVIEW,
            _("受理并计算"),
            consequence=_("按出险当天有效的条款计算，每一步都保存下来。"),
        ),
        Move(
            E.APPROVE,
            (S.OFFICE_REVIEW,),
            S.APPROVED,
            _("通过"),
            consequence=_("按计算结果付款，申请人会收到短信。"),
        ),
        Move(
            E.REFUSE,
            (S.UNIT_CONFIRMED, S.AGENCY_CHECKED, S.OFFICE_REVIEW),
            S.REFUSED,
            _("不通过"),
            needs_reason=True,
            consequence=_("申请人会看到您写的理由，可以申诉一次，由另一位审核员决定。"),
        ),
        Move(E.WITHDRAW, UNDECIDED, S.WITHDRAWN, _("撤回申请"), consequence=_("申请结束，以后可以重新申请。")),
        Move(E.LAPSE, WITH_CLAIMANT, S.LAPSED, _("逾期终止")),
        Move(E.ENTER_PAYMENT_FILE, (S.APPROVED, S.PAYMENT_FAILED), S.IN_PAYMENT_FILE, _("列入付款文件")),
        Move(E.LEAVE_PAYMENT_FILE, (S.IN_PAYMENT_FILE,), S.APPROVED, _("移出付款文件")),
        Move(E.PAY, (S.IN_PAYMENT_FILE, S.PAYMENT_FAILED), S.PAID, _("付款成功")),
        Move(E.FAIL_PAYMENT, (S.IN_PAYMENT_FILE, S.PAID), S.PAYMENT_FAILED, _("付款失败"), needs_reason=True),
        Move(E.RETRY_PAYMENT, (S.PAYMENT_FAILED,), S.APPROVED, _("更正账户，重新付款")),
        Move(E.FORGO_PAYMENT, (S.APPROVED, S.PAYMENT_FAILED), S.CLOSED, _("不再付款"), needs_reason=True),
        Move(E.REOPEN, (S.REFUSED, S.PAID), S.AGENCY_CHECKED, _("申诉成立，重新审核"), needs_reason=True),
        Move(E.CLOSE_CLAIM, (S.PAID, S.REFUSED), S.CLOSED, _("归档")),
    ),
    source="中国职工保险互助会北京办事处理赔流程：基层工会—代办处—办事处逐级审核",
)


class AppealState(StrEnum):
    LODGED = "lodged"
    UPHELD = "upheld"
    REJECTED = "rejected"
    TAKEN_BACK = "taken_back"


class AppealEvent(StrEnum):
    LODGE = "lodge"
    UPHOLD = "uphold"
    REJECT = "reject"
    TAKE_BACK = "take_back"


APPEAL = Machine(
    name="protection.appeal",
    version=1,
    subject=_("理赔申诉"),
    opening=AppealEvent.LODGE,
    opening_label=_("提出申诉"),
    initial=AppealState.LODGED,
    states=(
        State(AppealState.LODGED, _("申诉审核中"), Wait("reviewer", due=APPEAL_ANSWER_DAYS)),
        State(AppealState.UPHELD, _("申诉成立")),
        State(AppealState.REJECTED, _("维持原决定")),
        State(AppealState.TAKEN_BACK, _("已撤回申诉")),
    ),
    moves=(
        Move(
            AppealEvent.UPHOLD,
            (AppealState.LODGED,),
            AppealState.UPHELD,
            _("申诉成立"),
            needs_reason=True,
            consequence=_("理赔申请回到审核，由没有办过它的审核员重新决定。"),
        ),
        Move(
            AppealEvent.REJECT,
            (AppealState.LODGED,),
            AppealState.REJECTED,
            _("维持原决定"),
            needs_reason=True,
            consequence=_("申请人会看到您写的理由；申诉只有一次。"),
        ),
        Move(AppealEvent.TAKE_BACK, (AppealState.LODGED,), AppealState.TAKEN_BACK, _("撤回申诉")),
    ),
    source="本平台默认：不服决定可以申诉一次，由另一人决定",
)


class CondolenceState(StrEnum):
    PROPOSED = "proposed"
    GRANTED = "granted"
    DECLINED = "declined"
    IN_PAYMENT_FILE = "in_payment_file"
    PAID = "paid"
    PAYMENT_FAILED = "payment_failed"


class CondolenceEvent(StrEnum):
    PROPOSE = "propose"
    GRANT = "grant"
    DECLINE = "decline"
    SEND_CONDOLENCE = "send_condolence"
    PAY_CONDOLENCE = "pay_condolence"
    FAIL_CONDOLENCE = "fail_condolence"
    RECALL_CONDOLENCE = "recall_condolence"
    FORGO_CONDOLENCE = "forgo_condolence"


C, F = CondolenceState, CondolenceEvent

CONDOLENCE = Machine(
    name="protection.condolence",
    version=1,
    subject=_("慰问金"),
    opening=F.PROPOSE,
    opening_label=_("提议慰问"),
    initial=C.PROPOSED,
    states=(
        State(C.PROPOSED, _("等待复核"), Wait("reviewer", due=OFFICE_DAYS)),
        State(C.GRANTED, _("已同意，等待付款")),
        State(C.DECLINED, _("未同意")),
        State(C.IN_PAYMENT_FILE, _("付款处理中")),
        State(C.PAID, _("已付款")),
        State(C.PAYMENT_FAILED, _("付款没有成功")),
    ),
    moves=(
        Move(F.GRANT, (C.PROPOSED,), C.GRANTED, _("同意慰问"), consequence=_("按提议的金额付款，本人会收到短信。")),
        Move(F.DECLINE, (C.PROPOSED,), C.DECLINED, _("不同意"), needs_reason=True),
        Move(F.SEND_CONDOLENCE, (C.GRANTED, C.PAYMENT_FAILED), C.IN_PAYMENT_FILE, _("列入付款文件")),
        Move(F.PAY_CONDOLENCE, (C.IN_PAYMENT_FILE, C.PAYMENT_FAILED), C.PAID, _("付款成功")),
        Move(F.FAIL_CONDOLENCE, (C.IN_PAYMENT_FILE, C.PAID), C.PAYMENT_FAILED, _("付款失败"), needs_reason=True),
        Move(F.RECALL_CONDOLENCE, (C.IN_PAYMENT_FILE, C.PAYMENT_FAILED), C.GRANTED, _("重新等待付款")),
        Move(F.FORGO_CONDOLENCE, (C.GRANTED, C.PAYMENT_FAILED), C.DECLINED, _("不再付款"), needs_reason=True),
    ),
    source="本平台默认：慰问在理赔之外，由一人提议、另一人同意",
)

MACHINES = (PLAN_VERSION, ENROLMENT, CLAIM, APPEAL, CONDOLENCE)
