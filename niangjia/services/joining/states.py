"""The life of an application to join."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.machine import Machine, Move, State, Wait
from niangjia.kernel.text import _


class ApplicationState(StrEnum):
    SUBMITTED = "submitted"
    SUPPLEMENT = "supplement"
    UPPER_REVIEW = "upper_review"
    UPPER_SUPPLEMENT = "upper_supplement"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class ApplicationEvent(StrEnum):
    SUBMIT = "submit"
    ASK_MORE = "ask_more"
    SUPPLY = "supply"
    SEND_ON = "send_on"
    ENDORSE = "endorse"
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"


S, E = ApplicationState, ApplicationEvent
ANSWER_DAYS = "joining.answer_days"
SUPPLEMENT_DAYS = "joining.supplement_days"

OPEN_STATES = (S.SUBMITTED, S.SUPPLEMENT, S.UPPER_REVIEW, S.UPPER_SUPPLEMENT)
IN_REVIEW = (S.SUBMITTED, S.UPPER_REVIEW)
WITH_APPLICANT = (S.SUPPLEMENT, S.UPPER_SUPPLEMENT)

_officer = Wait("union_officer", due=ANSWER_DAYS)
_applicant = Wait("self", due=SUPPLEMENT_DAYS, paused=True)

APPLICATION = Machine(
    name="joining.application",
    version=1,
    subject=_("入会申请"),
    opening=E.SUBMIT,
    opening_label=_("提交申请"),
    initial=S.SUBMITTED,
    states=(
        State(S.SUBMITTED, _("审核中"), _officer),
        State(S.SUPPLEMENT, _("待您补充"), _applicant),
        State(S.UPPER_REVIEW, _("上级工会审核中"), _officer),
        State(S.UPPER_SUPPLEMENT, _("待您补充（上级工会）"), _applicant),
        State(S.APPROVED, _("已通过")),
        State(S.REFUSED, _("未通过")),
        State(S.WITHDRAWN, _("已撤回")),
        State(S.LAPSED, _("逾期未补充，已终止")),
    ),
    moves=(
        Move(
            E.ASK_MORE,
            (S.SUBMITTED,),
            S.SUPPLEMENT,
            _("请申请人补充"),
            needs_reason=True,
            consequence=_("办理期限暂停，申请人会收到短信；补充后接着计算。"),
        ),
        Move(
            E.ASK_MORE,
            (S.UPPER_REVIEW,),
            S.UPPER_SUPPLEMENT,
            _("请申请人补充"),
            needs_reason=True,
            consequence=_("办理期限暂停，申请人会收到短信；补充后接着计算。"),
        ),
        Move(E.SUPPLY, (S.SUPPLEMENT,), S.SUBMITTED, _("提交补充")),
        Move(E.SUPPLY, (S.UPPER_SUPPLEMENT,), S.UPPER_REVIEW, _("提交补充")),
        Move(
            E.SEND_ON,
            (S.SUBMITTED,),
            S.SUBMITTED,
            _("转给其他工会"),
            needs_reason=True,
            consequence=_("转出后由对方工会办理，办理期限不变。"),
        ),
        Move(
            E.ENDORSE,
            (S.SUBMITTED,),
            S.UPPER_REVIEW,
            _("同意并报上级"),
            consequence=_("报上级工会审核，办理期限不变。"),
        ),
        Move(
            E.APPROVE,
            (S.SUBMITTED, S.UPPER_REVIEW),
            S.APPROVED,
            _("通过"),
            consequence=_("申请人成为会员，会籍登记在负责办理的工会，申请人会收到短信。"),
        ),
        Move(
            E.REFUSE,
            (S.SUBMITTED, S.UPPER_REVIEW),
            S.REFUSED,
            _("不通过"),
            needs_reason=True,
            consequence=_("申请结束，申请人会看到您写的理由，可以重新申请。"),
        ),
        Move(E.WITHDRAW, OPEN_STATES, S.WITHDRAWN, _("撤回申请"), consequence=_("申请结束，以后可以重新申请。")),
        Move(E.LAPSE, WITH_APPLICANT, S.LAPSED, _("逾期终止")),
    ),
    source="《中国工会章程》第二条；工会会员会籍管理办法",
)
