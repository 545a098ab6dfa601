"""What the pages of rosters read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from django.db.models import QuerySet

from niangjia.commons.desk.subjects import DeskLine
from niangjia.commons.people.categories import CATEGORY_LABELS, WorkerCategory
from niangjia.commons.unions import scope
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.text import Text, _
from niangjia.platform.audit import entries
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.jobs.models import Job
from niangjia.platform.personal_data import looks, masks
from niangjia.platform.personal_data.bulk import Placed
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.sheets.marks import BadRow
from niangjia.platform.web.parts import Fact, Figure, TimelineEntry
from niangjia.services.joining.rosters import content, parameters, policies, rules, sheets
from niangjia.services.joining.rosters.models import Roster, RosterRow
from niangjia.services.joining.rosters.states import OUTCOME_LABELS, ROSTER, OnTransfer, Outcome, RosterEvent

SUBJECT_TYPE = "joining.roster"
FIRST_ROWS = 5
OF_KNOWN = (Outcome.MEMBER.value, Outcome.ELSEWHERE.value)
"""Outcomes that are about somebody who is registered already."""


def roster_for(actor: Actor, public_id: str) -> Roster:
    """One roster in the actor's sight. Raises NotFound."""
    found = policies.visible_rosters(actor).with_unions().filter(public_id=public_id).first()
    if found is None:
        raise NotFound("NOT_FOUND", _("没有找到这份名单。"))
    return found  # type: ignore[no-any-return]


def desk_lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    """How rosters read on a desk."""
    rows = policies.visible_rosters(actor).with_unions().filter(pk__in=ids)
    return {row.pk: _line(row) for row in rows}


def _line(row: Roster) -> DeskLine:
    title = str(_("入会名单：{union}，{rows} 行", union=row.union.short_name, rows=row.rows_total))
    parts = [f"{OUTCOME_LABELS[outcome]} {row.count_of(outcome)}" for outcome in Outcome if row.count_of(outcome)]
    return DeskLine(row.number, title, " · ".join(parts), f"/console/joining/rosters/{row.public_id}/")


@dataclass(frozen=True)
class ShownRow:
    """A row as the preview shows it, masked. ``faults`` are column titles with the sentence of each."""

    number: int
    name: str
    id_number: str
    phone: str
    category: Text
    employer: str
    faults: Sequence[tuple[str, Text]]


@dataclass(frozen=True)
class Group:
    """The rows of one outcome: how many, and the first of them."""

    outcome: Outcome
    label: Text
    count: int
    rows: Sequence[ShownRow]

    @property
    def more(self) -> int:
        return self.count - len(self.rows)


def groups(roster: Roster) -> list[Group]:
    """All outcomes that occur, with their first rows."""
    return [
        Group(outcome, OUTCOME_LABELS[outcome], roster.count_of(outcome), _first_rows(roster, outcome))
        for outcome in Outcome
        if roster.count_of(outcome)
    ]


def _first_rows(roster: Roster, outcome: str) -> list[ShownRow]:
    opened = Opened()
    rows = RosterRow.objects.filter(roster=roster, outcome=outcome).order_by("number")[:FIRST_ROWS]
    return [_shown(row, opened.of(row)) for row in rows]


class Opened:
    """Opens the contents of rows with one look at the keys."""

    def __init__(self) -> None:
        self._sealed = Placed(RosterRow._meta.get_field("content"))

    def of(self, row: RosterRow) -> content.Content:
        return content.read(self._sealed.open(row.public_id, row.__dict__["content"]))


def _shown(row: RosterRow, said: content.Content) -> ShownRow:
    id_number = said.id_number or said.cells.get(sheets.ID_NUMBER, "")
    phone = said.phone or said.cells.get(sheets.PHONE, "")
    titles = {column.key: str(column.title) for column in sheets.COLUMNS}
    faults = [(titles.get(key, ""), text) for key, text in said.faults.items()]
    if row.outcome == Outcome.DUPLICATE:
        faults.append(("", likely(row)))
    return ShownRow(
        row.number,
        masks.mask_name(said.name or said.cells.get(sheets.NAME, "")),
        masks.mask_id_number(id_number),
        masks.mask_phone(phone),
        CATEGORY_LABELS.get(WorkerCategory(row.category or WorkerCategory.OTHER), Text("")),
        said.employer,
        faults,
    )


def likely(_row: RosterRow) -> Text:
    """What is said of somebody who may be registered already: never who or where."""
    return _("证件号或手机号可能已登记在别处，我们会核对。请在“疑似重复”里判断。")


def returned(roster: Roster, actor: Actor, *, everything: bool) -> IO[bytes]:
    """The workbook that gives rows back, the looks at known people written first. In the caller's transaction."""
    rows = RosterRow.objects.filter(roster=roster)
    if not everything:
        rows = rows.filter(outcome__in=[Outcome.ERROR, Outcome.DUPLICATE])
    _note_export(roster, rows, actor, everything=everything)
    return sheets.returned(_bad_rows(rows.order_by("number")), summary(roster))


def _note_export(roster: Roster, rows: QuerySet[RosterRow], actor: Actor, *, everything: bool) -> None:
    known = rows.filter(outcome__in=OF_KNOWN).values_list("person__public_id", flat=True)
    looks.record(actor, [key for key in known if key], LookKind.EXPORTED)
    entries.record(
        actor,
        "joining.roster.export",
        subject_type=SUBJECT_TYPE,
        subject_id=roster.public_id,
        node_id=roster.office_id,
        data={"rows": rows.count(), "all": everything},
    )


