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
from niangjia.services.offers.patience import patiently

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


_REFUSED = Verdict("refused", "circle-x", _("不能领取"))
_VERDICTS = {
    "ALREADY_COLLECTED": Verdict("refused", "circle-x", _("已经领过")),
    "WRONG_SITE": Verdict("later", "map-pin", _("不在这个领取点")),
    "WRONG_DAY": Verdict("later", "calendar-due", _("还没到日期")),
    "CARD_CODE_EXPIRED": Verdict("later", "refresh", _("二维码已过期")),
    "CARD_CODE_FUTURE": Verdict("later", "clock", _("时间对不上")),
    "NOTHING_HERE": Verdict("refused", "circle-x", _("没有预约")),
    "CARD_CODE_INVALID": Verdict("refused", "circle-x", _("无法识别")),
    "TOO_MANY": Verdict("later", "hourglass", _("请稍等")),
    "NOT_COLLECTED": Verdict("unknown", "wifi-off", _("结果未知")),
}


def verdict(error: DomainError) -> Verdict:
    """The colour, icon and word under which a refusal is shown."""
    return _VERDICTS.get(error.code, _REFUSED)
