"""The numbers of buying that a federation may set, each from a day on."""

from __future__ import annotations

from datetime import date

from niangjia.commons.parameters import parameters
from niangjia.commons.parameters.parameters import Parameter, declare
from niangjia.commons.parameters.schemas import Schema
from niangjia.kernel.text import Text, _

_OWN = "本平台默认"


def _declared(code: str, label: Text, schema: Schema, default: int, unit: Text, hint: Text | None = None) -> Parameter:
    made = Parameter(
        code=f"protection.{code}", label=label, schema=schema, default=default, unit=unit, source=_OWN, hint=hint
    )
    return declare(made)


INVOICE_DAYS = _declared("purchase_invoice_days", _("团体购买：开票期限"), "working_days", 3, _("工作日"))
RECEIPT_DAYS = _declared("purchase_receipt_days", _("团体购买：收款复核期限"), "working_days", 2, _("工作日"))
CREDIT_DAYS = _declared("purchase_credit_days", _("团体购买：余款处理期限"), "working_days", 20, _("工作日"))
PAY_DAYS = _declared("purchase_pay_days", _("团体购买：开票后付款期限"), "days", 30, _("天"))
REMIND_DAYS = _declared("purchase_remind_days", _("团体购买：逾期后每隔几天提醒"), "days", 7, _("天"))
STARTS_ON_ORDER = _declared(
    "purchase_starts_on_order",
    _("团体购买：下单即起保"),
    "int",
    0,
    _("0 或 1"),
    _("0：款项到账后才参保；1：下单后就参保，款项随后付清。"),
)


def value(code: str, union_id: int, day: date) -> int:
    """The number of ``protection.purchase_<code>`` by the union's version in force on ``day``."""
    return int(parameters.at(f"protection.purchase_{code}", union_id, day).value)
