"""The lives of a campaign, a reservation, a wish in a draw, a place on the waiting list, an appeal, a closing sheet."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.machine import Machine, Move, State, Wait
from niangjia.kernel.text import _


class CampaignState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    OPEN = "open"
    CLOSED = "closed"
    SETTLED = "settled"
    CALLED_OFF = "called_off"


class CampaignEvent(StrEnum):
    DRAW_UP = "draw_up"
    PUBLISH = "publish"
    OPEN_DOORS = "open_doors"
    CLOSE_DOORS = "close_doors"
    SETTLE = "settle"
    CALL_OFF = "call_off"


class ReservationState(StrEnum):
    RESERVED = "reserved"
    COLLECTED = "collected"
    CANCELLED = "cancelled"
    GIVEN_UP = "given_up"
    REVOKED = "revoked"


class ReservationEvent(StrEnum):
    RESERVE = "reserve"
    CANCEL = "cancel"
    COLLECT = "collect"
    COLLECT_AFTER_ALL = "collect_after_all"
    UNDO_COLLECT = "undo_collect"
    GIVE_UP = "give_up"
    REVOKE = "revoke"


class WishState(StrEnum):
    ENTERED = "entered"
    WON = "won"
    LOST = "lost"
    TAKEN_BACK = "taken_back"


class WishEvent(StrEnum):
    ENTER = "enter"
    WIN = "win"
    LOSE = "lose"
    TAKE_BACK = "take_back"


class WaitingState(StrEnum):
    WAITING = "waiting"
    OFFERED = "offered"
    TAKEN = "taken"
    PASSED = "passed"
    LEFT = "left"


class WaitingEvent(StrEnum):
    QUEUE = "queue"
    OFFER = "offer"
    TAKE = "take"
    PASS_ON = "pass_on"  # noqa: S105 - no secret, the piece passes on
    LEAVE = "leave"


class AppealState(StrEnum):
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class AppealEvent(StrEnum):
    APPEAL = "appeal"
    ACCEPT_APPEAL = "accept_appeal"
    REFUSE_APPEAL = "refuse_appeal"


class SheetState(StrEnum):
    OPEN = "open"
    SIGNED = "signed"
    COUNTERSIGNED = "countersigned"


class SheetEvent(StrEnum):
    BEGIN_SHEET = "begin_sheet"
    SIGN = "sign"
    SEND_BACK = "send_back"
    COUNTERSIGN = "countersign"


APPEAL_DAYS = "offers.appeal_days"

SHOWN_STATES = (CampaignState.PUBLISHED, CampaignState.OPEN, CampaignState.CLOSED, CampaignState.SETTLED)
"""States in which members see a campaign."""

OPENED_STATES = (CampaignState.OPEN, CampaignState.CLOSED, CampaignState.SETTLED)
"""Those whose opening moment was recorded."""

TAKING_STATES = (CampaignState.PUBLISHED, CampaignState.OPEN)
"""States in which the clock alone decides whether one may reserve; the job that records the move may be late."""

COUNTING_STATES = (ReservationState.RESERVED, ReservationState.COLLECTED, ReservationState.GIVEN_UP)
"""States of the one item that somebody had of a campaign: cancelled and revoked ones do not count."""

QUEUED_STATES = (WaitingState.WAITING, WaitingState.OFFERED)

CAMPAIGN = Machine(
    name="offers.campaign",
    version=1,
    subject=_("普惠活动"),
    opening=CampaignEvent.DRAW_UP,
    opening_label=_("起草活动"),
    initial=CampaignState.DRAFT,
    states=(
        State(CampaignState.DRAFT, _("草稿")),
        State(CampaignState.PUBLISHED, _("已发布，未开抢")),
        State(CampaignState.OPEN, _("预约中")),
        State(CampaignState.CLOSED, _("预约已结束")),
        State(CampaignState.SETTLED, _("已结清")),
        State(CampaignState.CALLED_OFF, _("已取消")),
    ),
    moves=(
        Move(
            CampaignEvent.PUBLISH,
            (CampaignState.DRAFT,),
            CampaignState.PUBLISHED,
            _("发布"),
            consequence=_("会员马上能看到活动和开始时间；规则、名额和领取安排从此不能改少。"),
        ),
        Move(CampaignEvent.OPEN_DOORS, (CampaignState.PUBLISHED,), CampaignState.OPEN, _("开始预约")),
        Move(
            CampaignEvent.CLOSE_DOORS,
            (CampaignState.PUBLISHED, CampaignState.OPEN),
            CampaignState.CLOSED,
            _("结束预约"),
        ),
        Move(
            CampaignEvent.SETTLE,
            (CampaignState.CLOSED,),
            CampaignState.SETTLED,
            _("结清"),
            consequence=_("没有领取的都已记为放弃，活动到此结束。"),
        ),
        Move(
            CampaignEvent.CALL_OFF,
            (CampaignState.DRAFT, CampaignState.PUBLISHED, CampaignState.OPEN, CampaignState.CLOSED),
            CampaignState.CALLED_OFF,
            _("取消活动"),
            needs_reason=True,
            consequence=_("所有未领取的预约作废，预约的会员会收到通知和理由。"),
        ),
    ),
    source="活动公告；各次活动的规则由活动自己规定",
)

RESERVATION = Machine(
    name="offers.reservation",
    version=1,
    subject=_("预约"),
    opening=ReservationEvent.RESERVE,
    opening_label=_("预约"),
    initial=ReservationState.RESERVED,
    states=(
        State(ReservationState.RESERVED, _("待领取")),
        State(ReservationState.COLLECTED, _("已领取")),
        State(ReservationState.CANCELLED, _("已取消")),
        State(ReservationState.GIVEN_UP, _("逾期未领，视为放弃")),
        State(ReservationState.REVOKED, _("已作废")),
    ),
    moves=(
        Move(
            ReservationEvent.CANCEL,
            (ReservationState.RESERVED,),
            ReservationState.CANCELLED,
            _("取消预约"),
            consequence=_("名额马上让给别人，不一定能再约到。"),
        ),
        Move(ReservationEvent.COLLECT, (ReservationState.RESERVED,), ReservationState.COLLECTED, _("确认领取")),
        Move(
            ReservationEvent.UNDO_COLLECT,
            (ReservationState.COLLECTED,),
            ReservationState.RESERVED,
            _("撤销领取"),
            needs_reason=True,
        ),
        Move(ReservationEvent.GIVE_UP, (ReservationState.RESERVED,), ReservationState.GIVEN_UP, _("逾期放弃")),
        Move(
            ReservationEvent.COLLECT_AFTER_ALL,
            (ReservationState.GIVEN_UP,),
            ReservationState.COLLECTED,
            _("补记领取"),
            consequence=_("当天没有网络时已经领走：放弃记录撤销，不再计为未领取。"),
        ),
        Move(
            ReservationEvent.REVOKE,
            (ReservationState.RESERVED,),
            ReservationState.REVOKED,
            _("作废预约"),
            needs_reason=True,
            consequence=_("会员会收到通知和理由，名额退回。"),
        ),
    ),
    source="活动公告：未按时领取视为自动放弃",
)

WISH = Machine(
    name="offers.wish",
    version=1,
    subject=_("抽签志愿"),
    opening=WishEvent.ENTER,
    opening_label=_("填报志愿"),
    initial=WishState.ENTERED,
    states=(
        State(WishState.ENTERED, _("待抽签")),
        State(WishState.WON, _("已抽中")),
        State(WishState.LOST, _("未抽中")),
        State(WishState.TAKEN_BACK, _("已撤回")),
    ),
    moves=(
        Move(WishEvent.WIN, (WishState.ENTERED,), WishState.WON, _("抽中")),
        Move(WishEvent.LOSE, (WishState.ENTERED,), WishState.LOST, _("未抽中")),
        Move(WishEvent.TAKE_BACK, (WishState.ENTERED,), WishState.TAKEN_BACK, _("撤回志愿")),
    ),
    source="活动公告：抽签规则与复核方法一并公布",
)

WAITING = Machine(
    name="offers.waiting",
    version=1,
    subject=_("候补"),
    opening=WaitingEvent.QUEUE,
    opening_label=_("候补"),
    initial=WaitingState.WAITING,
    states=(
        State(WaitingState.WAITING, _("排队中")),
        State(WaitingState.OFFERED, _("轮到您了，等您确认")),
        State(WaitingState.TAKEN, _("已候补成功")),
        State(WaitingState.PASSED, _("未在期限内确认")),
        State(WaitingState.LEFT, _("已退出候补")),
    ),
    moves=(
        Move(WaitingEvent.OFFER, (WaitingState.WAITING,), WaitingState.OFFERED, _("轮到")),
        Move(WaitingEvent.TAKE, (WaitingState.OFFERED,), WaitingState.TAKEN, _("确认要")),
        Move(WaitingEvent.PASS_ON, (WaitingState.OFFERED,), WaitingState.PASSED, _("逾期让给下一位")),
        Move(WaitingEvent.LEAVE, (WaitingState.WAITING, WaitingState.OFFERED), WaitingState.LEFT, _("退出候补")),
    ),
    source="本平台默认：退回的名额按候补先后提供，逾期让给下一位",
)

APPEAL = Machine(
    name="offers.appeal",
    version=1,
    subject=_("未领取申诉"),
    opening=AppealEvent.APPEAL,
    opening_label=_("提出申诉"),
    initial=AppealState.SUBMITTED,
    states=(
        State(AppealState.SUBMITTED, _("申诉审核中"), Wait("union_officer", due=APPEAL_DAYS)),
        State(AppealState.ACCEPTED, _("申诉通过")),
        State(AppealState.REFUSED, _("申诉未通过")),
    ),
    moves=(
        Move(
            AppealEvent.ACCEPT_APPEAL,
            (AppealState.SUBMITTED,),
            AppealState.ACCEPTED,
            _("同意申诉"),
            consequence=_("这次未领取不再计入，限制随即解除。"),
        ),
        Move(
            AppealEvent.REFUSE_APPEAL,
            (AppealState.SUBMITTED,),
            AppealState.REFUSED,
            _("不同意申诉"),
            needs_reason=True,
            consequence=_("会员会看到您写的理由，限制不变。"),
        ),
    ),
    source="本平台默认：对未领取的限制可以申诉",
)

SHEET = Machine(
    name="offers.sheet",
    version=1,
    subject=_("领取点日结单"),
    opening=SheetEvent.BEGIN_SHEET,
    opening_label=_("开始日结"),
    initial=SheetState.OPEN,
    states=(
        State(SheetState.OPEN, _("填写中")),
        State(SheetState.SIGNED, _("已签，待复核")),
        State(SheetState.COUNTERSIGNED, _("已复核")),
    ),
    moves=(
        Move(
            SheetEvent.SIGN,
            (SheetState.OPEN,),
            SheetState.SIGNED,
            _("签字"),
            consequence=_("当天的数字从此固定，由另一位同事复核。"),
        ),
        Move(SheetEvent.SEND_BACK, (SheetState.SIGNED,), SheetState.OPEN, _("退回重填"), needs_reason=True),
        Move(SheetEvent.COUNTERSIGN, (SheetState.SIGNED,), SheetState.COUNTERSIGNED, _("复核签字")),
    ),
    source="本平台默认：领取点每日日结，两人签字",
)

MACHINES = (CAMPAIGN, RESERVATION, WISH, WAITING, APPEAL, SHEET)
