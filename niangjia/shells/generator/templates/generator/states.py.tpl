"""The life of a request."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.machine import Machine, Move, State, Wait
from niangjia.kernel.text import _


class RequestState(StrEnum):
    SUBMITTED = "submitted"
    SETTLED = "settled"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class RequestEvent(StrEnum):
    SUBMIT = "submit"
    SETTLE = "settle"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


S, E = RequestState, RequestEvent
OPEN_STATES = (S.SUBMITTED,)

REQUEST = Machine(
    name="@code@.request",
    version=1,
    subject=_("@label@申请"),
    opening=E.SUBMIT,
    opening_label=_("提交申请"),
    initial=S.SUBMITTED,
    states=(
        State(S.SUBMITTED, _("办理中"), Wait("union_officer", due="@code@.answer_days")),
        State(S.SETTLED, _("已办结")),
        State(S.REFUSED, _("未通过")),
        State(S.WITHDRAWN, _("已撤回")),
    ),
    moves=(
        Move(E.SETTLE, (S.SUBMITTED,), S.SETTLED, _("办结"), consequence=_("申请人会收到通知。")),
        Move(
            E.REFUSE,
            (S.SUBMITTED,),
            S.REFUSED,
            _("不通过"),
            needs_reason=True,
            consequence=_("申请结束，申请人会看到您写的理由。"),
        ),
        Move(E.WITHDRAW, (S.SUBMITTED,), S.WITHDRAWN, _("撤回申请"), consequence=_("申请结束，以后可以重新申请。")),
    ),
    source="@label@",
)
