"""What holders are told of their cards. Values carry the tail of a number, never the whole."""

from niangjia.kernel.text import _
from niangjia.platform.notices.kinds import NoticeKind, register

BLOCKED = register(
    NoticeKind(
        code="people.card_blocked",
        title=_("会员卡已挂失"),
        body=_("您的会员卡（尾号 {tail}）已挂失停用。请打开“卡”页面换新卡；不是您要求的，请联系工会。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
UNBLOCKED = register(
    NoticeKind(
        code="people.card_unblocked",
        title=_("会员卡已恢复使用"),
        body=_("您的会员卡（尾号 {tail}）已解除挂失，可以使用了。"),
        channels=("in_app", "sms"),
    )
)
REPLACED = register(
    NoticeKind(
        code="people.card_replaced",
        title=_("已换新会员卡"),
        body=_("您的新会员卡（尾号 {tail}）已可使用，原来的卡已停用。不是您要求的，请联系工会。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
