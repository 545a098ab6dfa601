"""What becomes of some rows: of a file, or of people whom a rule or the end of their protection brings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from niangjia.commons.entitlement import compile as entitlement
from niangjia.commons.entitlement import rules as entitlement_rules
from niangjia.commons.people.models import ID_NUMBER, Membership
from niangjia.commons.people.rules import name_key
from niangjia.commons.rosters import content, staging
from niangjia.commons.rosters.kind import Kind
from niangjia.commons.rosters.staging import Batch, Begin, Line
from niangjia.commons.unions import tree
from niangjia.kernel import clock, identifiers
from niangjia.kernel.errors import DomainError
from niangjia.kernel.ids import new_public_ids
from niangjia.kernel.text import Text, _
from niangjia.platform import rows as many
from niangjia.platform.jobs import JobHandle
from niangjia.platform.personal_data import bulk
from niangjia.platform.personal_data.blind_index import indexer
from niangjia.platform.sheets import cells as cell
from niangjia.platform.sheets.cells import BadCell, Cell
from niangjia.platform.sheets.marks import as_written
from niangjia.services.protection.enrolment import known, sheets
from niangjia.services.protection.enrolment.enrolling import bounds_of
from niangjia.services.protection.enrolment.known import Known
from niangjia.services.protection.enrolment.models import Roster, RosterRow
from niangjia.services.protection.enrolment.rules import ONE_DAY, Judge, Period, Refusal
from niangjia.services.protection.enrolment.states import Origin, Outcome
from niangjia.services.protection.models import Enrolment
from niangjia.services.protection.states import EnrolmentState

COLUMNS = (
    "public_id", "roster_id", "number", "outcome", "code", "person_id", "union_id", "from_day", "to_day",
    "protected_since", "content",
)  # fmt: skip
LONGEST_CELL = 100
UNKNOWN = Refusal(
    "NOT_FOUND_HERE", _("在您的工会没有找到姓名和证件号码都相符的会员。请核对；还没有入会的，先办理入会。")
)
"""The one answer to a wrong name, a wrong number, somebody elsewhere and somebody who is no member."""


@dataclass(slots=True)
class Row:
    """One row on its way. With ``faults`` it is given back."""

    number: int
    cells: tuple[Cell, ...] = ()
    name: str = ""
    index: str = ""
    outcome: str = Outcome.ERROR.value
    code: str = ""
    faults: dict[str, Text] = field(default_factory=dict)
    person: Known | None = None
    period: Period | None = None

    def give_back(self, outcome: Outcome, refusal: Refusal, key: str = "") -> None:
        self.outcome, self.code = outcome.value, refusal.code
        self.faults[key] = refusal.sentence


class _Judging:
    """What readers share: bounds, reach, who was on the list before, and writing."""

    def __init__(self, roster: Roster, again: bool) -> None:
        self.roster, self.today = roster, clock.today()
        self.reach = frozenset(tree.below(roster.union_id, self.today))
        self.judges: dict[date, Judge] = {}
        self.seen: dict[int, int] = _seen(roster) if again else {}
        self.sealed = bulk.Placed(RosterRow._meta.get_field("content"))

    def judge_on(self, from_day: date) -> Judge:
        found = self.judges.get(from_day)
        if found is None:
            found = self.judges[from_day] = Judge(bounds_of(self.roster.version), from_day)
        return found

    def decide(self, row: Row, person: Known | None, judge: Judge) -> None:
        """Set the row's outcome by what is known of the person."""
        if person is None or person.union_id not in self.reach:
            row.give_back(Outcome.NOT_FOUND, UNKNOWN)
            return
        first = self.seen.setdefault(person.pk, row.number)
        if first != row.number:
            row.give_back(Outcome.ERROR, Refusal("ROW_TWICE", _("和第 {row} 行是同一个人，请只留一行。", row=first)))
            return
        row.person = person
        judged = judge.judge(person.standing)
        if isinstance(judged, Refusal):
            row.give_back(Outcome.COVERED if judged.code == "COVERED" else Outcome.OUTSIDE, judged)
            return
        row.period = judged
        row.outcome = Outcome.RENEWED.value if judged.renewed else Outcome.NEW.value

    def batch(self, rows: Sequence[Row]) -> Batch:
        counted = Counter(row.outcome for row in rows)
        counted["rows"] = len(rows)
        keys = new_public_ids(len(rows))
        return Batch(counted, lambda: many.write(RosterRow, COLUMNS, map(self._columns, rows, keys)))

    def _columns(self, row: Row, key: str) -> tuple[Any, ...]:
        person, period = row.person, row.period
        if person is not None and period is not None:
            return (
                key, self.roster.pk, row.number, row.outcome, "", person.pk, person.union_id, period.from_day,
                period.to_day, period.protected_since, b"",
            )  # fmt: skip
        said = content.written(content.Content(written_cells(row.cells), row.faults))
        pk = person.pk if person is not None else None
        sealed = self.sealed.seal(key, said)
        return (key, self.roster.pk, row.number, row.outcome, row.code, pk, None, None, None, None, sealed)


