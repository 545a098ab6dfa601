"""Reading a file into rows: in short committed batches, taken up again where a killed worker left off."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Generic, Protocol

from django.db import transaction

from niangjia.commons.rosters.kind import Kind, R
from niangjia.commons.rosters.states import RosterState
from niangjia.platform import files
from niangjia.platform.jobs import JobHandle
from niangjia.platform.sheets import read, table
from niangjia.platform.sheets.cells import Cell

ROWS_PER_BATCH = 8000
"""Rows of one committed step: half a second of writing."""

Line = tuple[int, tuple[Cell, ...]]
"""The number of a row in the file, and its cells in the order of the kind's keys."""


class Overtaken(Exception):
    """The file is no longer this job's: what it would stage must not be kept."""


@dataclass
class Batch:
    """Some rows after their check: ``counted`` by outcome, and ``keep`` writes them, in the transaction of the step."""

    counted: Counter[str]
    keep: Callable[[], None]


class Reader(Protocol):
    """What a room does with the rows of one file."""

    def read(self, lines: Sequence[Line]) -> Batch:
        """Check and judge some rows. What is asked of the database is asked here, outside the step's transaction."""


@dataclass
class _Counts:
    """Rows by outcome, and the last row that is staged."""

    last: int = 0
    by: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, cursor: Any) -> _Counts:
        return cls(cursor["last"], Counter(cursor["by"])) if cursor else cls()


Begin = Callable[[R, bool], Reader]
"""``begin(roster, again)`` makes the reader; ``again``: a part is staged already, and its rows tell what has come."""


def stage(kind: Kind[R], job: JobHandle, roster: R, begin: Begin[R]) -> dict[str, Any]:
    """Stage every row of the file and give the counts by outcome. Raises what refuses the whole file.

    Each batch is committed with the cursor; a row is staged once however often workers die.
    """
    total, file = [0], roster.file
    assert file is not None  # noqa: S101 - only a file that ended long ago is gone
    with files.as_path(file) as path:
        rows = read.rows(path, name=str(file.name), announce=lambda about: total.__setitem__(0, about))
        found = table.table(rows, kind.headings)
        counts = stage_lines(kind, job, roster, begin, found.lines(kind.keys), lambda: total[0])
    return {**counts, "unknown": list(found.unknown)[:10]}


def stage_lines(
    kind: Kind[R], job: JobHandle, roster: R, begin: Begin[R], lines: Iterator[Line], total: Callable[[], int]
) -> dict[str, Any]:
    """Stage lines from anywhere in the order of their numbers; ``total`` is about the last of the numbers."""
    counts = _Counts.of(job.cursor)
    work = _Work(kind, job, roster, counts, begin(roster, counts.last > 0))
    with _without_collecting():
        while some := list(islice(lines, ROWS_PER_BATCH)):
            work.batch(some, total())
            gc.collect(0)
    return dict(work.counts.by)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Rows come by the hundred thousand and point at nothing that points back at them: looking for circles among them
    over and over is a third of the time. What the batches leave is looked at once after each."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@dataclass
class _Work(Generic[R]):
    """The reading of one file by one job."""

    kind: Kind[R]
    job: JobHandle
    roster: R
    counts: _Counts
    reader: Reader

    def batch(self, lines: Sequence[Line], total: int) -> None:
        """Check, judge and write some rows. Raises LeaseLost, Interrupted, Overtaken."""
        if lines[-1][0] <= self.counts.last:
            return
        batch = self.reader.read([line for line in lines if line[0] > self.counts.last])
        counts = _Counts(lines[-1][0], self.counts.by + batch.counted)
        with transaction.atomic():
            self._require_mine()
            batch.keep()
            self.job.save_cursor({"last": counts.last, "by": dict(counts.by)})
        self.counts = counts
        self.job.progress(min(counts.last, total), total)

    def _require_mine(self) -> None:
        """Raises Overtaken when the file was given up, or is checked anew by another job."""
        rows = self.kind.roster.objects.select_for_update(of=("self",), no_key=True).filter(pk=self.roster.pk)
        if not rows.filter(state=RosterState.CHECKING, job=self.job.public_id).exists():
            raise Overtaken
