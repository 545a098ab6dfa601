"""When somebody may be deemed to have left. Pure."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta

from niangjia.kernel.errors import Conflict, RuleBroken
from niangjia.kernel.text import _

SHORTEST_TOLD, LONGEST_TOLD = 4, 100


def idle_since(today: date, months: int) -> date:
    """The first day of the last ``months`` months: whoever shows no sign since then falls under the rule.

    The day of the month is kept, or is the month's last: six months before 31 August is 28 or 29 February.
    """
    index = today.year * 12 + today.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def require_told(told_how: str, *, has_account: bool) -> str:
    """How somebody without an account was told, 4 to 100 characters. Raises RuleBroken TOLD_HOW."""
    tidy = " ".join(told_how.split())
    if not has_account and not len(tidy) >= SHORTEST_TOLD:
        text = _("这位会员没有手机账号，收不到提醒。请先打电话、寄信或当面告知，再写明怎么告知的。")
        raise RuleBroken("TOLD_HOW", text, fields={"told_how": [text]})
    return tidy[:LONGEST_TOLD]


def require_over(answer_by: datetime | None, now: datetime) -> None:
    """Raises RuleBroken ANSWER_TIME_RUNS while the member may still answer."""
    if answer_by is None or now <= answer_by:
        raise RuleBroken("ANSWER_TIME_RUNS", _("回应期限还没有到，不能办理视为退会。"))


def require_silent(last_sign: datetime | None, warned_at: datetime | None) -> None:
    """Raises RuleBroken ACTIVE_AGAIN when the member showed a sign after the warning."""
    if last_sign is not None and warned_at is not None and last_sign > warned_at:
        raise RuleBroken("ACTIVE_AGAIN", _("提醒以后本人又登录或参加了活动，请选“保留会籍”。"))


def require_undo_in_time(left_at: datetime, days: int, now: datetime) -> None:
    """Raises RuleBroken UNDO_OVER later than ``days`` days after the exit."""
    if now > left_at + timedelta(days=days):
        text = _("超过 {days} 天不能撤销，请本人重新申请入会。", days=days)
        raise RuleBroken("UNDO_OVER", text)


def open_already() -> Conflict:
    """One case at a time."""
    return Conflict("EXIT_OPEN", _("这位会员已经在视为退会名单里。"))
