"""Who is told what about a dispute. Nobody reads who the other side is, where they are, or the number itself."""

from niangjia.kernel.text import _
from niangjia.platform.notices.kinds import NoticeKind, register

RAISED = register(
    NoticeKind(
        code="people.dispute_raised",
        title=_("号码申诉已收到"),
        body=_("您就{kind}提出的申诉 {number} 已收到，我们核实后答复您。不是您本人提出的，请马上打 12351。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
HOLDER_ASKED = register(
    NoticeKind(
        code="people.dispute_holder_asked",
        title=_("有人说您登记的{kind}是他的"),
        body=_("有人提出您登记的{kind}归他使用（{number}）。请在 {days} 个工作日内打开答复，不答复由工会核实决定。"),
        channels=("in_app", "sms", "email"),
        important=True,
    )
)
SETTLED = register(
    NoticeKind(
        code="people.dispute_settled",
        title=_("号码申诉已办好"),
        body=_("您就{kind}提出的申诉 {number} 已办好，打开看结果和下一步。"),
        channels=("in_app", "sms", "email"),
        important=True,
    )
)
REFUSED = register(
    NoticeKind(
        code="people.dispute_refused",
        title=_("号码申诉没有同意"),
        body=_("您就{kind}提出的申诉 {number} 没有同意，理由和下一步请打开查看。"),
        channels=("in_app", "sms", "email"),
        important=True,
    )
)
HOLDER_CHANGED = register(
    NoticeKind(
        code="people.dispute_holder_changed",
        title=_("您登记的{kind}已变更"),
        body=_("经核实，您登记的{kind}已变更（{number}）。请打开查看；有不同意见，可以在那里提出申诉。"),
        channels=("in_app", "sms", "email"),
        important=True,
    )
)
HOLDER_KEPT = register(
    NoticeKind(
        code="people.dispute_holder_kept",
        title=_("您登记的{kind}没有变化"),
        body=_("关于您登记的{kind}的核实（{number}）已结束，您的登记没有变化。"),
        channels=("in_app",),
    )
)
PHONE_LEFT = register(
    NoticeKind(
        code="people.dispute_phone_left",
        title=_("您的账户不能再用原来的手机号登录"),
        body=_(
            "用它登录的人说账户不是他的，我们已把手机号从您的账户取下，正在核实（{number}）。"
            "号码还是您的，请马上打 12351；已换号码的，用新手机号登录，在“我的信息→号码被占用→证件号码”里找回账户。"
        ),
        channels=("in_app", "email"),
        important=True,
    )
)
