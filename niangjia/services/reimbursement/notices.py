"""Who is told what about secondary reimbursement. Values carry sums, never what somebody was treated for."""

from niangjia.kernel.text import _
from niangjia.platform.notices.kinds import NoticeKind, register

APPROVED = register(
    NoticeKind(
        code="reimbursement.approved",
        title=_("二次报销已通过"),
        body=_("您有一笔二次报销 {sum}，会付到您的银行卡，不用申请。"),
        channels=("in_app", "sms"),
    )
)
PAID = register(
    NoticeKind(
        code="reimbursement.paid",
        title=_("二次报销已到账"),
        body=_("您的二次报销 {sum} 已付款，请查收银行卡。"),
        channels=("in_app", "sms"),
    )
)
PAYMENT_FAILED = register(
    NoticeKind(
        code="reimbursement.payment_failed",
        title=_("二次报销没有付成功"),
        body=_("您的二次报销 {sum} 没有付成功，请核对银行卡。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
