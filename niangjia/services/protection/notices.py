"""Who is told what about protection. Values carry numbers, sums and names of unions, never what happened to whom."""

from niangjia.kernel.text import _
from niangjia.platform.notices.kinds import NoticeKind, register

RECEIVED = register(
    NoticeKind(
        code="protection.received",
        title=_("理赔申请已收到"),
        body=_("您的理赔申请 {number} 已收到，最晚 {due} 前答复您。"),
        channels=("in_app", "sms"),
    )
)
ASKED_MORE = register(
    NoticeKind(
        code="protection.asked_more",
        title=_("理赔申请请您补充"),
        body=_("您的理赔申请 {number} 需要补充，请在 {due} 前打开查看并提交。"),
        channels=("in_app", "sms", "email"),
        important=True,
    )
)
APPROVED = register(
    NoticeKind(
        code="protection.approved",
        title=_("理赔申请已通过"),
        body=_("您的理赔申请 {number} 已通过，金额 {sum}，会付到您填写的银行卡。"),
        channels=("in_app", "sms", "email"),
        important=True,
    )
)
REFUSED = register(
    NoticeKind(
        code="protection.refused",
        title=_("理赔申请未通过"),
        body=_("您的理赔申请 {number} 未通过，理由和申诉的办法请打开查看。"),
        channels=("in_app", "sms", "email"),
        important=True,
    )
)
LAPSED = register(
    NoticeKind(
        code="protection.lapsed",
        title=_("理赔申请因逾期未补充已终止"),
        body=_("您的理赔申请 {number} 因逾期未补充已终止，在期限内可以重新申请。"),
        channels=("in_app", "sms"),
    )
)
PAID = register(
    NoticeKind(
        code="protection.paid",
        title=_("理赔款已付"),
        body=_("您的理赔申请 {number} 已付款 {sum}，请查收银行卡。"),
        channels=("in_app", "sms"),
    )
)
APPEAL_ANSWERED = register(
    NoticeKind(
        code="protection.appeal_answered",
        title=_("理赔申诉有了结果"),
        body=_("您对理赔申请 {number} 的申诉已有结果，请打开查看。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
REMINDED = register(
    NoticeKind(
        code="protection.reminded",
        title=_("别忘了补充理赔申请"),
        body=_("您的理赔申请 {number} 还等着您补充，请在 {due} 前提交。"),
        channels=("in_app", "sms"),
    )
)
PURCHASE_INVOICED = register(
    NoticeKind(
        code="protection.purchase_invoiced",
        title=_("团体购买已开票"),
        body=_("您办理的团体购买 {number} 已开票，请在 {day} 前付款。"),
        channels=("in_app", "sms"),
    )
)
PURCHASE_OVERDUE = register(
    NoticeKind(
        code="protection.purchase_overdue",
        title=_("团体购买付款已逾期"),
        body=_("您办理的团体购买 {number} 应在 {day} 前付款，现在还没有付清，请尽快付款或取消。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
PURCHASE_STARTED = register(
    NoticeKind(
        code="protection.purchase_started",
        title=_("团体购买已参保"),
        body=_("您办理的团体购买 {number} 已参保，从 {day} 起保障，可以打印参保凭证。"),
        channels=("in_app", "sms"),
    )
)
PURCHASE_ASKED = register(
    NoticeKind(
        code="protection.purchase_asked",
        title=_("团体购买还不能起保"),
        body=_("您办理的团体购买 {number} 有人不能参保，剩下的人数达不到要求，还没有起保。请打开查看，更正或取消。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
PURCHASE_CREDIT = register(
    NoticeKind(
        code="protection.purchase_credit",
        title=_("团体购买有余款"),
        body=_("您办理的团体购买 {number} 多付了 {sum}，可以退回单位账户，或抵扣下一次购买。"),
        channels=("in_app", "sms"),
    )
)
CONDOLENCE_PAID = register(
    NoticeKind(
        code="protection.condolence_paid",
        title=_("慰问金已付"),
        body=_("工会给您的慰问金 {sum} 已付款，请查收银行卡。"),
        channels=("in_app", "sms"),
    )
)
