"""The dated numbers of payments."""

from __future__ import annotations

from datetime import date

from niangjia.commons.parameters import parameters
from niangjia.commons.parameters.parameters import Parameter, declare
from niangjia.commons.payments.states import ACCOUNT_DAYS, ANSWER_DAYS, CORRECTION_DAYS, RELEASE_DAYS, STRAY_DAYS
from niangjia.kernel.text import _

ACCOUNT_FOUR_EYES = "payments.account_four_eyes"
ROWS_OF_BATCH = "payments.rows_of_batch"

_DAYS = _("工作日")
_OWN = "本平台默认"

for _code, _label, _default in (
    (RELEASE_DAYS, _("付款批次复核期限"), 3),
    (ANSWER_DAYS, _("银行回盘期限"), 5),
    (CORRECTION_DAYS, _("收款账户改正期限"), 30),
    (ACCOUNT_DAYS, _("收款账户核对期限"), 3),
    (STRAY_DAYS, _("对不上的回盘结果核对期限"), 5),
):
    declare(Parameter(code=_code, label=_label, schema="working_days", default=_default, unit=_DAYS, source=_OWN))

declare(
    Parameter(
        code=ACCOUNT_FOUR_EYES,
        label=_("更换收款账户须经核对"),
        schema="bool",
        default=False,
        source=_OWN,
        hint=_("选“是”时，本人更换收款账户后由资金经办核对才能使用。"),
    )
)
declare(
    Parameter(
        code=ROWS_OF_BATCH,
        label=_("每批付款最多笔数"),
        schema="int",
        default=10_000,
        least=1,
        greatest=100_000,
        source=_OWN,
    )
)


def account_needs_four_eyes(union_id: int | None, day: date) -> bool:
    """Whether an account that a person of this union names is used only after a second look."""
    return bool(parameters.at(ACCOUNT_FOUR_EYES, union_id, day).value)


def rows_of_batch(union_id: int, day: date) -> int:
    """How many payments a batch of this union holds at most."""
    return int(parameters.at(ROWS_OF_BATCH, union_id, day).value)
