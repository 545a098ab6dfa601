"""Reading some rows of a roster: checked, judged, and written with what is sealed of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from niangjia.commons.people import likeness
from niangjia.commons.people import rules as people_rules
from niangjia.commons.people.initials import initials_of
from niangjia.commons.people.models import ID_NUMBER, NAME_AND_TAIL, PHONE, Person
from niangjia.commons.rosters.staging import Batch, Line
from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_id
from niangjia.platform import rows as many
from niangjia.platform.personal_data import bulk
from niangjia.platform.personal_data.blind_index import indexer
from niangjia.services.joining.rosters import content, known, matching, places
from niangjia.services.joining.rosters.checking import Checked, written_cells
from niangjia.services.joining.rosters.judging import Judge, Judged, Seen
from niangjia.services.joining.rosters.models import Roster, RosterRow
from niangjia.services.joining.rosters.states import Outcome

COLUMNS = (
    "public_id", "roster_id", "number", "outcome", "code", "union_id", "person_id", "membership_key", "category", "sex",
    "birth_date", "since", "id_kind", "id_index", "phone_index", "name_tail_index", "id_number", "phone", "content",
)  # fmt: skip
DOUBLES = "doubles"


class Reader:
    """What is done with the rows of one roster by one worker."""

    def __init__(self, roster: Roster, again: bool) -> None:
        today = clock.today()
        self.roster = roster
        self.checker = places.checker(roster, today)
        self.rules = likeness.in_force(roster.union_id, today)
        self.seen = _seen(roster) if again else Seen()
        self.index_number, self.index_phone = indexer(ID_NUMBER), indexer(PHONE)
        self.index_tail = indexer(NAME_AND_TAIL)
        self.sealed = bulk.Placed(RosterRow._meta.get_field("content"))
        self.place_number = Person._meta.get_field("id_number").place("")
        self.place_phone = Person._meta.get_field("phone").place("")

    def read(self, lines: Sequence[Line]) -> Batch:
        """Check and judge some rows. A bad one keeps its cells as they were written."""
        pairs = [(row, cells) for number, cells in lines if (row := self.checker.check(number, cells)) is not None]
        judged = self._judged([row for row, _cells in pairs])
        for one, (_row, cells) in zip(judged, pairs, strict=True):
            if one.outcome in (Outcome.ERROR, Outcome.DUPLICATE):
                one.row.cells = one.row.cells or written_cells(cells)
        return Batch(_counted(judged), lambda: self._keep(judged))

    def _keep(self, judged: Sequence[Judged]) -> None:
        many.write(RosterRow, COLUMNS, self._rows(judged))
        matching.note_pairs(self.roster, judged)

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
