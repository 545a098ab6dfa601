"""Who is told what about a request. Values carry numbers and names of unions, never personal data."""

from niangjia.kernel.text import _
from niangjia.platform.notices.kinds import NoticeKind, register

RECEIVED = register(
    NoticeKind(
        code="@code@.received",
        title=_("@label@申请已收到"),
        body=_("您的申请 {number} 已收到，由{union}办理。"),
        channels=("in_app",),
    )
)
SETTLED = register(
    NoticeKind(
        code="@code@.settled",
        title=_("@label@申请已办结"),
        body=_("您的申请 {number} 已由{union}办结。"),
        channels=("in_app", "sms"),
    )
)
REFUSED = register(
    NoticeKind(
        code="@code@.refused",
        title=_("@label@申请未通过"),
        body=_("您的申请 {number} 未通过，理由请打开查看。办理工会：{union}。"),
        channels=("in_app", "sms"),
    )
)
