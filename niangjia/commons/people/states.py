"""The life of a membership. Pure."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.machine import Machine, Move, State
from niangjia.kernel.text import Text, _


class MembershipState(StrEnum):
    ACTIVE = "active"
    RETAINED = "retained"
    TRANSFERRING = "transferring"
    ENDED = "ended"
    SET_ASIDE = "set_aside"


class MembershipEvent(StrEnum):
    ADMIT = "admit"
    RETAIN = "retain"
    TAKE_UP = "take_up"
    BEGIN_TRANSFER = "begin_transfer"
    COMPLETE_TRANSFER = "complete_transfer"
    CALL_OFF_TRANSFER = "call_off_transfer"
    COUNT_ANEW = "count_anew"
    LEAVE = "leave"
    DEEM_LEFT = "deem_left"
    RESTORE = "restore"
    RESTORE_RETAINED = "restore_retained"
    EXPEL = "expel"
    RECORD_DEATH = "record_death"
    SET_ASIDE = "set_aside"
    BRING_BACK = "bring_back"
    BRING_BACK_RETAINED = "bring_back_retained"


class Origin(StrEnum):
    """How somebody became a member."""

    ONLINE = "online"
    STALL = "stall"
    ROSTER = "roster"
    PAPER = "paper"


S, E = MembershipState, MembershipEvent

CURRENT = (S.ACTIVE, S.RETAINED, S.TRANSFERRING)
"""A person has at most one membership in one of these."""

ENDINGS = (E.LEAVE, E.DEEM_LEFT, E.EXPEL, E.RECORD_DEATH)

ORIGIN_LABELS: dict[Origin, Text] = {
    Origin.ONLINE: _("网上入会"),
    Origin.STALL: _("现场入会"),
    Origin.ROSTER: _("批量入会"),
    Origin.PAPER: _("书面入会"),
}

_final = _("会籍终止后不能恢复，以后可以重新申请入会。")

MEMBERSHIP = Machine(
    name="people.membership",
    version=3,
    subject=_("会籍"),
    opening=E.ADMIT,
    opening_label=_("入会"),
    initial=S.ACTIVE,
    states=(
        State(S.ACTIVE, _("在籍")),
        State(S.RETAINED, _("保留会籍")),
        State(S.TRANSFERRING, _("会籍接转中")),
        State(S.ENDED, _("会籍已终止")),
        State(S.SET_ASIDE, _("重复会籍，已合并")),
    ),
    moves=(
        Move(
            E.RETAIN,
            (S.ACTIVE,),
            S.RETAINED,
            _("保留会籍"),
            needs_reason=True,
            consequence=_("保留会籍期间不缴会费，没有选举权、被选举权和表决权。"),
        ),
        Move(
            E.TAKE_UP, (S.RETAINED,), S.ACTIVE, _("恢复会籍"), consequence=_("恢复缴纳会费和选举权、被选举权、表决权。")
        ),
        Move(
            E.BEGIN_TRANSFER,
            (S.ACTIVE,),
            S.TRANSFERRING,
            _("转出会籍"),
            consequence=_("新单位工会接收以前，会籍仍在本工会。"),
        ),
        Move(
            E.COMPLETE_TRANSFER,
            (S.TRANSFERRING,),
            S.ACTIVE,
            _("接收会籍"),
            consequence=_("会籍转到接收的工会，会员号不变。"),
        ),
        Move(
            E.CALL_OFF_TRANSFER,
            (S.TRANSFERRING,),
            S.ACTIVE,
            _("取消接转"),
            needs_reason=True,
            consequence=_("会籍留在原工会。"),
        ),
        Move(E.COUNT_ANEW, (S.ACTIVE,), S.ACTIVE, _("更正统计口径")),
        Move(E.COUNT_ANEW, (S.RETAINED,), S.RETAINED, _("更正统计口径")),
        Move(E.COUNT_ANEW, (S.TRANSFERRING,), S.TRANSFERRING, _("更正统计口径")),
        Move(E.LEAVE, CURRENT, S.ENDED, _("退会"), needs_reason=True, consequence=_final),
        Move(
            E.DEEM_LEFT, (S.ACTIVE, S.TRANSFERRING), S.ENDED, _("视为自动退会"), needs_reason=True, consequence=_final
        ),
        Move(
            E.RESTORE,
            (S.ENDED,),
            S.ACTIVE,
            _("撤销终止，恢复会籍"),
            needs_reason=True,
            consequence=_("会籍接着算，中间没有断过，会员号不变，会员卡换新号。"),
        ),
        Move(E.RESTORE_RETAINED, (S.ENDED,), S.RETAINED, _("撤销终止，恢复保留会籍"), needs_reason=True),
        Move(E.EXPEL, CURRENT, S.ENDED, _("开除会籍"), needs_reason=True, consequence=_final),
        Move(
            E.RECORD_DEATH,
            CURRENT,
            S.ENDED,
            _("登记去世"),
            consequence=_("会籍终止，会员卡注销，账号不能再登录，不再发送通知。有账号的亲属会收到可以申领什么的通知。"),
        ),
        Move(E.SET_ASIDE, (S.ACTIVE, S.RETAINED), S.SET_ASIDE, _("合并重复会籍"), needs_reason=True),
        Move(E.BRING_BACK, (S.SET_ASIDE,), S.ACTIVE, _("撤销合并，恢复会籍"), needs_reason=True),
        Move(E.BRING_BACK_RETAINED, (S.SET_ASIDE,), S.RETAINED, _("撤销合并，恢复保留会籍"), needs_reason=True),
    ),
    source="《中国工会章程》第五条至第八条；工会会员会籍管理办法",
)
