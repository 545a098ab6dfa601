"""Reading a roster into its rows: in short committed batches, taken up again where a killed worker left off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import transaction

from niangjia.commons.people import likeness
from niangjia.commons.people import rules as people_rules
from niangjia.commons.people.initials import initials_of
from niangjia.commons.people.models import ID_NUMBER, NAME_AND_TAIL, PHONE, Person
from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_id
from niangjia.platform import files
from niangjia.platform.jobs import JobHandle
from niangjia.platform.personal_data import bulk
from niangjia.platform.personal_data.blind_index import indexer
from niangjia.platform.sheets import read, table
from niangjia.platform.sheets.cells import Cell
from niangjia.services.joining.rosters import content, known, matching, places, sheets
from niangjia.services.joining.rosters.checking import Checked, written_cells
from niangjia.services.joining.rosters.judging import Judge, Judged, Seen
from niangjia.services.joining.rosters.models import Roster, RosterRow
from niangjia.services.joining.rosters.states import Outcome, RosterState

ROWS_PER_BATCH = 8000
"""Rows of one committed step: half a second of writing."""

COLUMNS = (
    "public_id", "roster_id", "number", "outcome", "code", "union_id", "person_id", "membership_key", "category", "sex",
    "birth_date", "since", "id_kind", "id_index", "phone_index", "name_tail_index", "id_number", "phone", "content",
)  # fmt: skip
DOUBLES = "doubles"


def stage(job: JobHandle, roster: Roster) -> dict[str, Any]:
    """Stage every row of the file and give the counts by outcome. Raises what refuses the whole file.

    Each batch is committed with the cursor; a row is staged once however often workers die.
    """
    total, file = [0], roster.file
    assert file is not None  # noqa: S101 - only a roster that ended long ago has none
    with files.as_path(file) as path:
        rows = read.rows(path, name=str(file.name), announce=lambda about: total.__setitem__(0, about))
        found = table.table(rows, sheets.HEADINGS)
        work = _Work(job, roster, _Counts.of(job.cursor))
        lines = found.lines(sheets.KEYS)
        while some := list(islice(lines, ROWS_PER_BATCH)):
            work.batch(some, total[0])
    return {**work.counts.as_json(), "unknown": list(found.unknown)[:10]}


class Overtaken(Exception):
    """The roster is no longer this job's: what it would stage must not be kept."""


@dataclass
class _Counts:
    """Rows by outcome, and the last row that is staged."""

    last: int
    by: Counter[str]

    @classmethod
    def of(cls, cursor: Any) -> _Counts:
        return cls(cursor["last"], Counter(cursor["by"])) if cursor else cls(0, Counter())

    def as_json(self) -> dict[str, int]:
        return dict(self.by)


