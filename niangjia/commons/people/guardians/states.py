"""The life of a guardianship. Pure."""

from __future__ import annotations

from enum import StrEnum

from niangjia.commons.people.rules import Relation
from niangjia.kernel.machine import Machine, Move, State, Wait
from niangjia.kernel.text import Text, _


class GuardianKind(StrEnum):
    """What makes somebody a guardian (民法典 27, 28, 31)."""

    PARENT = "parent"
    GRANDPARENT = "grandparent"
    SIBLING = "sibling"
    APPOINTED = "appointed"


KIND_LABELS: dict[GuardianKind, Text] = {
    GuardianKind.PARENT: _("父母"),
    GuardianKind.GRANDPARENT: _("祖父母、外祖父母"),
    GuardianKind.SIBLING: _("成年兄弟姐妹"),
    GuardianKind.APPOINTED: _("居委会、村委会、民政部门或法院指定"),
}

WARD_IS: dict[GuardianKind, Relation] = {
    GuardianKind.PARENT: Relation.CHILD,
    GuardianKind.GRANDPARENT: Relation.GRANDCHILD,
    GuardianKind.SIBLING: Relation.SIBLING,
    GuardianKind.APPOINTED: Relation.OTHER,
}
"""What the ward is to the guardian."""


class GuardianState(StrEnum):
    APPLIED = "applied"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class GuardianEvent(StrEnum):
    APPLY = "apply"
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    END = "end"
    COME_OF_AGE = "come_of_age"


S, E = GuardianState, GuardianEvent
ANSWER_DAYS = "people.guardian_answer_days"
STANDING = (S.APPLIED, S.IN_FORCE)

GUARDIANSHIP = Machine(
    name="people.guardianship",
    version=1,
    subject=_("监护登记"),
    opening=E.APPLY,
    opening_label=_("申请登记监护"),
    initial=S.APPLIED,
    states=(
        State(S.APPLIED, _("审核中"), Wait("union_officer", due=ANSWER_DAYS)),
        State(S.IN_FORCE, _("监护中")),
        State(S.REFUSED, _("未通过")),
        State(S.WITHDRAWN, _("已撤回")),
        State(S.ENDED, _("已结束")),
    ),
    moves=(
        Move(
            E.APPROVE,
            (S.APPLIED,),
            S.IN_FORCE,
            _("核对无误，登记"),
            consequence=_("申请人可以查看和更正被监护人的信息、替他办理；满 18 周岁当天自动结束。"),
        ),
        Move(
            E.REFUSE,
            (S.APPLIED,),
            S.REFUSED,
            _("不登记"),
            needs_reason=True,
            consequence=_("什么都不登记，申请人会看到您写的理由。"),
        ),
        Move(E.WITHDRAW, (S.APPLIED,), S.WITHDRAWN, _("撤回"), consequence=_("什么都不登记，以后可以重新申请。")),
        Move(
            E.END,
            (S.IN_FORCE,),
            S.ENDED,
            _("结束监护"),
            needs_reason=True,
            consequence=_("马上不能再查看和办理被监护人的事，亲属关系不变，以后可以重新申请。"),
        ),
        Move(E.COME_OF_AGE, (S.IN_FORCE,), S.ENDED, _("已成年，监护结束")),
    ),
    source="《中华人民共和国民法典》第十七、二十七、二十八、三十一、三十九条；《个人信息保护法》第三十一条",
)
