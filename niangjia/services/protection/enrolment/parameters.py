"""The numbers of enrolment that a federation may set, each from a day on."""

from __future__ import annotations

from datetime import date

from niangjia.commons.parameters import parameters
from niangjia.commons.parameters.parameters import Parameter, declare
from niangjia.kernel.text import Text, _

_OWN = "本平台默认"

ROSTER_DAYS = declare(
    Parameter(
        code="protection.roster_days",
        label=_("参保名单每一级办理期限"),
        schema="working_days",
        default=5,
        unit=_("工作日"),
        source=_OWN,
    )
)
KEPT_DAYS = declare(
    Parameter(
        code="protection.roster_kept_days",
        label=_("参保名单原件保存天数"),
        schema="days",
        default=30,
        unit=_("天"),
        source=_OWN,
        hint=_("办理完成或作废后，名单原件和逐行内容保存这么多天，然后清除。"),
    )
)


def _days(code: str, label: Text, default: int) -> Parameter:
    code = f"protection.{code}"
    return declare(Parameter(code=code, label=label, schema="days", default=default, unit=_("天"), source=_OWN))


BACK_DAYS = _days("enrol_back_days", _("起保日期最多早于办理当天"), 0)
AHEAD_DAYS = _days("enrol_ahead_days", _("起保日期最多晚于办理当天"), 92)
EXPIRING_DAYS = _days("expiring_days", _("到期前多少天列入到期名单"), 60)


def days(code: str, union_id: int | None, day: date) -> int:
    """The value of ``protection.<code>`` in days by the union's version in force on ``day``."""
    return int(parameters.at(f"protection.{code}", union_id, day).value)