class _Work:
    """One run over a file."""

    def __init__(self, job: JobHandle, roster: Roster, counts: _Counts) -> None:
        today = clock.today()
        self.job, self.roster, self.counts = job, roster, counts
        self.checker = places.checker(roster, today)
        self.rules = likeness.in_force(roster.union_id, today)
        self.seen = _seen(roster) if counts.last else Seen()
        self.index_number, self.index_phone = indexer(ID_NUMBER), indexer(PHONE)
        self.index_tail = indexer(NAME_AND_TAIL)
        self.sealed = bulk.Placed(RosterRow._meta.get_field("content"))
        self.place_number = Person._meta.get_field("id_number").place("")
        self.place_phone = Person._meta.get_field("phone").place("")

    def batch(self, lines: Sequence[tuple[int, tuple[Cell, ...]]], total: int) -> None:
        """Check, judge and write some rows. Raises LeaseLost, Interrupted."""
        if lines[-1][0] <= self.counts.last:
            return
        fresh = [(number, cells) for number, cells in lines if number > self.counts.last]
        pairs = [(row, cells) for number, cells in fresh if (row := self.checker.check(number, cells)) is not None]
        judged = self._judged([row for row, _cells in pairs])
        for one, (_row, cells) in zip(judged, pairs, strict=True):
            if one.outcome in (Outcome.ERROR, Outcome.DUPLICATE):
                one.row.cells = one.row.cells or written_cells(cells)
        counts = _Counts(lines[-1][0], self.counts.by + _counted(judged))
        with transaction.atomic():
            self._require_mine()
            bulk.write(RosterRow, COLUMNS, self._rows(judged))
            matching.note_pairs(self.roster, judged)
            self.job.save_cursor({"last": counts.last, "by": dict(counts.by)})
        self.counts = counts
        self.job.progress(min(counts.last, total), total)

    def _require_mine(self) -> None:
        """Raises Overtaken when the roster was given up, or is checked anew by another job."""
        mine = Roster.objects.select_for_update(of=("self",), no_key=True).filter(pk=self.roster.pk)
        if not mine.filter(state=RosterState.CHECKING, job=self.job.public_id).exists():
            raise Overtaken

    def _judged(self, rows: Sequence[Checked]) -> list[Judged]:
        keys = [people_rules.name_key(row.name) if row.name else "" for row in rows]
        numbers = [self.index_number(row.id_number) for row in rows]
        phones = [self.index_phone(row.phone) for row in rows]
        traits = [(key, row.birth_date, row.sex) for key, row in zip(keys, rows, strict=True)]
        register = known.about([number for number in numbers if number], phones, traits)
        cleared = likeness.cleared([number for number in numbers if number])
        judge = Judge(register, self.seen, self.rules.weights, self.rules.threshold, cleared)
        return [judge.judge(*each) for each in zip(rows, numbers, phones, keys, strict=True)]

    def _rows(self, judged: Sequence[Judged]) -> list[tuple[Any, ...]]:
        keys = [new_public_id() for _one in judged]
        owners = [key for key, one in zip(keys, judged, strict=True) if _is_unknown(one)]
        seals = dict(zip(owners, bulk.new_seals(owners), strict=True))
        return [self._row(key, one, seals.get(key)) for key, one in zip(keys, judged, strict=True)]

    def _row(self, key: str, one: Judged, seal: bulk.PersonalSeal | None) -> tuple[Any, ...]:
        row, new = one.row, one.outcome is Outcome.NEW
        phone = row.phone if one.keeps_phone else ""
        tail = f"{one.name_key}|{row.id_number[-people_rules.TAIL :]}" if seal else ""
        public_id = one.person.public_id if new and one.person is not None else key
        text = content.written(
            content.Content(
                row.name, one.name_key, initials_of(row.name) if seal else "", row.id_number, row.phone, row.employer,
                row.remarks, row.cells, row.faults,
            )
        )  # fmt: skip
        return (
            public_id, self.roster.pk, row.number, one.outcome.value, row.code, row.union_id,
            one.person.pk if one.person is not None else one.like, new_public_id() if new else "", row.category,
            row.sex, row.birth_date, row.since, row.id_kind, one.id_index, one.phone_index if one.keeps_phone else "",
            self.index_tail(tail), seal.seal(row.id_number, self.place_number + key) if seal else b"",
            seal.seal(phone, self.place_phone + key) if seal else b"", self.sealed.seal(public_id, text),
        )  # fmt: skip


def _is_unknown(one: Judged) -> bool:
    return one.outcome is Outcome.NEW and one.person is None


def _counted(judged: Sequence[Judged]) -> Counter[str]:
    counted = Counter(one.outcome.value for one in judged)
    counted["rows"] = len(judged)
    counted[DOUBLES] = sum(one.row.code in ("ROW_TWICE", "PHONE_TWICE") for one in judged)
    counted["without_phone"] = sum(one.outcome is Outcome.NEW and not one.row.phone for one in judged)
    return counted


def _seen(roster: Roster) -> Seen:
    """What the staged part of the file has brought, for a run that takes up again."""
    rows = RosterRow.objects.filter(roster=roster).order_by("number")
    seen = Seen()
    for number, id_index, phone_index in rows.values_list("number", "id_index", "phone_index").iterator():
        if id_index:
            seen.numbers.setdefault(id_index, number)
        if phone_index:
            seen.phones.setdefault(phone_index, number)
    return seen
