"""One row of a feed: what its cells say, or what is wrong with each. No database."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from niangjia.commons.people.rules import name_key
from niangjia.kernel import identifiers, money
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import Text, _
from niangjia.platform.sheets import cells as cell
from niangjia.platform.sheets.cells import BadCell, Cell
from niangjia.platform.sheets.marks import as_written
from niangjia.services.reimbursement.feeds import sheets

LONGEST_CELL = 100
LARGEST_FEN = 5_000_000_00
"""More than five million yuan paid by oneself for one treatment is a slip of the hand."""

_TRANSACTION = re.compile(r"[A-Za-z0-9_-]{4,40}")
_PLAIN = re.compile(r"[0-9]{1,8}(?:\.[0-9]{1,2})?")


@dataclass(slots=True)
class Checked:
    """A row that was read. With ``faults`` it is an error and the rest may be missing."""

    number: int
    name_key: str = ""
    id_number: str = ""
    transaction: str = ""
    kind: str = ""
    from_day: date | None = None
    to_day: date | None = None
    self_paid_fen: int = 0
    code: str = ""
    faults: dict[str, Text] = field(default_factory=dict)


def check(number: int, cells: Sequence[Cell], today: date) -> Checked:
    """The row in the order of ``sheets.KEYS``."""
    row = Checked(number)
    try:
        _read(row, cells, today)
    except (BadCell, DomainError):
        return _faulty(number, cells, today)
    return row


def _read(row: Checked, cells: Sequence[Cell], today: date) -> None:
    """Every cell, up to the first that is wrong."""
    name, id_number, transaction, kind, from_day, to_day, self_paid = cells
    _name(row, name)
    _id_number(row, id_number, today)
    _transaction(row, transaction)
    _kind(row, kind)
    _days(row, from_day, to_day, today)
    _self_paid(row, self_paid)


def _faulty(number: int, cells: Sequence[Cell], today: date) -> Checked:
    """Every cell of a row in which something is wrong, each with its own sentence."""
    name, id_number, transaction, kind, from_day, to_day, self_paid = cells
    row = Checked(number)
    _try(row, sheets.NAME, _name, name)
    _try(row, sheets.ID_NUMBER, _id_number, id_number, today)
    _try(row, sheets.TRANSACTION, _transaction, transaction)
    _try(row, sheets.KIND, _kind, kind)
    _try(row, sheets.FROM_DAY, _days, from_day, to_day, today)
    _try(row, sheets.SELF_PAID, _self_paid, self_paid)
    return row


def _try(row: Checked, key: str, read: Callable[..., None], *given: Any) -> None:
    try:
        read(row, *given)
    except BadCell as bad:
        row.code, row.faults[key] = row.code or bad.code, bad.sentence
    except DomainError as error:
        row.code, row.faults[key] = row.code or error.code, next(iter(error.fields.values()), [error.message])[0]


def _name(row: Checked, name: Cell) -> None:
    row.name_key = name_key(identifiers.person_name(name if isinstance(name, str) else cell.words(name)))


def _id_number(row: Checked, id_number: Cell, today: date) -> None:
    text = id_number if isinstance(id_number, str) else cell.digits(id_number)
    row.id_number = identifiers.resident_number(text, today=today)


def _transaction(row: Checked, transaction: Cell) -> None:
    text = transaction.strip() if isinstance(transaction, str) else cell.digits(transaction)
    if not _TRANSACTION.fullmatch(text):
        raise BadCell("TRANSACTION", _("流水号应是 4 到 40 位字母和数字，请核对。"))
    row.transaction = text


def _kind(row: Checked, kind: Cell) -> None:
    found = sheets.KINDS.get(cell.words(kind))
    if found is None:
        raise BadCell("VISIT_KIND", _("就诊类型应是“门诊”或“住院”。"))
    row.kind = found


def _days(row: Checked, from_day: Cell, to_day: Cell, today: date) -> None:
    first = cell.day(from_day)
    if first is None:
        raise BadCell("DAY_MISSING", _("请填写就诊日期。"))
    last = cell.day(to_day) or first
    if last < first:
        raise BadCell("DAYS_IN_ORDER", _("结束日期不能早于就诊日期。"))
    if last > today:
        raise BadCell("DAY_IN_FUTURE", _("日期不能晚于今天。"))
    row.from_day, row.to_day = first, last


def _self_paid(row: Checked, self_paid: Cell) -> None:
    row.self_paid_fen = _fen(self_paid)
    if not 0 < row.self_paid_fen <= LARGEST_FEN:
        most = money.yuan(LARGEST_FEN)
        raise BadCell("SELF_PAID", _("自付一应大于零，最多 {most}。", most=most))


def _fen(value: Cell) -> int:
    """An amount in yuan as text or number, exact to the fen."""
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        whole, _dot, rest = value.partition(".")
        return int(whole) * 100 + int(rest.ljust(2, "0") or 0)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadCell("AMOUNT", _("金额格式如 1234.56，单位是元，不加逗号和符号。"))
    try:
        exact = Decimal(repr(value)) * 100
    except InvalidOperation:
        raise BadCell("AMOUNT", _("金额格式如 1234.56，单位是元，不加逗号和符号。")) from None
    if exact != exact.to_integral_value() or abs(exact) > LARGEST_FEN * 10:
        raise BadCell("AMOUNT", _("金额最多到分，请核对。"))
    return int(exact)


def written_cells(cells: Sequence[Cell]) -> dict[str, str]:
    """The cells by column as their author saw them, for giving the row back."""
    pairs = zip(sheets.KEYS, cells, strict=True)
    return {key: as_written(value)[:LONGEST_CELL] for key, value in pairs if value is not None}
