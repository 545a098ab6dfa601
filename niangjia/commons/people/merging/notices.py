"""What a person hears of a merge of their entries."""

from niangjia.kernel.text import _
from niangjia.platform.notices.kinds import NoticeKind, register

MERGED = register(
    NoticeKind(
        code="people.merged",
        title=_("您的重复登记已合并"),
        body=_("工会发现您有两条登记，已合并成一条（{number}）。会籍、卡和办过的事项都在。有不对的请打 12351。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
PARTED = register(
    NoticeKind(
        code="people.merge_undone",
        title=_("登记合并已撤销"),
        body=_("工会撤销了一次登记合并（{number}），并过来的内容已原样分开。有不对的请打 12351。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
