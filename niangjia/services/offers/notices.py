"""Who is told what about campaigns and reservations. Values carry titles, numbers, sites and days, nothing personal."""

from niangjia.kernel.text import _
from niangjia.platform.notices.kinds import NoticeKind, register

ANNOUNCED = register(
    NoticeKind(
        code="offers.announced",
        title=_("{union}有新的普惠活动"),
        body=_("“{title}”{opens}开始预约，{pickup}领取。每人限一份，先看规则再预约。"),
        channels=("in_app",),
    )
)
RESERVED = register(
    NoticeKind(
        code="offers.reserved",
        title=_("预约成功"),
        body=_("您已预约“{item}”。请于 {day} 凭会员卡到{site}领取，逾期视为放弃。"),
        channels=("in_app",),
    )
)
CANCELLED = register(
    NoticeKind(
        code="offers.cancelled",
        title=_("预约已取消"),
        body=_("您已取消预约 {number}“{item}”。"),
        channels=("in_app",),
    )
)
REMINDED = register(
    NoticeKind(
        code="offers.reminded",
        title=_("别忘了领取"),
        body=_("您预约的“{item}”（编号 {number}）请于 {day} 到{site}领取，逾期视为放弃。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
COLLECTED = register(
    NoticeKind(
        code="offers.collected",
        title=_("已领取"),
        body=_("“{item}”（编号 {number}）已在{site}领取。不是您本人领取的，请马上联系{union}。"),
        channels=("in_app",),
    )
)
COLLECTED_AFTER_ALL = register(
    NoticeKind(
        code="offers.collected_after_all",
        title=_("已补记领取"),
        body=_(
            "“{item}”（编号 {number}）当天已在{site}领取，因没有网络现在才记上，不再算未领取。"
            "不是您本人领取的，请马上联系{union}。"
        ),
        channels=("in_app", "sms"),
    )
)
UNDONE = register(
    NoticeKind(
        code="offers.undone",
        title=_("领取记录已撤销"),
        body=_("“{item}”（编号 {number}）的领取记录已撤销，仍为您保留。已经拿到的，请联系{union}。"),
        channels=("in_app",),
    )
)
GIVEN_UP = register(
    NoticeKind(
        code="offers.given_up",
        title=_("逾期未领，视为放弃"),
        body=_("您预约的“{item}”（编号 {number}）没有在 {day} 领取，按活动规则视为放弃。有特殊原因可以申诉。"),
        channels=("in_app", "sms"),
    )
)
BARRED = register(
    NoticeKind(
        code="offers.barred",
        title=_("暂停预约"),
        body=_("因多次预约未领取，{until} 以前您不能预约普惠活动。有特殊原因可以申诉，申诉通过马上解除。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
REVOKED = register(
    NoticeKind(
        code="offers.revoked",
        title=_("预约已作废"),
        body=_("您的预约 {number}“{item}”已作废，理由请打开查看。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
CALLED_OFF = register(
    NoticeKind(
        code="offers.called_off",
        title=_("活动已取消"),
        body=_("“{title}”已取消，您的预约 {number} 随之作废，理由请打开查看。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
WON = register(
    NoticeKind(
        code="offers.won",
        title=_("您已抽中"),
        body=_("“{title}”抽签结果：您抽中“{item}”。请于 {day} 凭会员卡到{site}领取。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
LOST = register(
    NoticeKind(
        code="offers.lost",
        title=_("这次没有抽中"),
        body=_("“{title}”抽签结果：您这次没有抽中。抽签过程可以自己复核，请打开查看。"),
        channels=("in_app",),
    )
)
OFFERED = register(
    NoticeKind(
        code="offers.offered",
        title=_("候补轮到您了"),
        body=_("“{title}”的“{item}”有人退出，为您保留到 {until}，请打开确认，逾期让给下一位。"),
        channels=("in_app", "sms"),
        important=True,
    )
)
PASSED = register(
    NoticeKind(
        code="offers.passed",
        title=_("候补名额已让给下一位"),
        body=_("“{title}”的“{item}”没有在期限内确认，已让给下一位。"),
        channels=("in_app",),
    )
)
APPEAL_ACCEPTED = register(
    NoticeKind(
        code="offers.appeal_accepted",
        title=_("申诉通过"),
        body=_("您对预约 {number} 的申诉已通过，这次未领取不再计入。"),
        channels=("in_app", "sms"),
    )
)
APPEAL_REFUSED = register(
    NoticeKind(
        code="offers.appeal_refused",
        title=_("申诉未通过"),
        body=_("您对预约 {number} 的申诉未通过，理由请打开查看。"),
        channels=("in_app", "sms"),
    )
)