def _bad_rows(rows: QuerySet[RosterRow]) -> Iterator[BadRow]:
    opened = Opened()
    for row in rows.iterator(chunk_size=2000):
        said = opened.of(row)
        problems = dict(said.faults)
        if row.outcome == Outcome.DUPLICATE:
            problems[""] = likely(row)
        elif row.outcome != Outcome.ERROR:
            problems[""] = OUTCOME_LABELS[Outcome(row.outcome)]
        yield BadRow(row.number, said.cells or _cells(row, said), problems)


def _cells(row: RosterRow, said: content.Content) -> dict[str, str]:
    return {
        sheets.NAME: said.name,
        sheets.ID_NUMBER: said.id_number,
        sheets.PHONE: said.phone,
        sheets.CATEGORY: str(CATEGORY_LABELS[WorkerCategory(row.category)]),
        sheets.EMPLOYER: said.employer,
        sheets.SINCE: row.since.isoformat() if row.since else "",
        sheets.REMARKS: said.remarks,
    }


def summary(roster: Roster) -> dict[Text, int]:
    """The totals of the check, in words."""
    counts = {_("总行数"): roster.rows_total}
    return counts | {OUTCOME_LABELS[outcome]: roster.count_of(outcome) for outcome in Outcome}


def work_of(roster: Roster) -> Job | None:
    """The job that has the roster in hand."""
    return Job.objects.filter(public_id=roster.job).first() if roster.job else None


def obstacle(roster: Roster) -> Text | None:
    """Why it may not be applied now."""
    found = rules.obstacle(roster.counts, parameters.duplicate_share(roster.union_id, clock.today()))
    return found.message if found else None


def unions_for(actor: Actor) -> list[tuple[str, str]]:
    """Unions into which the actor may bring people: (code, name)."""
    reach = scope.within(actor, *policies.WORKERS, field="pk")
    rows = Union.objects.accepting(clock.today()).filter(reach).order_by("code")
    return list(rows.values_list("code", "name")[:2000])


_DONE: Mapping[str, Text] = {
    RosterEvent.UPLOAD: _("上传名单"),
    RosterEvent.CHECK: _("开始核对"),
    RosterEvent.PRESENT: _("核对完成"),
    RosterEvent.REFUSE: _("文件不能用"),
    RosterEvent.CONFIRM: _("确认，请同事复核"),
    RosterEvent.APPLY: _("开始登记"),
    RosterEvent.RECHECK: _("重新核对"),
    RosterEvent.FINISH: _("登记完成"),
    RosterEvent.DISCARD: _("作废"),
}
_TONES = {
    RosterEvent.FINISH: "good",
    RosterEvent.REFUSE: "bad",
    RosterEvent.DISCARD: "off",
    RosterEvent.RECHECK: "warn",
}


def timeline(roster: Roster) -> list[TimelineEntry]:
    """What happened, oldest first."""
    rows = AuditEntry.objects.filter(subject_type=SUBJECT_TYPE, subject_id=roster.public_id).order_by("id")
    events = {f"{ROSTER.name}.{event}": event for event in RosterEvent}
    known = [(events[row.action], row) for row in rows if row.action in events]
    return [
        TimelineEntry(_DONE[event], row.at, who=row.actor_name if row.user_id else "", tone=_TONES.get(event, "info"))
        for event, row in known
    ]


def figures(roster: Roster) -> list[Figure]:
    """The check in numbers, for the head of the page."""
    counts = [Figure(_("总行数"), f"{roster.rows_total:,}", _("行"))]
    counts += [Figure(OUTCOME_LABELS[outcome], f"{roster.count_of(outcome):,}", _("行")) for outcome in Outcome]
    return counts if roster.counts else []


def plain_summary(roster: Roster) -> list[Fact]:
    """What will happen, in words, before an officer says yes."""
    elsewhere = roster.count_of(Outcome.ELSEWHERE)
    left = roster.count_of(Outcome.ERROR) + roster.count_of(Outcome.DUPLICATE)
    facts = [
        Fact(_("名单"), f"{roster.number} · {roster.union.name}"),
        Fact(_("将入会"), _("{n} 人", n=f"{roster.count_of(Outcome.NEW):,}")),
        Fact(_("已在本会，不改动"), _("{n} 人", n=f"{roster.count_of(Outcome.MEMBER):,}")),
        Fact(_("会籍在别处"), _("{n} 人", n=f"{elsewhere:,}"), note=_ON_TRANSFER[OnTransfer(roster.on_transfer)]),
        Fact(_("有错误或疑似重复，不登记"), _("{n} 行", n=f"{left:,}")),
    ]
    if roster.counts.get("without_phone"):
        without = _("{n} 人", n=f"{roster.counts['without_phone']:,}")
        facts.append(Fact(_("没有手机号"), without, note=_("登记后不能自己用手机号登录，要先补登手机号。")))
    return facts


_ON_TRANSFER = {
    OnTransfer.LEAVE: _("留在原工会，只列出来。"),
    OnTransfer.PROPOSE: _("登记后请原工会转出会籍；原工会同意以前不改动。"),
}
