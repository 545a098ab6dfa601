"""How long a colleague has for looking at a merge, and how long it can be taken apart again."""

from niangjia.commons.parameters.parameters import Parameter, declare
from niangjia.commons.people.merging.states import ANSWER_DAYS
from niangjia.kernel.text import _

UNDO_DAYS = "people.merge_undo_days"

declare(
    Parameter(
        code=ANSWER_DAYS,
        label=_("合并重复登记复核期限"),
        schema="working_days",
        default=5,
        unit=_("工作日"),
        source="本平台默认",
    )
)
declare(
    Parameter(
        code=UNDO_DAYS,
        label=_("合并重复登记可撤销天数"),
        schema="days",
        default=90,
        unit=_("天"),
        source="本平台默认",
    )
)
