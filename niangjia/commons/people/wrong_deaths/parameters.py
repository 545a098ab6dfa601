"""How long a colleague has for looking at it."""

from niangjia.commons.parameters.parameters import Parameter, declare
from niangjia.commons.people.wrong_deaths.states import ANSWER_DAYS
from niangjia.kernel.text import _

declare(
    Parameter(
        code=ANSWER_DAYS,
        label=_("撤销去世登记复核期限"),
        schema="working_days",
        default=2,
        unit=_("工作日"),
        source="本平台默认",
    )
)
