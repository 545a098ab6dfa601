"""The life of a request to correct one fact about a person. Pure."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.machine import Machine, Move, State, Wait
from niangjia.kernel.text import Text, _


class CorrectionKind(StrEnum):
    """Which fact is wrong."""

    NAME = "name"
    ID_NUMBER = "id_number"
    PHONE = "phone"
    CATEGORY = "category"
    EMPLOYER = "employer"


KIND_LABELS: dict[CorrectionKind, Text] = {
    CorrectionKind.NAME: _("姓名"),
    CorrectionKind.ID_NUMBER: _("证件号码"),
    CorrectionKind.PHONE: _("手机号"),
    CorrectionKind.CATEGORY: _("职业类别"),
    CorrectionKind.EMPLOYER: _("单位或平台"),
}

NEEDS_PAPER = (CorrectionKind.NAME, CorrectionKind.ID_NUMBER)
"""Facts of identity are corrected only by a paper that shows them."""


BY_OFFICERS = (CorrectionKind.NAME, CorrectionKind.ID_NUMBER, CorrectionKind.PHONE)
"""Facts that an officer proposes to correct at the counter, by a paper, and another officer sets right."""


class CorrectionState(StrEnum):
    REQUESTED = "requested"
    SUPPLEMENT = "supplement"
    APPLIED = "applied"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class CorrectionEvent(StrEnum):
    REQUEST = "request"
    ASK_MORE = "ask_more"
    SUPPLY = "supply"
    APPLY = "apply"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"


S, E = CorrectionState, CorrectionEvent
ANSWER_DAYS = "people.correction_answer_days"
SUPPLEMENT_DAYS = "people.correction_supplement_days"
OPEN_STATES = (S.REQUESTED, S.SUPPLEMENT)

CORRECTION = Machine(
    name="people.correction",
    version=2,
    subject=_("信息更正"),
    opening=E.REQUEST,
    opening_label=_("申请更正"),
    initial=S.REQUESTED,
    states=(
        State(S.REQUESTED, _("审核中"), Wait("union_officer", due=ANSWER_DAYS)),
        State(S.SUPPLEMENT, _("待您补充"), Wait("self", due=SUPPLEMENT_DAYS, paused=True)),
        State(S.APPLIED, _("已更正")),
        State(S.REFUSED, _("未更正")),
        State(S.WITHDRAWN, _("已撤回")),
        State(S.LAPSED, _("逾期未补充，已终止")),
    ),
    moves=(
        Move(
            E.ASK_MORE,
            (S.REQUESTED,),
            S.SUPPLEMENT,
            _("请本人补充"),
            needs_reason=True,
            consequence=_("办理期限暂停，本人会收到短信；补充后接着计算。"),
        ),
        Move(E.SUPPLY, (S.SUPPLEMENT,), S.REQUESTED, _("提交补充")),
        Move(
            E.APPLY,
            (S.REQUESTED,),
            S.APPLIED,
            _("核对无误，更正"),
            consequence=_("马上按申请更正，统计从今天起按新信息计算，本人会收到通知。"),
        ),
        Move(
            E.REFUSE,
            (S.REQUESTED,),
            S.REFUSED,
            _("不更正"),
            needs_reason=True,
            consequence=_("信息不变，本人会看到您写的理由，可以重新申请。"),
        ),
        Move(E.WITHDRAW, OPEN_STATES, S.WITHDRAWN, _("撤回"), consequence=_("信息不变，以后可以重新申请。")),
        Move(E.LAPSE, (S.SUPPLEMENT,), S.LAPSED, _("逾期终止"), consequence=_("信息不变，以后可以重新申请。")),
    ),
    source="《个人信息保护法》第四十六条",
)
