"""What page and API of the counter share: what a database that is away means here; which site was kept last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from niangjia.kernel.errors import DomainError, Unavailable
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts import cookies
from niangjia.services.offers.rush.patience import patiently

T = TypeVar("T")

COOKIE, REMEMBERED_SECONDS = "niangjia_counter", 60 * 60 * 24 * 30


def answered(act: Callable[[], T]) -> T:
    """What ``act`` returns; raises Unavailable NOT_COLLECTED when the database cannot answer now."""
    try:
        return patiently(act)
    except Unavailable as error:
        sentence = _("未核销，请稍后重试。重试不会重复核销。")
        raise Unavailable("NOT_COLLECTED", sentence, retry_after=error.retry_after) from error


def remember(response: HttpResponseBase, site: str) -> None:
    """Let this browser open the counter at ``site`` next time."""
    cookies.put(response, COOKIE, site, max_age=REMEMBERED_SECONDS)


def remembered(request: HttpRequest) -> str:
    """The public id of the site that this browser kept last, or an empty string."""
    return request.COOKIES.get(cookies.full_name(COOKIE), "")


@dataclass(frozen=True)
class Verdict:
    """How a refusal is drawn: ``tone`` is refused (red), later (amber: not here or not now) or unknown (amber)."""

    tone: str
    icon: str
    heading: Text


_WORDS = {
    "ALREADY_COLLECTED": _("已经领过"),
    "CALLED_OFF": _("活动已取消"),
    "CANCELLED": _("会员已取消"),
    "CARD_BLOCKED": _("卡已挂失"),
    "CARD_CLOSED": _("卡已注销"),
    "CARD_CODE_EXPIRED": _("二维码已过期"),
    "CARD_CODE_FUTURE": _("时间对不上"),
    "CARD_CODE_INVALID": _("无法识别"),
    "CARD_NUMBER": _("卡号不对"),
    "CARD_REPLACED": _("卡已换新"),
    "CARD_UNKNOWN": _("没有这张卡"),
    "GIVEN_UP": _("已逾期放弃"),
    "LEFT_UNION": _("已退出工会"),
    "LIST_OLD": _("名单已过期"),
    "NOTHING_HERE": _("没有预约"),
    "NOT_COLLECTED": _("结果未知"),
    "NO_OFFICE_HERE": _("没有权限"),
    "OWN_CASE": _("请交给同事"),
    "PIECE_GONE_ON": _("已转给后面的会员"),
    "RESERVATION_NOT_FOUND": _("没有这份预约"),
    "REVOKED": _("预约已作废"),
    "TOO_MANY": _("请稍等"),
    "WRONG_DAY": _("还没到日期"),
    "WRONG_SITE": _("不在这个领取点"),
}
_LATER = {
    "CARD_CODE_EXPIRED": "refresh",
    "CARD_CODE_FUTURE": "clock",
    "TOO_MANY": "hourglass",
    "WRONG_DAY": "calendar-due",
    "WRONG_SITE": "map-pin",
}


def heading(code: str) -> Text:
    """A refusal in a word or two."""
    return _WORDS.get(code, _("不能领取"))


def verdict(error: DomainError) -> Verdict:
    """The colour, icon and word under which a refusal is shown."""
    if error.status == Unavailable.status:
        return Verdict("unknown", "wifi-off", heading(error.code))
    tone = "later" if error.code in _LATER else "refused"
    return Verdict(tone, _LATER.get(error.code, "circle-x"), heading(error.code))
