"""The life of a merge of two entries of one human being. Pure."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.machine import Machine, Move, State, Wait
from niangjia.kernel.text import Text, _


class MergeState(StrEnum):
    PROPOSED = "proposed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    APPLIED = "applied"
    UNDONE = "undone"


class MergeEvent(StrEnum):
    PROPOSE = "propose"
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    UNDO = "undo"


class Entry(StrEnum):
    """Which of the two a value is taken from."""

    KEPT = "kept"
    MERGED = "merged"


ENTRY_LABELS: dict[Entry, Text] = {Entry.KEPT: _("保留的登记"), Entry.MERGED: _("并入的登记")}

S, E = MergeState, MergeEvent
ANSWER_DAYS = "people.merge_answer_days"

MERGE = Machine(
    name="people.merge",
    version=1,
    subject=_("合并重复登记"),
    opening=E.PROPOSE,
    opening_label=_("提出合并"),
    initial=S.PROPOSED,
    states=(
        State(S.PROPOSED, _("待同事复核"), Wait("union_officer", due=ANSWER_DAYS)),
        State(S.REFUSED, _("未合并")),
        State(S.WITHDRAWN, _("已撤回")),
        State(S.APPLIED, _("已合并")),
        State(S.UNDONE, _("合并已撤销")),
    ),
    moves=(
        Move(
            E.APPROVE,
            (S.PROPOSED,),
            S.APPLIED,
            _("同意，马上合并"),
            consequence=_("方案里的内容马上并到保留的登记，本人会收到通知。期限内可以撤销，撤销时原样分开。"),
        ),
        Move(
            E.REFUSE,
            (S.PROPOSED,),
            S.REFUSED,
            _("不合并"),
            needs_reason=True,
            consequence=_("两条登记都不变，提出的同事会看到您写的理由。"),
        ),
        Move(E.WITHDRAW, (S.PROPOSED,), S.WITHDRAWN, _("撤回"), consequence=_("两条登记都不变，以后可以重新提出。")),
        Move(
            E.UNDO,
            (S.APPLIED,),
            S.UNDONE,
            _("撤销合并"),
            needs_reason=True,
            consequence=_("并过来的内容原样分回去；合并以后新办的留在保留的登记，本人会收到通知。"),
        ),
    ),
    source="《个人信息保护法》第八条、第四十六条",
)
