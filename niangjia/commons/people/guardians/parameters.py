"""How long an officer has for an application of a guardian."""

from niangjia.commons.parameters.parameters import Parameter, declare
from niangjia.commons.people.guardians.states import ANSWER_DAYS
from niangjia.kernel.text import _

declare(
    Parameter(
        code=ANSWER_DAYS,
        label=_("监护登记办理期限"),
        schema="working_days",
        default=10,
        unit=_("工作日"),
        source="本平台默认",
    )
)
