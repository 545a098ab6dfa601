"""What becomes of some rows of a feed: matched, tried out against the year of each person, written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from niangjia.commons.people.categories import is_new_form
from niangjia.commons.people.models import ID_NUMBER
from niangjia.commons.rosters import content
from niangjia.commons.rosters.staging import Batch, Line
from niangjia.commons.unions import tree
from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_ids
from niangjia.kernel.text import Text, _
from niangjia.platform import rows as many
from niangjia.platform.personal_data.blind_index import indexer
from niangjia.platform.personal_data.bulk import Placed
from niangjia.platform.sheets.cells import Cell
from niangjia.services.reimbursement import rules
from niangjia.services.reimbursement.feeds import known
from niangjia.services.reimbursement.feeds.checking import Checked, check, written_cells
from niangjia.services.reimbursement.feeds.known import Known
from niangjia.services.reimbursement.models import Feed, FeedRow
from niangjia.services.reimbursement.parameters import RatesOfDays
from niangjia.services.reimbursement.rules import Before
from niangjia.services.reimbursement.states import CAUSE_LABELS, Cause, Outcome, Programme

COLUMNS = (
    "public_id", "roster_id", "number", "outcome", "code", "transaction", "kind", "from_day", "to_day",
    "self_paid_fen", "fen", "person_id", "owner_key", "union_id", "document", "content",
)  # fmt: skip
TOTAL, BACK = "self_paid_fen", "fen"
"""Further counts of a feed: the sums of the dry run."""


@dataclass(slots=True)
class Judged:
    """A row with what would become of it."""

    row: Checked
    cells: tuple[Cell, ...]
    outcome: Outcome = Outcome.ERROR
    code: str = ""
    person: Known | None = None
    union_id: int | None = None
    fen: int = 0
    document: dict[str, Any] = field(default_factory=dict)


class Reader:
    """What one worker does with the rows of one feed."""

    def __init__(self, feed: Feed, again: bool) -> None:
        self.feed, self.today = feed, clock.today()
        self.reach = frozenset(tree.below(feed.union_id, self.today))
        self.rates = RatesOfDays(feed.programme, feed.union_id)
        self.index, self.sealed = indexer(ID_NUMBER), Placed(FeedRow._meta.get_field("content"))
        self.seen: dict[str, int] = {}
        self.years: dict[tuple[int, int], Before] = {}
        if again:
            self._remember()

    def read(self, lines: Sequence[Line]) -> Batch:
        """Check, match and try out some rows, in their order: each takes from what the ones before it left."""
        checked = [Judged(check(number, cells, self.today), cells) for number, cells in lines]
        good = [one for one in checked if not one.row.faults]
        self._judge(good)
        counted: Counter[str] = Counter(one.outcome.value for one in checked)
        counted["rows"] = len(checked)
        due = [one for one in good if one.outcome in (Outcome.DUE, Outcome.NOTHING)]
        counted[TOTAL], counted[BACK] = sum(one.row.self_paid_fen for one in due), sum(one.fen for one in due)
        keys = new_public_ids(len(checked))
        return Batch(counted, lambda: many.write(FeedRow, COLUMNS, map(self._columns, checked, keys)))

    def _judge(self, good: Sequence[Judged]) -> None:
        indexes = [self.index(one.row.id_number) for one in good]
        people = known.people(list(dict.fromkeys(indexes)))
        had = known.transactions(self.feed.programme, [one.row.transaction for one in good])
        new = {one.pk for one in people.values()} - {person for person, _year in self.years}
        self.years |= known.used(self.feed.programme, sorted(new))
        for one, index in zip(good, indexes, strict=True):
            self._decide(one, people.get(index), one.row.transaction in had)

    def _decide(self, one: Judged, person: Known | None, had: bool) -> None:
        row = one.row
        first = self.seen.setdefault(row.transaction, row.number)
        if first != row.number:
            one.code, row.faults[""] = "ROW_TWICE", _("和第 {row} 行是同一个流水号，只处理一次。", row=first)
            return
        if had:
            one.outcome = Outcome.KNOWN
            return
        one.union_id = person.union_on(row.from_day) if person is not None and row.from_day is not None else None
        cause = self._cause(row, person, one.union_id)
        if cause is not None or person is None:
            one.union_id = None
            one.outcome, one.code = Outcome.UNMATCHED, str(cause or Cause.UNKNOWN_NUMBER)
            return
        one.person = person
        self._try_out(one, person)

    def _cause(self, row: Checked, person: Known | None, union: int | None) -> Cause | None:
        """Why the settlement is nobody's of this feed."""
        if person is None:
            return Cause.UNKNOWN_NUMBER
        if person.name_key != row.name_key:
            return Cause.NAME_DIFFERS
        if union is None:
            return Cause.NOT_A_MEMBER
        if union not in self.reach:
            return Cause.OUT_OF_REACH
        if self.feed.programme == Programme.FREE and not is_new_form(person.category):
            return Cause.OTHER_PROGRAMME
        return None

    def _try_out(self, one: Judged, person: Known) -> None:
        row = one.row
        assert row.to_day is not None  # noqa: S101 - a row without faults has it
        year = (person.pk, row.to_day.year)
        before, rates = self.years.get(year, Before()), self.rates.on(row.to_day)
        result = rules.compute(rates, before, row.self_paid_fen)
        self.years[year] = before.then(row.self_paid_fen, result.fen)
        one.fen = result.fen
        one.document = rules.document_of(rates, before, result)
        one.outcome = Outcome.DUE if result.fen else Outcome.NOTHING

    def _columns(self, one: Judged, key: str) -> tuple[Any, ...]:
        row, person = one.row, one.person
        bad = one.outcome in (Outcome.ERROR, Outcome.UNMATCHED)
        said = content.written(content.Content(written_cells(one.cells), _faults(one))) if bad else ""
        return (
            key, self.feed.pk, row.number, one.outcome.value, one.code or row.code, row.transaction, row.kind,
            row.from_day, row.to_day, row.self_paid_fen, one.fen, person.pk if person else None,
            person.public_id if person else "", one.union_id, one.document, self.sealed.seal(key, said),
        )  # fmt: skip

    def _remember(self) -> None:
        """What the staged part of the file has brought, for a run that takes up again."""
        rows = FeedRow.objects.filter(roster=self.feed).order_by("number")
        for number, transaction in rows.exclude(transaction="").values_list("number", "transaction").iterator():
            self.seen.setdefault(transaction, number)
        taken = rows.filter(outcome__in=[Outcome.DUE.value, Outcome.NOTHING.value])
        people = sorted(set(taken.values_list("person_id", flat=True)))
        self.years |= known.used(self.feed.programme, people)
        for person, day, paid, fen in taken.values_list("person_id", "to_day", "self_paid_fen", "fen").iterator():
            assert day is not None  # noqa: S101 - a row that counts has its days
            year = (person, day.year)
            self.years[year] = self.years.get(year, Before()).then(paid, fen)


def _faults(one: Judged) -> dict[str, Text]:
    if one.outcome is Outcome.UNMATCHED:
        return {"": CAUSE_LABELS[Cause(one.code)]}
    return one.row.faults
