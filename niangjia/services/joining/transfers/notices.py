"""Who is told what about a transfer. Values carry numbers and names of unions, never personal data."""

from niangjia.kernel.text import _
from niangjia.platform.notices.kinds import NoticeKind, register

OFFERED = register(
    NoticeKind(
        code="joining.transfer_offered",
        title=_("请确认要不要转会籍"),
        body=_("{union}请您把会籍转过去，请在 {due} 前打开确认。不转不影响您现在的会籍。"),
        channels=("in_app", "sms"),
    )
)
RECEIVED = register(
    NoticeKind(
        code="joining.transfer_received",
        title=_("会籍接转已收到"),
        body=_("您的会籍接转 {number} 已收到，先由{union}办理转出。办好以前会籍不变。"),
        channels=("in_app",),
    )
)
RELEASED = register(
    NoticeKind(
        code="joining.transfer_released",
        title=_("原工会已同意转出"),
        body=_("您的会籍接转 {number} 已转出，现在由{union}办理接收。"),
        channels=("in_app",),
    )
)
ACCEPTED = register(
    NoticeKind(
        code="joining.transfer_accepted",
        title=_("会籍已经转好"),
        body=_("您现在是{union}的会员，会员号和会员卡不变。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
REFUSED = register(
    NoticeKind(
        code="joining.transfer_refused",
        title=_("会籍接转没有办成"),
        body=_("您的会籍接转 {number} 没有办成，会籍留在原工会，理由请打开查看。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
RAISED = register(
    NoticeKind(
        code="joining.transfer_raised",
        title=_("会籍接转已转上级工会"),
        body=_("您的会籍接转 {number} 逾期没有答复，已转{union}办理。"),
        channels=("in_app",),
    )
)
