"""Reading the bank's file, in a child process: the columns of docs/how-to/pay-by-bank-file.md under usual titles."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, time
from pathlib import Path
from typing import Any

from niangjia.commons.payments.strays import AnswerLine
from niangjia.kernel import clock
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.money import parse_yuan
from niangjia.kernel.text import Text, _
from niangjia.platform.sheets import read
from niangjia.platform.sheets.cells import BadCell, Cell, words
from niangjia.platform.sheets.limits import MIB, Limits
from niangjia.platform.sheets.table import Heading, table

SHOWN_PROBLEMS = 10
LIMITS = Limits(rows=100_000, file_bytes=16 * MIB)
HEADINGS = (
    Heading("reference", ("参考号", "业务参考号", "企业流水号")),
    Heading("result", ("结果", "处理结果", "交易状态")),
    Heading("cause", ("失败原因", "原因", "备注"), required=False),
    Heading("amount", ("金额（元）", "金额(元)", "金额"), required=False),
    Heading("serial", ("银行流水号", "流水号", "交易流水号")),
    Heading("at", ("处理时间", "交易时间", "回盘时间")),
)
_PAID = ("成功", "已到账", "交易成功", "paid", "success")
_FAILED = ("失败", "退汇", "退回", "交易失败", "failed", "returned")
_MOMENTS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y%m%d%H%M%S")


def lines_of(path: Path, name: str) -> list[AnswerLine]:
    """The lines of an uploaded file. Raises what :func:`read.rows` and :func:`table` raise, and RuleBroken RETURN_FILE
    with the first wrong lines: nothing of such a file is read."""
    found, problems = [], []
    for record in table(read.rows(path, name=name, limits=LIMITS), HEADINGS):
        try:
            found.append(_line(record.number, record.values))
        except (BadCell, RuleBroken) as error:
            sentence = error.sentence if isinstance(error, BadCell) else error.message
            problems.append(_("第 {line} 行：{what}", line=record.number, what=sentence))
            if len(problems) == SHOWN_PROBLEMS:
                break
    if problems:
        raise RuleBroken("RETURN_FILE", _("回盘文件有误，没有读入，请改正后再传。"), fields={"file": problems})
    return found


@contextmanager
def on_disk(upload: Any) -> Iterator[Path]:
    """The upload as a file that a child process may open, gone afterwards."""
    ending = os.path.splitext(upload.name or "")[1][:8]
    with tempfile.NamedTemporaryFile(prefix="niangjia-return-", suffix=ending) as target:
        for chunk in upload.chunks():
            target.write(chunk)
        target.flush()
        yield Path(target.name)


def hash_of(path: Path) -> str:
    """The SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(MIB):
            digest.update(piece)
    return digest.hexdigest()


def _line(number: int, values: Mapping[str, Cell]) -> AnswerLine:
    amount = values.get("amount")
    return AnswerLine(
        line=number,
        reference=words(values["reference"]),
        failed=_failed(words(values["result"])),
        at=_moment(values["at"]),
        serial=_serial(words(values["serial"])),
        cause=words(values.get("cause")),
        fen=None if amount is None else _fen(amount),
    )


def _failed(text: str) -> bool:
    lowered = text.casefold()
    if lowered in _PAID or lowered in _FAILED:
        return lowered in _FAILED
    raise _wrong("RESULT", _("结果应是“成功”或“失败”。"))


def _serial(text: str) -> str:
    if not 1 <= len(text) <= 40:
        raise _wrong("SERIAL", _("缺少银行流水号，或者超过 40 个字。"))
    return text


def _fen(cell: Cell) -> int:
    if isinstance(cell, float):
        return parse_yuan(f"{cell:.2f}")
    return parse_yuan(words(cell))


def _moment(cell: Cell) -> datetime:
    if isinstance(cell, datetime):
        return clock.moment(cell.date(), cell.time())
    text = words(cell)
    for form in _MOMENTS:
        try:
            naive = datetime.strptime(text, form)  # noqa: DTZ007 - the Shanghai clock is put to it below
        except ValueError:
            continue
        return clock.moment(naive.date(), time(naive.hour, naive.minute, naive.second))
    raise _wrong("MOMENT", _("处理时间请写成 2026-01-09 10:30:00 这样的形式。"))


def _wrong(code: str, sentence: Text) -> RuleBroken:
    return RuleBroken(code, sentence)
