"""The life of a transfer of a membership. Pure."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.machine import Machine, Move, State, Wait
from niangjia.kernel.text import Text, _


class TransferState(StrEnum):
    OFFERED = "offered"
    REQUESTED = "requested"
    UPPER_RELEASE = "upper_release"
    RELEASED = "released"
    UPPER_ACCEPT = "upper_accept"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    CLOSED = "closed"


class TransferEvent(StrEnum):
    REQUEST = "request_transfer"
    AGREE = "agree_transfer"
    DECLINE = "decline_transfer"
    LAPSE = "lapse_transfer"
    RELEASE = "release_transfer"
    ACCEPT = "accept_transfer"
    REFUSE = "refuse_transfer"
    RAISE = "raise_transfer"
    WITHDRAW = "withdraw_transfer"
    CLOSE = "close_transfer"


class Asked(StrEnum):
    """Who asked for the transfer."""

    MEMBER = "member"
    UNION = "union"
    ROSTER = "roster"
    EMPLOYER = "employer"
    FIT = "fit"


class WhenSilent(StrEnum):
    """What happens when the old union lets its day pass."""

    UPPER = "upper"
    RELEASE = "release"


ASKED_LABELS: dict[Asked, Text] = {
    Asked.MEMBER: _("本人申请"),
    Asked.UNION: _("接收工会提出"),
    Asked.ROSTER: _("入会名单提出"),
    Asked.EMPLOYER: _("单位有了工会"),
    Asked.FIT: _("推荐的工会，本人同意"),
}

S, E = TransferState, TransferEvent
OFFER_DAYS = "joining.transfer_offer_days"
RELEASE_DAYS = "joining.transfer_release_days"
ACCEPT_DAYS = "joining.transfer_accept_days"
UPPER_DAYS = "joining.transfer_upper_days"

AT_OLD = (S.REQUESTED, S.UPPER_RELEASE)
AT_NEW = (S.RELEASED, S.UPPER_ACCEPT)
UNDER_WAY = (*AT_OLD, *AT_NEW)
"""The membership is marked as being transferred in these."""
OPEN_STATES = (S.OFFERED, *UNDER_WAY)

_goes_on = _("转给接收工会办理，会籍暂时还在原工会。")
_upper = _("原办理工会逾期没有答复，由上一级工会办理。")

TRANSFER = Machine(
    name="joining.transfer",
    version=1,
    subject=_("会籍接转"),
    opening=E.REQUEST,
    opening_label=_("提出接转"),
    initial=S.OFFERED,
    states=(
        State(S.OFFERED, _("待会员确认"), Wait("self", due=OFFER_DAYS)),
        State(S.REQUESTED, _("待原工会转出"), Wait("union_officer", due=RELEASE_DAYS)),
        State(S.UPPER_RELEASE, _("待上级工会转出"), Wait("union_officer", due=UPPER_DAYS)),
        State(S.RELEASED, _("待新工会接收"), Wait("union_officer", due=ACCEPT_DAYS)),
        State(S.UPPER_ACCEPT, _("待上级工会接收"), Wait("union_officer", due=UPPER_DAYS)),
        State(S.ACCEPTED, _("已接转")),
        State(S.REFUSED, _("未接转")),
        State(S.DECLINED, _("会员不转")),
        State(S.WITHDRAWN, _("已撤回")),
        State(S.LAPSED, _("逾期未确认，已终止")),
        State(S.CLOSED, _("会籍有变化，已终止")),
    ),
    moves=(
        Move(E.AGREE, (S.OFFERED,), S.REQUESTED, _("同意转过去"), consequence=_("原工会收到后办理转出。会员号不变。")),
        Move(E.DECLINE, (S.OFFERED,), S.DECLINED, _("不转"), consequence=_("会籍不变，以后还可以自己申请接转。")),
        Move(E.LAPSE, (S.OFFERED,), S.LAPSED, _("逾期终止")),
        Move(E.RELEASE, AT_OLD, S.RELEASED, _("同意转出"), consequence=_goes_on),
        Move(
            E.ACCEPT,
            AT_NEW,
            S.ACCEPTED,
            _("接收"),
            consequence=_("会籍从今天起在接收工会，会员号和会员卡不变，会员会收到通知。"),
        ),
        Move(
            E.REFUSE,
            UNDER_WAY,
            S.REFUSED,
            _("不同意"),
            needs_reason=True,
            consequence=_("会籍留在原工会，会员会看到您写的理由。"),
        ),
        Move(E.RAISE, (S.REQUESTED,), S.UPPER_RELEASE, _("转上级工会办理"), consequence=_upper),
        Move(E.RAISE, (S.RELEASED,), S.UPPER_ACCEPT, _("转上级工会办理"), consequence=_upper),
        Move(E.WITHDRAW, UNDER_WAY, S.WITHDRAWN, _("撤回接转"), consequence=_("会籍留在原工会，以后可以重新申请。")),
        Move(E.CLOSE, OPEN_STATES, S.CLOSED, _("终止接转")),
    ),
    source="工会会员会籍管理办法",
)
