"""The numbers of joining on the spot that a federation may set, each from a day on."""

from __future__ import annotations

from datetime import date

from niangjia.commons.parameters import parameters
from niangjia.commons.parameters.parameters import Parameter, declare
from niangjia.kernel.text import _

CODE_MINUTES = declare(
    Parameter(
        code="joining.stall_code_minutes",
        label=_("现场入会二维码更新间隔"),
        schema="int",
        default=5,
        unit=_("分钟"),
        source="本平台默认",
        hint=_("每隔这么久换一个码，换下来的码再用一个间隔。"),
        least=1,
        greatest=60,
    )
)
CODES = declare(
    Parameter(
        code="joining.stall_codes",
        label=_("现场入会每 5 分钟短信验证码上限"),
        schema="int",
        default=100,
        unit=_("条"),
        source="本平台默认",
        hint=_("一场现场入会的手机往往共用一个网络地址，所以单独计数。"),
        least=1,
        greatest=2000,
    )
)
BACK_DAYS = declare(
    Parameter(
        code="joining.talk_back_days",
        label=_("沟通会补记期限"),
        schema="int",
        default=30,
        unit=_("天"),
        source="本平台默认",
        least=0,
        greatest=366,
    )
)


def code_minutes(union_id: int, day: date) -> int:
    """After how many minutes the code of a stall changes."""
    return int(parameters.at(CODE_MINUTES.code, union_id, day).value)


def codes(union_id: int, day: date) -> int:
    """How many codes by SMS one stall may ask for in five minutes."""
    return int(parameters.at(CODES.code, union_id, day).value)


def back_days(union_id: int, day: date) -> int:
    """For how many days after a talk it may still be recorded."""
    return int(parameters.at(BACK_DAYS.code, union_id, day).value)
