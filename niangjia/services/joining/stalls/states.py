"""The life of a stall: one talk on one day."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.machine import Machine, Move, State
from niangjia.kernel.text import Text, _


class StallState(StrEnum):
    RUNNING = "running"
    ENDED = "ended"
    CALLED_OFF = "called_off"


class StallEvent(StrEnum):
    OPEN = "open_stall"
    RENEW = "renew_stall"
    EXTEND = "extend_stall"
    END = "end_stall"
    CALL_OFF = "call_off_stall"
    RECORD_FOUNDING = "record_founding"


class Talk(StrEnum):
    """With whom the union talks."""

    WORKERS = "workers"
    EMPLOYER = "employer"


TALK_LABELS: dict[Talk, Text] = {
    Talk.WORKERS: _("职工沟通会"),
    Talk.EMPLOYER: _("企业沟通会"),
}

S, E = StallState, StallEvent
_founding = _("登记由这场沟通促成的建会，计入统计。")

STALL = Machine(
    name="joining.stall",
    version=1,
    subject=_("现场入会"),
    opening=E.OPEN,
    opening_label=_("开始现场入会"),
    initial=S.RUNNING,
    states=(
        State(S.RUNNING, _("进行中")),
        State(S.ENDED, _("已结束")),
        State(S.CALLED_OFF, _("已取消")),
    ),
    moves=(
        Move(
            E.RENEW,
            (S.RUNNING,),
            S.RUNNING,
            _("换一个码"),
            consequence=_("现在的二维码和网址马上作废，已经扫过码的人不受影响。"),
        ),
        Move(
            E.EXTEND,
            (S.RUNNING,),
            S.RUNNING,
            _("延长"),
            consequence=_("从原定的结束时间往后延，二维码照常更新。"),
        ),
        Move(
            E.END,
            (S.RUNNING,),
            S.ENDED,
            _("结束"),
            consequence=_("二维码马上作废，这场沟通计入统计。还没审批的申请留在工作台，按网上入会的期限办理。"),
        ),
        Move(
            E.CALL_OFF,
            (S.RUNNING,),
            S.CALLED_OFF,
            _("取消"),
            consequence=_("二维码马上作废，这场沟通不计入统计。已经提交的申请照常办理。"),
        ),
        Move(E.RECORD_FOUNDING, (S.RUNNING,), S.RUNNING, _("登记建会"), consequence=_founding),
        Move(E.RECORD_FOUNDING, (S.ENDED,), S.ENDED, _("登记建会"), consequence=_founding),
    ),
    source="工会会员会籍管理办法；职工沟通会、企业沟通会（双沟通）",
)
