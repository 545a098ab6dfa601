"""Who is told what about a guardianship. Values carry numbers of cases, never whose."""

from niangjia.kernel.text import _
from niangjia.platform.notices.kinds import NoticeKind, register

APPLIED = register(
    NoticeKind(
        code="people.guardianship_applied",
        title=_("监护登记申请已收到"),
        body=_("您申请登记监护（{number}），由{union}核对后答复您。"),
        channels=("in_app", "sms"),
    )
)
APPROVED = register(
    NoticeKind(
        code="people.guardianship_approved",
        title=_("监护已登记"),
        body=_("您申请的监护登记 {number} 已通过，现在可以替被监护人查看和办理。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
REFUSED = register(
    NoticeKind(
        code="people.guardianship_refused",
        title=_("监护登记没有通过"),
        body=_("您申请的监护登记 {number} 没有通过，理由和下一步请打开查看。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
ENDED = register(
    NoticeKind(
        code="people.guardianship_ended",
        title=_("监护登记已结束"),
        body=_("监护登记 {number} 已结束，从现在起不能再替被监护人查看和办理。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
CONCERNED = register(
    NoticeKind(
        code="people.guardianship_concerns_you",
        title=_("监护登记有变化"),
        body=_("您或您监护的人有一件监护登记（{number}）变更。不清楚怎么回事的，请马上打 12351。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
