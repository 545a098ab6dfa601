"""The days of a transfer, and what silence means, each set from a day on."""

from __future__ import annotations

from datetime import date

from niangjia.commons.parameters import parameters
from niangjia.commons.parameters.parameters import Parameter, declare
from niangjia.kernel.text import Text, _
from niangjia.services.joining.transfers.states import ACCEPT_DAYS, OFFER_DAYS, RELEASE_DAYS, UPPER_DAYS, WhenSilent


def _days(code: str, label: Text, default: int) -> Parameter:
    return declare(
        Parameter(code=code, label=label, schema="working_days", default=default, unit=_("工作日"), source="本平台默认")
    )


OFFER = _days(OFFER_DAYS, _("会籍接转会员确认期限"), 30)
RELEASE = _days(RELEASE_DAYS, _("会籍接转原工会办理期限"), 10)
ACCEPT = _days(ACCEPT_DAYS, _("会籍接转新工会办理期限"), 10)
UPPER = _days(UPPER_DAYS, _("会籍接转上级工会办理期限"), 5)
WHEN_SILENT = declare(
    Parameter(
        code="joining.transfer_when_silent",
        label=_("原工会逾期不办转出时"),
        schema="choice",
        default=WhenSilent.UPPER.value,
        source="本平台默认",
        hint=_("upper：转上级工会办理；release：视为同意转出。"),
        choices=tuple(choice.value for choice in WhenSilent),
    )
)


def when_silent(union_id: int, day: date) -> WhenSilent:
    """What happens when this union lets its day pass."""
    return WhenSilent(parameters.at(WHEN_SILENT.code, union_id, day).value)
