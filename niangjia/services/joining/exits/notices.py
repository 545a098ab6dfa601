"""Who is told what about a deemed exit. Values carry names of unions and days, never personal data."""

from niangjia.kernel.text import _
from niangjia.platform.notices.kinds import NoticeKind, register

WARNED = register(
    NoticeKind(
        code="joining.exit_warned",
        title=_("请确认您还在"),
        body=_("很久没有您的消息了。请在 {due} 前打开点“我还在”，会籍就继续；不回应，{union}可能办理视为退会。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
STAYED = register(
    NoticeKind(
        code="joining.exit_stayed",
        title=_("收到，您的会籍继续"),
        body=_("您在{union}的会籍不变。"),
        channels=("in_app",),
    )
)
LEFT = register(
    NoticeKind(
        code="joining.exit_left",
        title=_("您的会籍已按视为退会终止"),
        body=_("{union}已按章程为您办理视为退会，理由请打开查看。有不同意见请在 {due} 前联系工会撤销。"),
        channels=("in_app", "sms", "email"),
        important=True,
    )
)
UNDONE = register(
    NoticeKind(
        code="joining.exit_undone",
        title=_("视为退会已撤销"),
        body=_("您在{union}的会籍已恢复，中间没有断过。会员卡换了新号，请打开查看。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
