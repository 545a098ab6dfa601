"""The life of a card. Pure."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.machine import Machine, Move, State
from niangjia.kernel.text import _


class CardState(StrEnum):
    ACTIVE = "active"
    BLOCKED = "blocked"
    REPLACED = "replaced"
    CLOSED = "closed"
    SET_ASIDE = "set_aside"


class CardEvent(StrEnum):
    ISSUE = "issue"
    REPORT_LOST = "report_lost"
    UNBLOCK = "unblock"
    REPLACE = "replace"
    CLOSE = "close"
    SET_ASIDE = "set_aside"
    BRING_BACK = "bring_back"
    BRING_BACK_BLOCKED = "bring_back_blocked"


S, E = CardState, CardEvent

LIVE = (S.ACTIVE, S.BLOCKED)
"""A person has at most one card in one of these."""

CARD = Machine(
    name="people.card",
    version=2,
    subject=_("会员卡"),
    opening=E.ISSUE,
    opening_label=_("发卡"),
    initial=S.ACTIVE,
    states=(
        State(S.ACTIVE, _("正常")),
        State(S.BLOCKED, _("已挂失")),
        State(S.REPLACED, _("已换新卡")),
        State(S.CLOSED, _("已注销")),
        State(S.SET_ASIDE, _("重复的卡，已停用")),
    ),
    moves=(
        Move(
            E.REPORT_LOST,
            (S.ACTIVE,),
            S.BLOCKED,
            _("挂失"),
            consequence=_("卡号和二维码马上停用，谁拿着都不能再用。以后可以换新卡，也可以带身份证到工会解除挂失。"),
        ),
        Move(
            E.UNBLOCK,
            (S.BLOCKED,),
            S.ACTIVE,
            _("解除挂失"),
            needs_reason=True,
            consequence=_("原来的卡号和二维码恢复使用。请先核对本人身份证。"),
        ),
        Move(
            E.REPLACE,
            LIVE,
            S.REPLACED,
            _("换新卡"),
            consequence=_("马上得到新卡号，原来的卡号永远停用。已经领取过的服务不会重新计算。"),
        ),
        Move(E.CLOSE, LIVE, S.CLOSED, _("注销")),
        Move(E.SET_ASIDE, LIVE, S.SET_ASIDE, _("停用重复的卡"), needs_reason=True),
        Move(E.BRING_BACK, (S.SET_ASIDE,), S.ACTIVE, _("撤销合并，恢复卡"), needs_reason=True),
        Move(E.BRING_BACK_BLOCKED, (S.SET_ASIDE,), S.BLOCKED, _("撤销合并，恢复挂失的卡"), needs_reason=True),
    ),
)
