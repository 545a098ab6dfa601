"""What the page of a staged file shows, and the workbook that gives its rows back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, cast

from niangjia.commons.desk.subjects import DeskLine
from niangjia.commons.rosters.kind import Kind, R
from niangjia.commons.rosters.states import RosterEvent
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.text import Text, _
from niangjia.platform.audit import entries
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.jobs.models import Job
from niangjia.platform.sheets.marks import BadRow, marked
from niangjia.platform.web.parts import Figure, TimelineEntry

FIRST_ROWS = 5


@dataclass(frozen=True)
class ShownRow:
    """A row as the page shows it, masked: its cells under the titles of the preview. ``faults`` are column titles with
    the sentence of each."""

    number: int
    cells: Sequence[Any]
    faults: Sequence[tuple[str, Text]] = ()


@dataclass(frozen=True)
class Preview:
    """How a room shows rows: the titles of their cells, and the first of some rows as cells."""

    titles: Sequence[Text]
    show: Callable[[Any], list[ShownRow]]


@dataclass(frozen=True)
class Group:
    """The rows of one outcome: how many, and the first of them."""

    outcome: str
    label: Text
    count: int
    rows: Sequence[ShownRow]
    is_bad: bool

    @property
    def more(self) -> int:
        return self.count - len(self.rows)


def roster_for(kind: Kind[R], actor: Actor, public_id: str) -> R:
    """One file in the actor's sight. Raises NotFound."""
    found = kind.visible(actor).with_unions().filter(public_id=public_id).first()
    if found is None:
        raise NotFound("NOT_FOUND", _("没有找到这份名单。"))
    return cast(R, found)


def desk_lines(kind: Kind[R], actor: Actor, ids: Sequence[int], *, url: str) -> Mapping[int, DeskLine]:
    """How files read on a desk; ``url`` is the address above theirs."""
    rows = kind.visible(actor).with_unions().filter(pk__in=ids)
    return {row.pk: _line(kind, row, url) for row in rows}


def _line(kind: Kind[R], row: R, url: str) -> DeskLine:
    title = str(
        _("{kind}：{union}，{rows} 行", kind=kind.machine.subject, union=row.union.short_name, rows=row.rows_total)
    )
    parts = [f"{label} {row.count_of(outcome)}" for outcome, label in kind.outcomes.items() if row.count_of(outcome)]
    return DeskLine(row.number, title, " · ".join(parts), f"{url}{row.public_id}/")


def groups(kind: Kind[R], roster: R, preview: Preview) -> list[Group]:
    """All outcomes that occur, with their first rows."""
    found = []
    for outcome, label in kind.outcomes.items():
        if count := roster.count_of(outcome):
            rows = kind.rows_of(roster).filter(outcome=outcome).order_by("number")[:FIRST_ROWS]
            found.append(Group(str(outcome), label, count, preview.show(rows), outcome in kind.bad))
    return found


def figures(kind: Kind[R], roster: R) -> list[Figure]:
    """The check in numbers, for the head of the page."""
    counts = [Figure(label, f"{count:,}", _("行")) for label, count in summary(kind, roster).items()]
    return counts if roster.counts else []


def summary(kind: Kind[R], roster: R) -> dict[Text, int]:
    """The totals of the check, in words."""
    counts = {_("总行数"): roster.rows_total}
    return counts | {label: roster.count_of(outcome) for outcome, label in kind.outcomes.items()}


def obstacle(kind: Kind[R], roster: R) -> Text | None:
    """Why it may not be applied now."""
    found = kind.obstacle(roster, clock.today())
    return found.message if found else None


def refusal(roster: R) -> Text | None:
    """The sentence by which the file was given back."""
    said = roster.refusal
    return Text(said["message"], said["values"]) if said else None


def work_of(roster: R) -> Job | None:
    """The job that has the file in hand."""
    return Job.objects.filter(public_id=roster.job).first() if roster.job else None


def returned(kind: Kind[R], roster: R, rows: Iterable[BadRow]) -> IO[bytes]:
    """The workbook of rows to mend, each with its number and its reasons, behind a page of totals."""
    return marked(columns=kind.columns, bad_rows=rows, summary=summary(kind, roster))


def note_export(kind: Kind[R], roster: R, actor: Actor, *, rows: int, everything: bool) -> None:
    """That rows left the house is told in the audit trail. In the caller's transaction."""
    entries.record(
        actor,
        f"{kind.name}.export",
        subject_type=kind.name,
        subject_id=roster.public_id,
        node_id=roster.office_id,
        data={"rows": rows, "all": everything},
    )


_DONE: Mapping[str, Text] = {
    RosterEvent.UPLOAD: _("上传名单"),
    RosterEvent.CHECK: _("开始核对"),
    RosterEvent.PRESENT: _("核对完成"),
    RosterEvent.REFUSE: _("文件不能用"),
    RosterEvent.CONFIRM: _("确认，请同事复核"),
    RosterEvent.FORWARD: _("审核，转给下一级"),
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
TONES = {"refused_file": "bad", "discarded": "off", "applied": "good"}
"""How the states of a staged file look, for ``tones.register``."""


def timeline(kind: Kind[R], roster: R) -> list[TimelineEntry]:
    """What happened, oldest first."""
    rows = AuditEntry.objects.filter(subject_type=kind.name, subject_id=roster.public_id).order_by("id")
    events = {f"{kind.name}.{event}": event for event in RosterEvent}
    known = [(events[row.action], row) for row in rows if row.action in events]
    return [
        TimelineEntry(_DONE[event], row.at, who=row.actor_name if row.user_id else "", tone=_TONES.get(event, "info"))
        for event, row in known
    ]
