"""The life of the undoing of a death that was recorded wrongly. Pure."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.machine import Machine, Move, State, Wait
from niangjia.kernel.text import Text, _


class WrongDeathState(StrEnum):
    PROPOSED = "proposed"
    UNDONE = "undone"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class WrongDeathEvent(StrEnum):
    PROPOSE = "propose_alive"
    APPROVE = "approve_alive"
    REFUSE = "refuse_alive"
    WITHDRAW = "withdraw_alive"


S, E = WrongDeathState, WrongDeathEvent
ANSWER_DAYS = "people.wrong_death_answer_days"

_undone: Text = _("会籍接着算，中间没有断过；账号可以登录，会员卡换新号；本人和收到过通知的亲属会收到更正。")

WRONG_DEATH = Machine(
    name="people.wrong_death",
    version=1,
    subject=_("撤销去世登记"),
    opening=E.PROPOSE,
    opening_label=_("提出撤销"),
    initial=S.PROPOSED,
    states=(
        State(S.PROPOSED, _("待同事复核"), Wait("union_officer", due=ANSWER_DAYS)),
        State(S.UNDONE, _("去世登记已撤销")),
        State(S.REFUSED, _("未撤销")),
        State(S.WITHDRAWN, _("已撤回")),
    ),
    moves=(
        Move(E.APPROVE, (S.PROPOSED,), S.UNDONE, _("同意，马上恢复"), consequence=_undone),
        Move(
            E.REFUSE,
            (S.PROPOSED,),
            S.REFUSED,
            _("不撤销"),
            needs_reason=True,
            consequence=_("去世登记不变，提出的同事会看到您写的理由。"),
        ),
        Move(E.WITHDRAW, (S.PROPOSED,), S.WITHDRAWN, _("撤回"), consequence=_("去世登记不变，以后可以重新提出。")),
    ),
    source="《个人信息保护法》第八条、第四十六条",
)
