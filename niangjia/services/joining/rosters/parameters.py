"""The numbers of bulk joining that a federation may set, each from a day on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from niangjia.commons.parameters import parameters
from niangjia.commons.parameters.parameters import Parameter, declare
from niangjia.kernel.text import _

ROSTER_DAYS = declare(
    Parameter(
        code="joining.roster_days",
        label=_("入会名单确认期限"),
        schema="working_days",
        default=10,
        unit=_("工作日"),
        source="本平台默认",
    )
)
DUPLICATE_SHARE = declare(
    Parameter(
        code="joining.roster_duplicate_share",
        label=_("入会名单疑似重复上限"),
        schema="rate",
        default="0.30",
        source="本平台默认",
        hint=_("重复和疑似重复的行超过这个比例，整份名单不能登记。"),
    )
)
SECOND_EYES = declare(
    Parameter(
        code="joining.roster_second_eyes",
        label=_("入会名单须另一人复核"),
        schema="bool",
        default=False,
        source="本平台默认",
    )
)
KEPT_DAYS = declare(
    Parameter(
        code="joining.roster_kept_days",
        label=_("入会名单原件保存天数"),
        schema="days",
        default=30,
        unit=_("天"),
        source="本平台默认",
        hint=_("登记完成或作废后，名单原件和逐行内容保存这么多天，然后清除。"),
    )
)


def duplicate_share(union_id: int, day: date) -> Decimal:
    """The share of doubles, from 0 to 1, above which a roster is not applied."""
    return Decimal(parameters.at("joining.roster_duplicate_share", union_id, day).value)


def second_eyes(union_id: int, day: date) -> bool:
    """Whether another officer than the one who confirmed must apply it."""
    return bool(parameters.at("joining.roster_second_eyes", union_id, day).value)


def kept_days(union_id: int | None, day: date) -> int:
    """How many days after its end a roster's rows and file are kept."""
    return int(parameters.at("joining.roster_kept_days", union_id, day).value)
