"""What members are told about their copies and closings."""

from niangjia.kernel.text import _
from niangjia.platform.notices.kinds import NoticeKind, register

CLOSING_ASKED = register(
    NoticeKind(
        code="people.closing_asked",
        title=_("账号将在 7 天后注销"),
        body=_("您申请了注销账号，{day} 后注销。在那以前重新登录就会取消。不是您本人操作的，请马上登录。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
CLOSING_CALLED_OFF = register(
    NoticeKind(
        code="people.closing_called_off",
        title=_("注销已取消"),
        body=_("您在 7 天内重新登录，账号注销已取消，什么都没有变。"),
        channels=("in_app",),
    )
)
COPY_READY = register(
    NoticeKind(
        code="people.data_copy_ready",
        title=_("您的信息已经整理好"),
        body=_("您要带走的信息已经整理好，{day} 前可以下载。不是您本人操作的，请马上打 12351。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
