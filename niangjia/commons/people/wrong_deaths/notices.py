"""Who is told when a death that was recorded wrongly is undone. Values carry names of unions only."""

from niangjia.kernel.text import _
from niangjia.platform.notices.kinds import NoticeKind, register

RESTORED = register(
    NoticeKind(
        code="people.death_undone",
        title=_("会籍已恢复，对不起"),
        body=_("{union}误把您登记为去世，已经撤销。会籍接着算，账号可以登录，会员卡换了新号。有不对的请打 12351。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
FAMILY_TOLD = register(
    NoticeKind(
        code="people.death_undone_family",
        title=_("更正：前面的去世通知有误"),
        body=_("{union}此前登记您的家人去世，登记有误，已经撤销，为此致歉。不用办理任何手续；有疑问请拨打 12351。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
