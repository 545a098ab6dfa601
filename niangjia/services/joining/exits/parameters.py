"""The numbers of deemed exit that a federation may set, each from a day on."""

from __future__ import annotations

from datetime import date

from niangjia.commons.parameters import parameters
from niangjia.commons.parameters.parameters import Parameter, declare
from niangjia.kernel.text import _

AFTER_MONTHS = declare(
    Parameter(
        code="joining.exit_after_months",
        label=_("多久没有会费和活动列入视为退会名单"),
        schema="int",
        default=0,
        unit=_("个月"),
        source="《中国工会章程》第六条：连续六个月；是否启用由各级工会决定",
        hint=_("0 表示不列名单。章程规定是 6 个月。"),
        least=0,
        greatest=60,
    )
)
ANSWER_DAYS = declare(
    Parameter(
        code="joining.exit_answer_days",
        label=_("视为退会提醒后本人回应期限"),
        schema="working_days",
        default=30,
        unit=_("工作日"),
        source="本平台默认",
    )
)
UNDO_DAYS = declare(
    Parameter(
        code="joining.exit_undo_days",
        label=_("视为退会撤销期限"),
        schema="int",
        default=90,
        unit=_("天"),
        source="本平台默认",
        least=0,
        greatest=366,
    )
)


def after_months(union_id: int, day: date) -> int:
    """After how many months without a sign somebody is listed; 0: never."""
    return int(parameters.at(AFTER_MONTHS.code, union_id, day).value)


def answer_days(union_id: int, day: date) -> int:
    """Within how many working days the warned member answers."""
    return int(parameters.at(ANSWER_DAYS.code, union_id, day).value)


def undo_days(union_id: int, day: date) -> int:
    """For how many days an exit can be undone."""
    return int(parameters.at(UNDO_DAYS.code, union_id, day).value)
