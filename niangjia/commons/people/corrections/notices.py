"""Who is told what about a correction. Values carry numbers and names of unions, never the facts themselves."""

from niangjia.kernel.text import _
from niangjia.platform.notices.kinds import NoticeKind, register

REQUESTED = register(
    NoticeKind(
        code="people.correction_requested",
        title=_("更正申请已收到"),
        body=_("您申请更正{kind}（{number}），由{union}核对后答复您。不是您本人申请的，请马上打 12351。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
ASKED_MORE = register(
    NoticeKind(
        code="people.correction_asked_more",
        title=_("更正申请请您补充"),
        body=_("您的更正申请 {number} 需要补充，请打开查看并提交。"),
        channels=("in_app", "sms", "email"),
        important=True,
    )
)
APPLIED = register(
    NoticeKind(
        code="people.correction_applied",
        title=_("信息已更正"),
        body=_("您申请更正的{kind}（{number}）已经改好。不是您本人申请的，请马上打 12351。"),
        channels=("in_app", "sms", "email"),
        important=True,
    )
)
LAPSED = register(
    NoticeKind(
        code="people.correction_lapsed",
        title=_("更正申请因逾期未补充已终止"),
        body=_("您的更正申请 {number} 因逾期未补充已终止，信息没有改动，您可以随时重新申请。"),
        channels=("in_app", "sms"),
    )
)
REFUSED = register(
    NoticeKind(
        code="people.correction_refused",
        title=_("更正申请没有通过"),
        body=_("您的更正申请 {number} 没有通过，理由和下一步请打开查看。"),
        channels=("in_app", "sms", "email"),
        important=True,
    )
)
PROPOSED = register(
    NoticeKind(
        code="people.correction_proposed",
        title=_("工会准备更正您的{kind}"),
        body=_(
            "{union}按您出示的证件准备更正您的{kind}（{number}），另一位同事核对后才改。不是您要求的，请马上打 12351。"
        ),
        channels=("in_app", "sms"),
        important=True,
    )
)
CORRECTED = register(
    NoticeKind(
        code="people.correction_made",
        title=_("您的{kind}已更正"),
        body=_("{union}已按您出示的证件更正您的{kind}（{number}）。您没有要求更正的，请马上打 12351。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
LEFT_AS_IT_IS = register(
    NoticeKind(
        code="people.correction_not_made",
        title=_("您的{kind}没有更正"),
        body=_("{union}核对后没有更正您的{kind}（{number}），信息没有改动。"),
        channels=("in_app",),
    )
)
