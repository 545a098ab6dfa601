"""The figures of this room. The two programmes are never one figure; single cases never open from one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from niangjia.commons.ledger.indicators import DrillLevel, Indicator, Kind, Part, declare
from niangjia.commons.ledger.units import DAYS, PERSON_TIMES, PERSONS, YUAN
from niangjia.kernel.text import _
from niangjia.services.reimbursement.records import DAYS as DAYS_TO_PAYMENT
from niangjia.services.reimbursement.records import PAID
from niangjia.services.reimbursement.states import PROGRAMME_LABELS, Programme

SMALLEST = 3
"""Smaller counts are hidden: in a small union everybody would know whose it is."""


def _of(programme: Programme, order: int) -> Iterator[Indicator]:
    name, facts = PROGRAMME_LABELS[programme], {"programme": programme.value}
    prefix = f"reimbursed_{programme.value}"
    flow: dict[str, Any] = {"measure": PAID, "dims": facts, "drill_level": DrillLevel.COUNTS}
    yield Indicator(
        code=prefix, programme=name, label=_("{name}：人次", name=name),
        definition=_("本期内付款成功的二次报销，按结算笔数计人次。"),
        unit=PERSON_TIMES, kind=Kind.FLOW_QTY, order=order, smallest_cell=SMALLEST, **flow,
    )  # fmt: skip
    yield Indicator(
        code=f"{prefix}_persons", programme=name, label=_("{name}：人数", name=name),
        definition=_("本期内得到二次报销的人数，一人多次只计一次。"),
        unit=PERSONS, kind=Kind.PERSONS, order=order + 1, smallest_cell=SMALLEST, **flow,
    )  # fmt: skip
    yield Indicator(
        code=f"{prefix}_yuan", programme=name, label=_("{name}：金额", name=name),
        definition=_("本期内付款成功的二次报销金额。"),
        unit=YUAN, kind=Kind.FLOW_FEN, order=order + 2, **flow,
    )  # fmt: skip
    yield Indicator(
        code=f"{prefix}_days", programme=name, label=_("{name}：从数据到付款", name=name),
        definition=_("本期付款成功的二次报销，从生成到付款的平均天数，按自然日计算。"),
        unit=DAYS, kind=Kind.RATE, order=order + 3, fewer_is_better=True,
        numerator=Part(DAYS_TO_PAYMENT, dims=facts), denominator=Part(PAID, dims=facts),
    )  # fmt: skip


def declare_all() -> None:
    """Called when the room is ready."""
    declare(*_of(Programme.FREE, 400), *_of(Programme.GENERAL, 410))
