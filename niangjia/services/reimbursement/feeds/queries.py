"""What the pages of feeds read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from niangjia.commons.desk.subjects import DeskLine
from niangjia.commons.people.models import Person
from niangjia.commons.rosters import content, preview
from niangjia.commons.rosters.preview import Preview, ShownRow
from niangjia.commons.unions import scope
from niangjia.commons.unions.models import Union
from niangjia.kernel.actor import Actor
from niangjia.kernel.money import yuan
from niangjia.kernel.text import _
from niangjia.platform.personal_data import masks
from niangjia.platform.personal_data.bulk import Placed
from niangjia.platform.sheets.marks import BadRow
from niangjia.platform.web.parts import Fact
from niangjia.services.reimbursement import policies, rules
from niangjia.services.reimbursement.feeds import sheets
from niangjia.services.reimbursement.feeds.kind import KIND
from niangjia.services.reimbursement.feeds.staging import BACK, TOTAL
from niangjia.services.reimbursement.models import Feed, FeedRow
from niangjia.services.reimbursement.states import OUTCOME_LABELS, Outcome


def desk_lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    """How feeds read on a desk."""
    return preview.desk_lines(KIND, actor, ids, url="/console/reimbursement/feeds/")


class Opened:
    """Opens what was written in rows with one look at the keys."""

    def __init__(self) -> None:
        self._sealed = Placed(FeedRow._meta.get_field("content"))

    def of(self, row: FeedRow) -> content.Content:
        return content.read(self._sealed.open(row.public_id, row.__dict__["content"]))


def _show(rows: Any) -> list[ShownRow]:
    opened, shown = Opened(), list(rows)
    matched = {row.person_id for row in shown if row.person_id is not None}
    names = dict(Person.objects.filter(pk__in=matched).values_list("pk", "name"))
    return [_shown(row, opened.of(row), names.get(row.person_id or 0, "")) for row in shown]


def _shown(row: FeedRow, said: content.Content, known_as: str) -> ShownRow:
    """``known_as`` is the name of whom it matched: what the file said is not kept for ever."""
    titles = {column.key: str(column.title) for column in sheets.COLUMNS}
    faults = [(titles.get(key, ""), text) for key, text in said.faults.items()]
    if row.document:
        _rates, _before, steps, reductions = rules.read(row.document)
        faults += [("", step.sentence) for step in (*steps[1:], *reductions)]
    cells = (
        masks.mask_name(said.cells.get(sheets.NAME, "") or known_as) or "—",
        row.transaction or said.cells.get(sheets.TRANSACTION, ""),
        f"{row.from_day:%Y-%m-%d}" if row.from_day else "",
        yuan(row.self_paid_fen) if row.self_paid_fen else "",
        yuan(row.fen) if row.document else "",
    )
    return ShownRow(row.number, cells, faults)


PREVIEW = Preview((_("姓名"), _("流水号"), _("就诊日期"), _("自付一"), _("试算报销")), _show)


def opened_rows(_feed: Feed, rows: Any, _actor: Actor) -> Iterator[BadRow]:
    """Rows as they go into the workbook that gives them back."""
    opened = Opened()
    for row in rows.iterator(chunk_size=2000):
        said = opened.of(row)
        problems = dict(said.faults) or {"": OUTCOME_LABELS[Outcome(row.outcome)]}
        yield BadRow(row.number, said.cells or _cells(row), problems)


def _cells(row: FeedRow) -> dict[str, str]:
    return {
        sheets.TRANSACTION: row.transaction,
        sheets.FROM_DAY: row.from_day.isoformat() if row.from_day else "",
        sheets.SELF_PAID: f"{row.self_paid_fen // 100}.{row.self_paid_fen % 100:02d}",
    }


def unions_for(actor: Actor) -> list[tuple[str, str]]:
    """Unions whose members' settlements the actor may bring in: (code, name)."""
    rows = Union.objects.filter(scope.within(actor, *policies.WORKERS, field="pk"), closed_on=None)
    return list(rows.filter(kind__in=_BRINGING).order_by("code").values_list("code", "name")[:500])


_BRINGING = ("city", "district", "development_area", "industry", "bureau", "group")
"""Kinds of unions that receive settlements of the insurer."""


def plain_summary(feed: Feed) -> list[Fact]:
    """What will happen, in words, before somebody says yes."""
    return [
        Fact(_("数据"), f"{feed.number} · {feed.union.name} · {feed.programme_label}"),
        Fact(_("可报销"), _("{n} 笔", n=f"{feed.count_of(Outcome.DUE):,}")),
        Fact(_("自付一合计"), yuan(int(feed.counts.get(TOTAL, 0)))),
        Fact(_("试算报销合计"), yuan(int(feed.counts.get(BACK, 0)))),
        Fact(_("没有匹配到人，另列核对"), _("{n} 笔", n=f"{feed.count_of(Outcome.UNMATCHED):,}")),
        Fact(_("有错误，不处理"), _("{n} 行", n=f"{feed.count_of(Outcome.ERROR):,}")),
    ]