class FileReader(_Judging):
    """Rows of a file: name and number must be those of one member in reach."""

    def __init__(self, roster: Roster, again: bool) -> None:
        super().__init__(roster, again)
        self.index_of = indexer(ID_NUMBER)

    def read(self, lines: Sequence[Line]) -> Batch:
        rows = [row for number, cells in lines if (row := self._checked(number, cells)) is not None]
        found = known.by_number(self.roster.plan_id, [row.index for row in rows if row.index])
        judge = self.judge_on(self.roster.from_day)
        for row in rows:
            if not row.faults:
                person = found.get(row.index)
                same = person is not None and name_key(row.name) == person.name_key
                self.decide(row, person if same else None, judge)
        return self.batch(rows)

    def _checked(self, number: int, cells: tuple[Cell, ...]) -> Row | None:
        """The row in the order of ``sheets.KEYS``; None for the template's example."""
        name, id_number, remarks = cells
        if isinstance(remarks, str) and remarks.startswith(sheets.EXAMPLE):
            return None
        row = Row(number, cells)
        try:
            row.name = identifiers.person_name(name if isinstance(name, str) else cell.words(name))
        except (BadCell, DomainError) as error:
            _fault(row, sheets.NAME, error)
        try:
            text = id_number if isinstance(id_number, str) else cell.digits(id_number)
            row.index = self.index_of(identifiers.resident_number(text, today=self.today))
        except (BadCell, DomainError) as error:
            _fault(row, sheets.ID_NUMBER, error)
        return row


class PeopleReader(_Judging):
    """Lines that carry the id of a person as their number: those whom a rule names, or whose protection ends. Who is
    to be renewed goes on from the day after their last."""

    def read(self, lines: Sequence[Line]) -> Batch:
        found = known.by_id(self.roster.plan_id, [number for number, _cells in lines])
        rows = []
        for number, _cells in lines:
            row, person = Row(number), found.get(number)
            self.decide(row, person, self._judge_for(person))
            rows.append(row)
        return self.batch(rows)

    def _judge_for(self, person: Known | None) -> Judge:
        until = person.standing.until if person is not None else None
        if self.roster.origin == Origin.RENEWAL and until is not None:
            return self.judge_on(until + ONE_DAY)
        return self.judge_on(self.roster.from_day)


def begin(roster: Roster, again: bool) -> _Reader:
    """The reader that fits the list's origin."""
    return FileReader(roster, again) if roster.origin == Origin.FILE else PeopleReader(roster, again)


_Reader = FileReader | PeopleReader


def stage(kind: Kind[Roster], job: JobHandle, roster: Roster, begin: Begin[Roster]) -> dict[str, Any]:
    """Stage a list, wherever its people come from."""
    if roster.origin == Origin.FILE:
        return staging.stage(kind, job, roster, begin)
    last = (job.cursor or {}).get("last", 0)
    people = _PEOPLE[Origin(roster.origin)](roster, last)
    lines: Iterator[Line] = ((person, ()) for person in people)
    return staging.stage_lines(kind, job, roster, begin, lines, lambda: people[-1] if people else 0)


def _entitled(roster: Roster, after: int) -> list[int]:
    """Members in the list's reach who meet its rule on the first day and are not in the plan then."""
    rule = entitlement_rules.parse(roster.rule)
    people = entitlement.entitled(rule, roster.from_day).filter(pk__gt=after)
    here = Membership.objects.current().filter(union__in=tree.below(roster.union_id)).values("person")
    return list(people.filter(pk__in=here).order_by("pk").values_list("pk", flat=True))


def _expiring(roster: Roster, after: int) -> list[int]:
    """Members in the list's reach whose protection ends by the day before the first day."""
    rows = expiring(roster.plan_id, roster.union_id, clock.today(), roster.from_day - ONE_DAY)
    people = rows.filter(person__gt=after).order_by("person").values_list("person_id", flat=True)
    return list(people.distinct())


def _picked(roster: Roster, after: int) -> list[int]:
    """Members in the list's reach whom its officer chose; all of them where the choice is empty."""
    here = Membership.objects.current().filter(union__in=tree.below(roster.union_id), person__gt=after)
    if chosen := (roster.rule or {}).get("people"):
        here = here.filter(person__in=chosen)
    return list(here.order_by("person").values_list("person_id", flat=True).distinct())


_PEOPLE: dict[Origin, Callable[[Roster, int], list[int]]] = {
    Origin.ENTITLEMENT: _entitled,
    Origin.RENEWAL: _expiring,
    Origin.PICKED: _picked,
}


def expiring(plan_id: int, union_id: int, first: date, last: date) -> Any:
    """Enrolments of members now in ``union_id`` or below that end from ``first`` to ``last`` with none after them."""
    here = Membership.objects.current().filter(union__in=tree.below(union_id)).values("person")
    later = Enrolment.objects.filter(plan=plan_id, from_day__gt=first).exclude(state=EnrolmentState.CANCELLED)
    rows = Enrolment.objects.in_force().filter(plan=plan_id, to_day__gte=first, to_day__lte=last)
    return rows.filter(person__in=here).exclude(person__in=later.filter(to_day__gt=last).values("person"))


def _seen(roster: Roster) -> dict[int, int]:
    """Who was on the staged part, for a run that takes up again."""
    rows = RosterRow.objects.filter(roster=roster, person__isnull=False).values_list("person_id", "number")
    return {person: number for person, number in rows.iterator() if person is not None}


def written_cells(cells: Sequence[Cell]) -> dict[str, str]:
    """The cells by column as their author saw them, for giving the row back."""
    pairs = zip(sheets.KEYS, cells, strict=False)
    return {key: as_written(value)[:LONGEST_CELL] for key, value in pairs if value is not None}


def _fault(row: Row, key: str, error: BadCell | DomainError) -> None:
    row.code = row.code or error.code
    row.faults[key] = _sentence(error)


def _sentence(error: BadCell | DomainError) -> Text:
    if isinstance(error, BadCell):
        return error.sentence
    return next(iter(error.fields.values()), [error.message])[0]
