"""What the pages of lists and enrolments read."""

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
from niangjia.kernel.text import Text, _
from niangjia.platform.personal_data import looks, masks
from niangjia.platform.personal_data.bulk import Placed
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.sheets.marks import BadRow
from niangjia.platform.web import dates
from niangjia.platform.web.parts import Fact
from niangjia.services.protection.enrolment import policies, sheets
from niangjia.services.protection.enrolment.kind import KIND
from niangjia.services.protection.enrolment.models import Roster, RosterRow
from niangjia.services.protection.enrolment.states import GIVEN_BACK, OUTCOME_LABELS, TAKEN, Outcome
from niangjia.services.protection.models import PlanVersion, Purchase
from niangjia.services.protection.states import VersionState

SUBJECT_TYPE = KIND.name


def desk_lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    """How lists read on a desk."""
    return preview.desk_lines(KIND, actor, ids, url="/console/protection/rosters/")


class _Opened:
    """Opens the contents of rows, and the people of those that hold none."""

    def __init__(self, rows: Sequence[RosterRow]) -> None:
        sealed = Placed(RosterRow._meta.get_field("content"))
        self.said = {row.pk: content.read(sealed.open(row.public_id, row.__dict__["content"])) for row in rows}
        wanted = {row.person_id for row in rows if row.person_id and not self.said[row.pk].cells}
        self.people: dict[int, Person] = Person.objects.in_bulk(wanted)

    def cells(self, row: RosterRow) -> dict[str, str]:
        cells, person = self.said[row.pk].cells, self.people.get(row.person_id or 0)
        if cells or person is None:
            return dict(cells)
        return {sheets.NAME: person.name, sheets.ID_NUMBER: person.id_number}

    def faults(self, row: RosterRow) -> dict[str, Text]:
        return dict(self.said[row.pk].faults)


def _show(rows: Any) -> list[ShownRow]:
    found = list(rows)
    opened, titles = _Opened(found), {column.key: str(column.title) for column in sheets.COLUMNS}
    shown = []
    for row in found:
        cells = opened.cells(row)
        period = f"{dates.day(row.from_day)} — {dates.day(row.to_day)}" if row.from_day and row.to_day else ""
        masked = (masks.mask_name(cells.get(sheets.NAME, "")), masks.mask_id_number(cells.get(sheets.ID_NUMBER, "")))
        faults = [(titles.get(key, ""), text) for key, text in opened.faults(row).items()]
        shown.append(ShownRow(row.number, (*masked, period), faults))
    return shown


PREVIEW = Preview((_("姓名"), _("证件号码"), _("保障期")), _show)


def opened_rows(_roster: Roster, rows: Any, actor: Actor) -> Iterator[BadRow]:
    """Rows as they go into the workbook, the looks at known people written first. In the caller's transaction."""
    keys = rows.filter(person__isnull=False).values_list("person__public_id", flat=True)
    looks.record(actor, list(keys), LookKind.EXPORTED)
    return _bad_rows(rows)


def _bad_rows(rows: Any) -> Iterator[BadRow]:
    last = 0
    while some := list(rows.filter(number__gt=last)[:2000]):
        opened, last = _Opened(some), some[-1].number
        for row in some:
            faults = opened.faults(row)
            if row.outcome in TAKEN:
                faults[""] = OUTCOME_LABELS[Outcome(row.outcome)]
            yield BadRow(row.number, opened.cells(row), faults)


def plain_summary(roster: Roster) -> list[Fact]:
    """What will happen, in words, before an office says yes."""
    taken = sum(roster.count_of(outcome) for outcome in TAKEN)
    back = sum(roster.count_of(outcome) for outcome in GIVEN_BACK)
    return [
        Fact(_("名单"), f"{roster.number} · {roster.union.name}"),
        Fact(_("方案"), roster.plan.name),
        Fact(_("起保日期"), dates.day(roster.from_day)),
        Fact(_("参保"), _("{n} 人", n=f"{taken:,}")),
        Fact(_("其中续保"), _("{n} 人", n=f"{roster.count_of(Outcome.RENEWED):,}")),
        Fact(_("不参保，列出原因"), _("{n} 行", n=f"{back:,}")),
    ]


def purchase_of(roster: Roster) -> str | None:
    """The key of the purchase to which a list belongs."""
    return Purchase.objects.filter(roster=roster).values_list("public_id", flat=True).first()


def unions_for(actor: Actor) -> list[tuple[str, str]]:
    """Unions whose people the actor may enrol: (code, name)."""
    reach = scope.within(actor, *policies.BRINGERS, field="pk")
    return list(Union.objects.filter(reach, closed_on=None).order_by("code").values_list("code", "name")[:2000])


def plan_choices() -> list[tuple[str, str]]:
    """Plans that take people: (code, name)."""
    rows = PlanVersion.objects.filter(state=VersionState.PUBLISHED).order_by("plan_id")
    return list(dict.fromkeys(rows.values_list("plan__code", "plan__name")))
