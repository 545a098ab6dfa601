"""Who is told what about an offer. Values carry names of unions and days, never personal data."""

from niangjia.kernel.text import _
from niangjia.platform.notices.kinds import NoticeKind, register

OFFERED = register(
    NoticeKind(
        code="joining.fit_offered",
        title=_("有一个工会更适合您"),
        body=_("{union}适合您。打开看看，转、以后再说、不转都可以，请在 {due} 前选；现在的会籍和待遇不变。"),
        channels=("in_app", "sms"),
    )
)
ASKED_AGAIN = register(
    NoticeKind(
        code="joining.fit_asked_again",
        title=_("再问一次：要不要转会籍"),
        body=_("您说过以后再看{union}。要不要转，请在 {due} 前打开选一下；不转也不影响现在的会籍。"),
        channels=("in_app",),
    )
)
