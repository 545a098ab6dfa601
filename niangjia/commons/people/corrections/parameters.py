"""How long an officer and a member have for a correction."""

from niangjia.commons.parameters.parameters import Parameter, declare
from niangjia.commons.people.corrections.states import ANSWER_DAYS, SUPPLEMENT_DAYS
from niangjia.kernel.text import _

declare(
    Parameter(
        code=ANSWER_DAYS,
        label=_("信息更正办理期限"),
        schema="working_days",
        default=15,
        unit=_("工作日"),
        source="《网络数据安全管理条例》第二十三条；本平台默认 15 个工作日",
    )
)
declare(
    Parameter(
        code=SUPPLEMENT_DAYS,
        label=_("信息更正补充期限"),
        schema="working_days",
        default=20,
        unit=_("工作日"),
        source="本平台默认",
    )
)
