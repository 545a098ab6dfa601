"""The life of a case of deemed exit. Pure."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.machine import Machine, Move, State
from niangjia.kernel.text import Text, _


class ExitState(StrEnum):
    LISTED = "listed"
    WARNED = "warned"
    STAYED = "stayed"
    KEPT = "kept"
    LEFT = "left"
    UNDONE = "undone"
    CLOSED = "closed"


class ExitEvent(StrEnum):
    LIST = "list_exit"
    WARN = "warn_exit"
    STAY = "answer_exit"
    KEEP = "keep_exit"
    DEEM = "deem_exit"
    UNDO = "undo_exit"
    CLOSE = "close_exit"


S, E = ExitState, ExitEvent
OPEN_STATES = (S.LISTED, S.WARNED)
"""A membership is in at most one case of these."""


_deemed: Text = _("会籍从今天起终止，会员卡同时注销，本人会收到通知。误办的可以在期限内撤销。")

EXIT = Machine(
    name="joining.exit",
    version=1,
    subject=_("视为退会"),
    opening=E.LIST,
    opening_label=_("列入名单"),
    initial=S.LISTED,
    states=(
        State(S.LISTED, _("待核对")),
        State(S.WARNED, _("已提醒，等本人回应")),
        State(S.STAYED, _("本人还在")),
        State(S.KEPT, _("核对后保留")),
        State(S.LEFT, _("已视为退会")),
        State(S.UNDONE, _("已撤销，会籍恢复")),
        State(S.CLOSED, _("会籍有变化，已结束")),
    ),
    moves=(
        Move(
            E.WARN,
            (S.LISTED,),
            S.WARNED,
            _("提醒本人"),
            consequence=_("本人会收到提醒，点一下“我还在”就保留会籍；到期限没有回应，才能办理视为退会。"),
        ),
        Move(E.STAY, (S.WARNED,), S.STAYED, _("我还在")),
        Move(
            E.KEEP,
            OPEN_STATES,
            S.KEPT,
            _("保留会籍"),
            needs_reason=True,
            consequence=_("会籍不变。例如会费由单位代扣、生病、生育、外派，请写明。"),
        ),
        Move(E.DEEM, (S.WARNED,), S.LEFT, _("视为退会"), needs_reason=True, consequence=_deemed),
        Move(
            E.UNDO,
            (S.LEFT,),
            S.UNDONE,
            _("撤销"),
            needs_reason=True,
            consequence=_("会籍接着算，中间没有断过，会员号不变，会员卡换新号。"),
        ),
        Move(E.CLOSE, OPEN_STATES, S.CLOSED, _("结束")),
    ),
    source="《中国工会章程》第六条：没有正当理由连续六个月不交纳会费、不参加工会组织生活，经教育拒不改正，视为自动退会",
)
