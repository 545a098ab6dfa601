"""Who is told what about an application. Values carry numbers and names of unions, never personal data."""

from niangjia.kernel.text import _
from niangjia.platform.notices.kinds import NoticeKind, register

RECEIVED = register(
    NoticeKind(
        code="joining.received",
        title=_("入会申请已收到"),
        body=_("您的入会申请 {number} 已收到，由{union}办理，最晚 {due} 前答复您。"),
        channels=("in_app", "sms"),
    )
)
CHECKING = register(
    NoticeKind(
        code="joining.checking",
        title=_("入会申请已收到，信息需要核对"),
        body=_("您的入会申请 {number} 已收到。{union}会先核对您的信息，最晚 {due} 前答复您。"),
        channels=("in_app", "sms"),
    )
)
ASKED_MORE = register(
    NoticeKind(
        code="joining.asked_more",
        title=_("入会申请请您补充"),
        body=_("您的入会申请 {number} 需要补充，请在 {due} 前打开查看并提交。"),
        channels=("in_app", "sms", "email"),
        important=True,
    )
)
SENT_ON = register(
    NoticeKind(
        code="joining.sent_on",
        title=_("入会申请已转给更合适的工会"),
        body=_("您的入会申请 {number} 已转由{union}办理，答复期限不变。"),
        channels=("in_app",),
    )
)
APPROVED = register(
    NoticeKind(
        code="joining.approved",
        title=_("欢迎加入工会"),
        body=_("您的入会申请 {number} 已通过。您现在是{union}的会员。"),
        channels=("in_app", "sms", "email"),
        important=True,
    )
)
REFUSED = register(
    NoticeKind(
        code="joining.refused",
        title=_("入会申请未通过"),
        body=_("您的入会申请 {number} 未通过，理由和下一步请打开查看。"),
        channels=("in_app", "sms", "email"),
        important=True,
    )
)
LAPSED = register(
    NoticeKind(
        code="joining.lapsed",
        title=_("入会申请因逾期未补充已终止"),
        body=_("您的入会申请 {number} 因逾期未补充已终止，您可以随时重新申请。"),
        channels=("in_app", "sms"),
    )
)
REMINDED = register(
    NoticeKind(
        code="joining.reminded",
        title=_("别忘了补充入会申请"),
        body=_("您的入会申请 {number} 还等着您补充，请在 {due} 前提交。"),
        channels=("in_app", "sms"),
    )
)
