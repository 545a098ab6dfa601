"""The life of a dispute about a phone or an ID number that stands with somebody else. Pure."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.machine import Machine, Move, State, Wait
from niangjia.kernel.text import Text, _


class DisputeKind(StrEnum):
    """What is taken."""

    PHONE = "phone"
    ID_NUMBER = "id_number"


KIND_LABELS: dict[DisputeKind, Text] = {
    DisputeKind.PHONE: _("手机号"),
    DisputeKind.ID_NUMBER: _("证件号码"),
}


class Answer(StrEnum):
    """What the present holder says."""

    NONE = ""
    RELEASED = "released"
    SAME = "same"
    MINE = "mine"


class Outcome(StrEnum):
    """What an officer decides: the number goes over, the holder's is corrected, both are one, or nothing changes."""

    MOVE = "move"
    CORRECT = "correct"
    JOIN = "join"
    REFUSE = "refuse"


OUTCOME_LABELS: dict[Outcome, Text] = {
    Outcome.MOVE: _("手机号转给申请人"),
    Outcome.CORRECT: _("更正登记人的证件号码"),
    Outcome.JOIN: _("是同一个人，合并登记"),
    Outcome.REFUSE: _("不同意，都不变"),
}

CHANGING: dict[DisputeKind, Outcome] = {
    DisputeKind.PHONE: Outcome.MOVE,
    DisputeKind.ID_NUMBER: Outcome.CORRECT,
}
"""The outcome by which the number goes to the asker."""


class DisputeState(StrEnum):
    ASKED = "asked"
    DECIDING = "deciding"
    REVIEW = "review"
    MERGING = "merging"
    MOVED = "moved"
    CORRECTED = "corrected"
    JOINED = "joined"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class DisputeEvent(StrEnum):
    RAISE = "raise"
    ANSWER = "answer"
    PASS_ON = "pass_on"  # noqa: S105
    ASK_AGAIN = "ask_again"
    PROPOSE = "propose"
    SEND_BACK = "send_back"
    MOVE = "move"
    CORRECT = "correct"
    JOIN = "join"
    MERGE = "merge"
    MERGE_DROPPED = "merge_dropped"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


S, E = DisputeState, DisputeEvent
HOLDER_DAYS = "people.dispute_holder_days"
DECISION_DAYS = "people.dispute_decision_days"
OWNER_DAYS = "people.owner_check_days"
OPEN_STATES = (S.ASKED, S.DECIDING, S.REVIEW, S.MERGING)
_UNDECIDED = (S.ASKED, S.DECIDING, S.REVIEW)

DISPUTE = Machine(
    name="people.dispute",
    version=1,
    subject=_("号码占用申诉"),
    opening=E.RAISE,
    opening_label=_("提出申诉"),
    initial=S.ASKED,
    states=(
        State(S.ASKED, _("待登记人答复"), Wait("self", due=HOLDER_DAYS)),
        State(S.DECIDING, _("待工会决定"), Wait("union_officer", due=DECISION_DAYS)),
        State(S.REVIEW, _("待另一位同事复核"), Wait("union_officer", due=DECISION_DAYS)),
        State(S.MERGING, _("合并待复核")),
        State(S.MOVED, _("手机号已转给申请人")),
        State(S.CORRECTED, _("证件号码已更正")),
        State(S.JOINED, _("同一个人，已合并")),
        State(S.REFUSED, _("未同意")),
        State(S.WITHDRAWN, _("已撤回")),
    ),
    moves=(
        Move(E.ANSWER, (S.ASKED, S.DECIDING), S.DECIDING, _("登记人答复")),
        Move(E.PASS_ON, (S.ASKED,), S.DECIDING, _("转工会决定")),
        Move(
            E.ASK_AGAIN,
            (S.DECIDING,),
            S.ASKED,
            _("询问现在的登记人"),
            consequence=_("号码现在登记在别处，先请现在的登记人答复，再决定。"),
        ),
        Move(
            E.PROPOSE,
            (S.DECIDING,),
            S.REVIEW,
            _("提出决定"),
            needs_reason=True,
            consequence=_("另一位同事复核同意后才改。"),
        ),
        Move(
            E.SEND_BACK,
            (S.REVIEW,),
            S.DECIDING,
            _("退回重新决定"),
            needs_reason=True,
            consequence=_("什么都不改，提出的同事会看到您写的理由。"),
        ),
        Move(
            E.MOVE,
            (S.DECIDING, S.REVIEW),
            S.MOVED,
            _("转给申请人"),
            consequence=_("手机号马上归申请人，原登记不再有这个号码，用它登录的设备全部退出。双方都会收到通知。"),
        ),
        Move(
            E.CORRECT,
            (S.DECIDING, S.REVIEW),
            S.CORRECTED,
            _("更正证件号码"),
            consequence=_("登记人的证件号码马上更正，申请人可以使用自己的号码。双方都会收到通知。"),
        ),
        Move(
            E.JOIN,
            (S.REVIEW, S.MERGING),
            S.JOINED,
            _("认定同一个人"),
            consequence=_("申请人从此用自己的手机号登录原来的登记，现在的账号停用。"),
        ),
        Move(E.MERGE, (S.DECIDING,), S.MERGING, _("提出合并登记"), needs_reason=True),
        Move(E.MERGE_DROPPED, (S.MERGING,), S.DECIDING, _("合并没有通过")),
        Move(
            E.REFUSE,
            (S.DECIDING,),
            S.REFUSED,
            _("不同意"),
            needs_reason=True,
            consequence=_("两边的登记都不变，申请人会看到您写的理由。"),
        ),
        Move(E.WITHDRAW, _UNDECIDED, S.WITHDRAWN, _("撤回"), consequence=_("什么都不改，以后可以重新提出。")),
    ),
    source="《个人信息保护法》第八条、第四十六条；《网络数据安全管理条例》第二十三条",
)
