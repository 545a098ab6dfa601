"""The life of an offer: this union fits you. Pure."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.machine import Machine, Move, State, Wait
from niangjia.kernel.text import Text, _


class FitState(StrEnum):
    OFFERED = "offered"
    LATER = "later"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    CLOSED = "closed"


class FitEvent(StrEnum):
    OFFER = "offer_fit"
    ACCEPT = "accept_fit"
    PUT_OFF = "put_off_fit"
    LET_REST = "let_rest_fit"
    ASK_AGAIN = "ask_fit_again"
    DECLINE = "decline_fit"
    LAPSE = "lapse_fit"
    CLOSE = "close_fit"


class Ground(StrEnum):
    """Why the union fits."""

    EMPLOYER = "employer"
    CATEGORY = "category"
    PLACE = "place"


class Release(StrEnum):
    """How the holding union lets go."""

    AT_ONCE = "at_once"
    ASK = "ask"


GROUND_LABELS: dict[Ground, Text] = {
    Ground.EMPLOYER: _("单位有了工会"),
    Ground.CATEGORY: _("职业对应的工会"),
    Ground.PLACE: _("工作所在街道、乡镇的工会"),
}

S, E = FitState, FitEvent
ANSWER_DAYS = "joining.fit_answer_days"
OPEN_STATES = (S.OFFERED, S.LATER)
"""A person has at most one offer in these."""

FIT = Machine(
    name="joining.fit",
    version=1,
    subject=_("合适的工会"),
    opening=E.OFFER,
    opening_label=_("推荐工会"),
    initial=S.OFFERED,
    states=(
        State(S.OFFERED, _("待会员选择"), Wait("self", due=ANSWER_DAYS)),
        State(S.LATER, _("以后再说")),
        State(S.ACCEPTED, _("已同意，按接转办理")),
        State(S.DECLINED, _("会员不转")),
        State(S.LAPSED, _("没有回应，不再询问")),
        State(S.CLOSED, _("会籍有变化，已结束")),
    ),
    moves=(
        Move(
            E.ACCEPT,
            OPEN_STATES,
            S.ACCEPTED,
            _("转到这个工会"),
            consequence=_("会籍按接转办理，办好以前还在现在的工会。会员号和会员卡不变。"),
        ),
        Move(E.PUT_OFF, (S.OFFERED,), S.LATER, _("以后再说"), consequence=_("会籍不变，过一段时间再问您一次。")),
        Move(E.LET_REST, (S.OFFERED,), S.LATER, _("没有回应，以后再问")),
        Move(E.ASK_AGAIN, (S.LATER,), S.OFFERED, _("再问一次")),
        Move(
            E.DECLINE,
            OPEN_STATES,
            S.DECLINED,
            _("不转"),
            consequence=_("会籍不变，不再推荐这个工会。以后想转，可以自己申请接转。"),
        ),
        Move(E.LAPSE, (S.LATER,), S.LAPSED, _("不再询问")),
        Move(E.CLOSE, OPEN_STATES, S.CLOSED, _("结束")),
    ),
    source="工会会员会籍管理办法：会籍随劳动（工作）关系；没有工会的单位由所在地工会暂时管理",
)
