"""When one may reserve, how many, and what a refusal says. Pure; every sentence says what one can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from niangjia.kernel.clock import SHANGHAI
from niangjia.kernel.errors import Conflict, Gone, NotAllowed, NotFound, RuleBroken
from niangjia.kernel.text import Text, _

MOST_ITEMS = 60
MOST_WISHES = 5
LONGEST_CAMPAIGN_DAYS = 120


@dataclass(frozen=True)
class Schedule:
    """The moments of a campaign; ``first_come_from`` is later than ``opens_at`` when a draw goes before."""

    opens_at: datetime
    first_come_from: datetime
    closes_at: datetime
    pickup_from: date
    pickup_until: date


def moment_words(moment: datetime) -> str:
    """A moment for people: 1月9日 10:00; the year is said by the page around it."""
    local = moment.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


_MONTHS = (
    _("1月"), _("2月"), _("3月"), _("4月"), _("5月"), _("6月"),
    _("7月"), _("8月"), _("9月"), _("10月"), _("11月"), _("12月"),
)  # fmt: skip


def spoken(moment: datetime) -> Text:
    """The same in the reader's language: 1月9日 10:00, 9 January 10:00."""
    local = moment.astimezone(SHANGHAI)
    return _("{month}{day}日 {time}", month=_MONTHS[local.month - 1], day=local.day, time=f"{local:%H:%M}")


def require_open(schedule: Schedule, now: datetime) -> None:
    """Raises NotAllowed NOT_OPEN with the opening moment, Gone CLOSED. The opening moment itself is open."""
    if now < schedule.opens_at:
        raise NotAllowed("NOT_OPEN", _("还没到时间，{moment} 开始预约。", moment=spoken(schedule.opens_at)))
    if now < schedule.first_come_from:
        moment = spoken(schedule.first_come_from)
        raise NotAllowed("NOT_OPEN", _("现在是填报志愿的时间，抽签以后剩余的名额从 {moment} 开始预约。", moment=moment))
    if now >= schedule.closes_at:
        raise Gone("CLOSED", _("预约已于 {moment} 结束。", moment=spoken(schedule.closes_at)))


def not_drawn_yet() -> NotAllowed:
    """The wishes are in and the draw is being held: what is left is not known yet."""
    return NotAllowed("NOT_OPEN", _("正在抽签，抽签以后剩余的名额马上开始预约，请稍等再试。"))


def require_wishes_open(schedule: Schedule, now: datetime) -> None:
    """Raises NotAllowed NOT_OPEN, Gone CLOSED: wishes are taken from the opening until the draw."""
    if now < schedule.opens_at:
        raise NotAllowed("NOT_OPEN", _("还没到时间，{moment} 开始填报志愿。", moment=spoken(schedule.opens_at)))
    if now >= schedule.first_come_from:
        raise Gone("CLOSED", _("填报志愿已于 {moment} 结束。", moment=spoken(schedule.first_come_from)))


def require_one(quantity: object) -> None:
    """Everybody gets exactly one. Raises RuleBroken QUANTITY for anything but the number 1."""
    if type(quantity) is not int or quantity != 1:
        sentence = _("每人限 1 份。")
        raise RuleBroken("QUANTITY", sentence, fields={"quantity": [sentence]})


def require_pickup_day(day: date, schedule: Schedule, today: date) -> None:
    """Raises Gone CLOSED for a day outside of the pick-up days or one that is over."""
    if not schedule.pickup_from <= day <= schedule.pickup_until:
        raise Gone("CLOSED", _("这一天不在领取日期内，请重新选择。"))
    if day < today:
        raise Gone("CLOSED", _("这一天已经过去，请选今天以后的日期。"))


def require_not_barred(until: date | None) -> None:
    """Raises NotAllowed BANNED_UNTIL."""
    if until is not None:
        raise NotAllowed(
            "BANNED_UNTIL",
            _("因多次预约未领取，您到 {day} 为止不能预约。有特殊原因可以在“我的预约”里申诉。", day=f"{until:%Y-%m-%d}"),
        )


def no_item() -> NotFound:
    """The item does not exist, belongs to another campaign, or was withdrawn: never told apart."""
    return NotFound("ITEM_NOT_FOUND", _("没有找到这个品类，请刷新页面后重新选择。"))


def not_there() -> RuleBroken:
    """The item is not given at that site on that day."""
    sentence = _("这个品类不在所选的地点或日期领取，请重新选择。")
    return RuleBroken("NOT_AT_THIS_PLACE", sentence, fields={"site": [sentence]})


def sold_out(item: str, *, has_waiting_list: bool) -> Conflict:
    """Nothing is left of what was asked for."""
    if has_waiting_list:
        return Conflict("SOLD_OUT", _("“{item}”在这个地点和日期已约满，可以换一个，也可以排队候补。", item=item))
    return Conflict("SOLD_OUT", _("“{item}”在这个地点和日期已约满，请换一个地点、日期或品类。", item=item))


def one_each(item: str, number: str) -> Conflict:
    """Somebody has their one item already; the first is shown."""
    return Conflict(
        "ONE_PER_CARD",
        _("每人限一份，您已预约“{item}”（编号 {number}）。要换的话请先取消它。", item=item, number=number),
    )


def in_a_draw(pseudonym: str) -> Conflict:
    """Somebody has entered already."""
    return Conflict("WISH_ENTERED", _("您已填报志愿（编号 {number}），抽签以前可以修改或撤回。", number=pseudonym))


# No-shows


def barred_until(no_shows: Sequence[date], *, allowed: int, window_days: int, bar_days: int) -> date | None:
    """Until when (included) somebody is barred whose latest no-show is the last of ``no_shows``, days in order.

    More than ``allowed`` of them within ``window_days`` before the latest, itself included, bar for ``bar_days`` from
    the day after it. None: not barred.
    """
    if not no_shows or bar_days <= 0:
        return None
    latest = no_shows[-1]
    recent = [day for day in no_shows if latest - day < timedelta(days=window_days)]
    return latest + timedelta(days=bar_days) if len(recent) > allowed else None


# Drawing up a campaign


def schedule_problems(schedule: Schedule, *, is_draw: bool) -> dict[str, list[Text]]:
    """What is wrong with the moments of a campaign, by field; empty when nothing is."""
    problems: dict[str, list[Text]] = {}
    if schedule.closes_at <= schedule.opens_at:
        problems["closes_at"] = [_("结束时间要晚于开始时间。")]
    if schedule.pickup_until < schedule.pickup_from:
        problems["pickup_until"] = [_("领取的最后一天不能早于第一天。")]
    if schedule.pickup_until < schedule.opens_at.astimezone(SHANGHAI).date():
        problems["pickup_until"] = [_("领取日期不能早于预约开始的那一天。")]
    if schedule.pickup_until - schedule.pickup_from > timedelta(days=LONGEST_CAMPAIGN_DAYS):
        problems["pickup_until"] = [_("领取日期最长 {days} 天。", days=LONGEST_CAMPAIGN_DAYS)]
    if is_draw and not schedule.opens_at < schedule.first_come_from <= schedule.closes_at:
        problems["wishes_until"] = [_("抽签时间要在预约开始和结束之间。")]
    return problems


def require_schedule(schedule: Schedule, *, is_draw: bool) -> None:
    """Raises RuleBroken SCHEDULE with a sentence beside each field that is wrong."""
    problems = schedule_problems(schedule, is_draw=is_draw)
    if problems:
        raise RuleBroken("SCHEDULE", _("时间安排有误，请照提示修改。"), fields=problems)
