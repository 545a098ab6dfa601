"""The numbers of this room that a federation may set, each from a day on."""

from niangjia.commons.parameters.parameters import Parameter, declare
from niangjia.kernel.text import _

ANSWER_DAYS = declare(
    Parameter(
        code="@code@.answer_days",
        label=_("@label@办理期限"),
        schema="working_days",
        default=10,
        unit=_("工作日"),
        source="@label@",
    )
)
