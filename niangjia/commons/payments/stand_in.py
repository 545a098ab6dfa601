"""The bank of the demonstration: answers a released batch with a file of its own, never leaving this machine."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from niangjia.commons.payments.models import Batch, Payment
from niangjia.commons.payments.states import CAUSE_LABELS, Cause
from niangjia.kernel import clock
from niangjia.kernel.money import plain_yuan
from niangjia.platform.sheets import write
from niangjia.platform.sheets.write import Column, Sheet

COLUMNS = (
    Column("reference", "参考号"),
    Column("amount", "金额（元）"),
    Column("result", "结果"),
    Column("cause", "失败原因"),
    Column("serial", "银行流水号"),
    Column("at", "处理时间"),
)
FAILING = {7: Cause.WRONG_CARD, 23: Cause.WRONG_CARD, 38: Cause.NAME_DIFFERS, 61: Cause.CLOSED, 83: Cause.NAME_DIFFERS}
"""Of a hundred payments those whose serial ends so fail, each for its cause."""


def return_file(batch: Batch, *, at: datetime | None = None) -> bytes:
    """The stand-in's CSV for a batch, as of ``at`` (now if None). The same batch gets the same results every time."""
    moment = (at or clock.now()).astimezone(clock.SHANGHAI)
    target = io.BytesIO()
    for piece in write.csv(Sheet("回盘", COLUMNS, _lines(Payment.objects.filter(batch=batch).order_by("pk"), moment))):
        target.write(piece)
    return target.getvalue()


def _lines(payments: Iterable[Payment], moment: datetime) -> Iterator[Mapping[str, Any]]:
    for payment in payments:
        cause = FAILING.get(payment.pk % 100)
        yield {
            "reference": payment.number,
            "amount": plain_yuan(payment.fen),
            "result": "失败" if cause else "成功",
            "cause": CAUSE_LABELS[cause].message if cause else "",
            "serial": f"DEMO{payment.pk:010d}",
            "at": f"{moment:%Y-%m-%d %H:%M:%S}",
        }
