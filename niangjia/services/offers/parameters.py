"""The numbers of this room that a federation may set, each from a day on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from niangjia.commons.parameters import parameters
from niangjia.commons.parameters.parameters import Parameter, declare
from niangjia.kernel.text import _

NO_SHOWS = declare(
    Parameter(
        code="offers.no_shows_allowed",
        label=_("可以未领取的次数"),
        schema="int",
        default=1,
        unit=_("次"),
        source="本平台默认；海口惠工观影：未用码即停 3 个月",
    )
)
NO_SHOW_WINDOW = declare(
    Parameter(
        code="offers.no_show_window_days",
        label=_("未领取次数的计算期"),
        schema="days",
        default=365,
        unit=_("天"),
        source="本平台默认",
    )
)
BAR_DAYS = declare(
    Parameter(
        code="offers.bar_days",
        label=_("未领取过多后暂停预约"),
        schema="days",
        default=90,
        unit=_("天"),
        source="海口惠工观影：未用码即停 3 个月",
    )
)
APPEAL_DAYS = declare(
    Parameter(
        code="offers.appeal_days",
        label=_("未领取申诉答复期限"),
        schema="working_days",
        default=5,
        unit=_("工作日"),
        source="本平台默认",
    )
)
APPEAL_WITHIN = declare(
    Parameter(
        code="offers.appeal_within_days",
        label=_("可以申诉的期限"),
        schema="days",
        default=30,
        unit=_("天"),
        source="本平台默认",
    )
)
UNDO_MINUTES = declare(
    Parameter(
        code="offers.undo_minutes",
        label=_("撤销领取的期限"),
        schema="int",
        default=10,
        unit=_("分钟"),
        source="本平台默认",
    )
)


@dataclass(frozen=True)
class NoShowRule:
    """More than ``allowed`` items not collected within ``window_days`` bar somebody for ``bar_days``."""

    allowed: int
    window_days: int
    bar_days: int


def no_show_rule(union_id: int, day: date) -> NoShowRule:
    """The rule of the campaign's union in force on ``day``."""
    return NoShowRule(
        allowed=int(parameters.at(NO_SHOWS.code, union_id, day).value),
        window_days=int(parameters.at(NO_SHOW_WINDOW.code, union_id, day).value),
        bar_days=int(parameters.at(BAR_DAYS.code, union_id, day).value),
    )


def appeal_within_days(union_id: int, day: date) -> int:
    """For how many days after the last pick-up day one may appeal."""
    return int(parameters.at(APPEAL_WITHIN.code, union_id, day).value)


def undo_minutes(union_id: int, day: date) -> int:
    """For how many minutes the keeper who scanned may take a collection back."""
    return int(parameters.at(UNDO_MINUTES.code, union_id, day).value)
