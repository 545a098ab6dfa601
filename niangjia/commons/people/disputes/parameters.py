"""How long a holder has for an answer, the union for its decision, and when the owner of an account is asked."""

from niangjia.commons.parameters.parameters import Parameter, declare
from niangjia.commons.people.disputes.states import DECISION_DAYS, HOLDER_DAYS, OWNER_DAYS
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
declare(
    Parameter(
        code=OWNER_DAYS,
        label=_("多少天没有用验证码登录，再登录时先确认是本人"),
        schema="days",
        default=90,
        unit=_("天"),
        source="《电信服务规范》（原信息产业部令第36号）附录：移动电话号码停用后至少冻结 90 日才重新启用",
    )
)
