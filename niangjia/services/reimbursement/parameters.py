"""The dated numbers of secondary reimbursement. Deductible and rates differ by city and year; these are defaults."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from niangjia.commons.parameters import parameters
from niangjia.commons.parameters.parameters import Parameter, declare
from niangjia.kernel.text import Text, _
from niangjia.services.reimbursement.rules import Rates
from niangjia.services.reimbursement.states import FEED_DAYS, ROUND_DAYS, Programme

_OWN = "本平台默认"
_BEIJING = "北京市职工二次报销：全年最高 20 万元"


def _days(code: str, label: Text, default: int) -> None:
    declare(Parameter(code=code, label=label, schema="working_days", default=default, unit=_("工作日"), source=_OWN))


def _number(code: str, label: Text, default: int, unit: Text, source: str = _OWN) -> None:
    declare(
        Parameter(code=f"reimbursement.{code}", label=label, schema="int", default=default, unit=unit, source=source)
    )


_days(FEED_DAYS, _("结算数据确认期限"), 5)
_days(ROUND_DAYS, _("报销复核期限"), 5)
_number("free_deductible_fen", _("新就业形态二次报销：每年起付线"), 100_00, _("分"))
_number("free_per_cent", _("新就业形态二次报销：比例"), 50, _("百分之"))
_number("free_ceiling_fen", _("新就业形态二次报销：每年最高"), 200_000_00, _("分"), _BEIJING)
_number("general_deductible_fen", _("会员二次报销：每年起付线"), 600_00, _("分"))
_number("general_per_cent", _("会员二次报销：比例"), 50, _("百分之"))
_number("general_ceiling_fen", _("会员二次报销：每年最高"), 200_000_00, _("分"), _BEIJING)
_number("sample_per_mille", _("二次报销：随机复核比例"), 10, _("千分之"))
_number("sample_from_fen", _("二次报销：达到这个金额必须复核"), 10_000_00, _("分"))
_number("kept_days", _("结算数据原件保存天数"), 30, _("天"))


def number(code: str, union_id: int | None, day: date) -> int:
    """The value of ``reimbursement.<code>`` in force on ``day``."""
    return int(parameters.at(f"reimbursement.{code}", union_id, day).value)


def rates(programme: str, union_id: int, day: date) -> Rates:
    """What is given back of a settlement of ``day``."""
    names = ("deductible_fen", "per_cent", "ceiling_fen")
    return Rates(*(number(f"{Programme(programme)}_{name}", union_id, day) for name in names))


class RatesOfDays:
    """The rates of many days, each looked up once."""

    def __init__(self, programme: str, union_id: int) -> None:
        self.on = lru_cache(maxsize=None)(lambda day: rates(programme, union_id, day))
