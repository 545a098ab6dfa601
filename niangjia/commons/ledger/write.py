"""Writing to the ledger: the lifecycle's slot, the bulk writer, the whole reversal.

Everything demands an open transaction: a row stands and falls with the change it tells of. A hot statement that
inserts into ``ledger_row`` itself inserts the same (measure, union, day) into ``ledger_touched``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Subquery

from niangjia.commons.ledger import dims
from niangjia.commons.ledger.models import LedgerRow, RowProgramme, Touched
from niangjia.kernel import clock
from niangjia.platform import rows
from niangjia.platform.lifecycle.effects import Batch
from niangjia.platform.lifecycle.records import Record

BATCH = 5_000

_COLUMNS = (
    "day", "booked_at", "programme", "measure", "union_id", "person_id", "household_id", "employer_id", "dimset_id",
    "qty", "fen", "source_type", "source_id", "subject_key",
)  # fmt: skip

_kind_of_measure: dict[str, str] = {}


class LedgerError(RuntimeError):
    """A room described something that cannot stand in the books: a mistake of the programmer."""


@dataclass(frozen=True)
class Entry:
    """A record with the object that it came from; ``subject_key`` is the public id of the person concerned."""

    record: Record
    source_type: str
    source_id: int
    subject_key: str = ""


def on_moves(batch: Batch) -> None:
    """Write the records of a batch of moves (the lifecycle's ``ledger`` slot)."""
    entries = [
        Entry(record, item.obj.subject_type, item.obj.pk, item.obj.subject_key or "")
        for item in batch.items
        for record in item.records
    ]
    entries = _without_taken_back(entries, at=batch.at)
    if len(entries) >= rows.WORTH_IT and not any(entry.record.programmes for entry in entries):
        _book_plainly(entries, at=batch.at)
    elif entries:
        book(entries, at=batch.at)


def book(entries: Sequence[Entry], *, at: datetime) -> list[LedgerRow]:
    """Write ``entries`` in as few statements as the database allows; ``at`` is the moment of booking.

    Raises LedgerError for a record that names two beneficiaries, a flow below zero, or a measure used both as flow
    and as stock.
    """
    written = [LedgerRow(**dict(zip(_COLUMNS, values, strict=True))) for values in _values(entries, at)]
    rows.insert(written)
    _write_programmes(
        (row.pk, programme)
        for entry, row in zip(entries, written, strict=True)
        for programme in entry.record.programmes
    )
    _touch((row.measure, row.union_id, row.day) for row in written)
    return written


def _book_plainly(entries: Sequence[Entry], *, at: datetime) -> None:
    """As :func:`book`, of so many that objects would take longer than to write them."""
    values = _values(entries, at)
    rows.write(LedgerRow, _COLUMNS, values)
    day, measure, union = (_COLUMNS.index(name) for name in ("day", "measure", "union_id"))
    _touch((row[measure], row[union], row[day]) for row in values)


def _values(entries: Sequence[Entry], at: datetime) -> list[tuple[Any, ...]]:
    """The values of ``_COLUMNS`` of each entry. Raises LedgerError."""
    _demand_transaction()
    for entry in entries:
        _check(entry.record)
    dimsets = dims.intern(entry.record.dims for entry in entries)
    today = clock.day_of(at)
    return [_row(entry, dimset, today, at) for entry, dimset in zip(entries, dimsets, strict=True)]


def reverse(source_type: str, source_id: int, *, at: datetime, measures: Sequence[str] | None = None) -> int:
    """Reverse the live rows of one object, see :func:`reverse_many`."""
    return reverse_many(source_type, [source_id], at=at, measures=measures)


def reverse_many(
    source_type: str, source_ids: Sequence[int], *, at: datetime, measures: Sequence[str] | None = None
) -> int:
    """Reverse whole, on the day of the original, every live row of the named objects; returns how many.

    ``measures`` limits it to those measures. What is reversed already stays as it is, so that calling twice changes
    nothing; two callers at once wait for each other on the rows, in the order of their ids.
    """
    _demand_transaction()
    reversed_count = 0
    for start in range(0, len(source_ids), BATCH):
        live = LedgerRow.objects.live().of_source(source_type, list(source_ids[start : start + BATCH]))
        if measures is not None:
            live = live.filter(measure__in=measures)
        reversed_count += _reverse_rows(list(live.order_by("id").select_for_update()), at)
    return reversed_count


def _without_taken_back(entries: list[Entry], *, at: datetime) -> list[Entry]:
    """What is left to be booked once the rows that ``takes_back`` means have been reversed."""
    if not any(entry.record.takes_back for entry in entries):
        return entries
    _demand_transaction()
    return [entry for entry in entries if not (entry.record.takes_back and _took_back(entry, at))]


def _took_back(entry: Entry, at: datetime) -> bool:
    """Reverse the live row that differs from ``entry`` in nothing but the sign; whether there was one."""
    record, day = entry.record, entry.record.day or clock.day_of(at)
    rows_of_it = LedgerRow.objects.live().of_source(entry.source_type, [entry.source_id])
    same = rows_of_it.filter(
        measure=record.measure, union_id=record.node_id, person_id=record.person_id, day=day, qty=-record.qty,
        fen=-record.fen, dimset_id__in=dims.find([record.dims]).values(),
    )  # fmt: skip
    return bool(_reverse_rows(list(same.order_by("-id").select_for_update()[:1]), at))


def _reverse_rows(originals: list[LedgerRow], at: datetime) -> int:
    if not originals:
        return 0
    reversals = [_reversal(row, at) for row in originals]
    rows.insert(reversals)
    ids = [row.pk for row in originals]
    for start in range(0, len(ids), 500):
        LedgerRow.objects.filter(pk__in=ids[start : start + 500]).update(
            reversed_by=Subquery(LedgerRow.objects.filter(reverses=OuterRef("pk")).order_by().values("id")[:1])
        )
    reversal_of = {row.reverses: row.pk for row in reversals}
    further = RowProgramme.objects.filter(row_id__in=ids).values_list("row_id", "programme")
    _write_programmes((reversal_of[row_id], programme) for row_id, programme in list(further))
    _touch((row.measure, row.union_id, row.day) for row in originals)
    return len(originals)


def _demand_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise LedgerError("the ledger is written only inside the transaction of the change it tells of")


def _check(record: Record) -> None:
    if sum(who is not None for who in (record.person_id, record.household_id, record.employer_id)) > 1:
        raise LedgerError(f"{record.measure}: a record is for a person, a household or an employer, not for two")
    if record.kind == "flow" and (record.qty < 0 or record.fen < 0):
        raise LedgerError(f"{record.measure}: a flow is never negative; reverse the wrong record instead")
    if _kind_of_measure.setdefault(record.measure, record.kind) != record.kind:
        raise LedgerError(f"{record.measure}: a measure is either a flow or a stock, never both")


def _row(entry: Entry, dimset_id: int, today: date, at: datetime) -> tuple[Any, ...]:
    record = entry.record
    return (
        record.day or today, at, record.programme, record.measure, record.node_id, record.person_id,
        record.household_id, record.employer_id, dimset_id, record.qty, record.fen, entry.source_type,
        entry.source_id, entry.subject_key,
    )  # fmt: skip


def _reversal(row: LedgerRow, at: datetime) -> LedgerRow:
    copied = (
        "day", "programme", "measure", "union_id", "person_id", "household_id", "employer_id", "dimset_id",
        "source_type", "source_id", "subject_key",
    )  # fmt: skip
    values = {name: getattr(row, name) for name in copied}
    return LedgerRow(**values, booked_at=at, qty=-row.qty, fen=-row.fen, reverses=row.pk)


def _write_programmes(pairs: Iterable[tuple[int, str]]) -> None:
    RowProgramme.objects.bulk_create(
        [RowProgramme(row_id=row_id, programme=programme) for row_id, programme in pairs], batch_size=BATCH
    )


def _touch(cells: Iterable[tuple[str, int, date]]) -> None:
    Touched.objects.bulk_create(
        [Touched(measure=measure, union_id=union_id, day=day) for measure, union_id, day in sorted(set(cells))],
        batch_size=BATCH,
    )
