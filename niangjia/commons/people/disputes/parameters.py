"""How long a holder has for an answer, and the union for its decision."""

from niangjia.commons.parameters.parameters import Parameter, declare
from niangjia.commons.people.disputes.states import DECISION_DAYS, HOLDER_DAYS
from niangjia.kernel.text import _

declare(
    Parameter(
        code=HOLDER_DAYS,
        label=_("号码占用申诉登记人答复期限"),
        schema="working_days",
        default=7,
        unit=_("工作日"),
        source="本平台默认",
    )
)
declare(
    Parameter(
        code=DECISION_DAYS,
        label=_("号码占用申诉决定期限"),
        schema="working_days",
        default=8,
        unit=_("工作日"),
        source="《网络数据安全管理条例》第二十三条；连同登记人答复共 15 个工作日",
    )
)
