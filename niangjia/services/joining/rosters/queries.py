"""What the pages of rosters read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from niangjia.commons.desk.subjects import DeskLine
from niangjia.commons.people.categories import CATEGORY_LABELS, WorkerCategory
from niangjia.commons.rosters import preview
from niangjia.commons.rosters.preview import Preview, ShownRow
from niangjia.commons.unions import scope
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text, _
from niangjia.platform.personal_data import looks, masks
from niangjia.platform.personal_data.bulk import Placed
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.sheets.marks import BadRow
from niangjia.platform.web.parts import Fact
from niangjia.services.joining.rosters import content, policies, sheets
from niangjia.services.joining.rosters.kind import KIND
from niangjia.services.joining.rosters.models import Roster, RosterRow
from niangjia.services.joining.rosters.states import OUTCOME_LABELS, OnTransfer, Outcome

SUBJECT_TYPE = KIND.name
OF_KNOWN = (Outcome.MEMBER.value, Outcome.ELSEWHERE.value)
"""Outcomes that are about somebody who is registered already."""


def desk_lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    """How rosters read on a desk."""
    return preview.desk_lines(KIND, actor, ids, url="/console/joining/rosters/")


def _show(rows: Any) -> list[ShownRow]:
    opened = Opened()
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
    cells = (
        masks.mask_name(said.name or said.cells.get(sheets.NAME, "")),
        masks.mask_id_number(id_number),
        masks.mask_phone(phone),
        CATEGORY_LABELS.get(WorkerCategory(row.category or WorkerCategory.OTHER), Text("")),
        said.employer,
    )
    return ShownRow(row.number, cells, faults)


PREVIEW = Preview((_("姓名"), _("证件号码"), _("手机号"), _("职业"), _("单位")), _show)


def likely(_row: RosterRow) -> Text:
    """What is said of somebody who may be registered already: never who or where."""
    return _("证件号或手机号可能已登记在别处，我们会核对。请在“疑似重复”里判断。")


def opened_rows(_roster: Roster, rows: Any, actor: Actor) -> Iterator[BadRow]:
    """Rows as they go into the workbook, the looks at known people written first. In the caller's transaction."""
    known = rows.filter(outcome__in=OF_KNOWN).values_list("person__public_id", flat=True)
    looks.record(actor, [key for key in known if key], LookKind.EXPORTED)
    return _bad_rows(rows)


def _bad_rows(rows: Any) -> Iterator[BadRow]:
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


def unions_for(actor: Actor) -> list[tuple[str, str]]:
    """Unions into which the actor may bring people: (code, name)."""
    reach = scope.within(actor, *policies.WORKERS, field="pk")
    rows = Union.objects.accepting(clock.today()).filter(reach).order_by("code")
    return list(rows.values_list("code", "name")[:2000])


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
