"""What the keeper's pages read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from niangjia.commons.places.models import Site
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text, _
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.sheets import write as sheets_of
from niangjia.platform.sheets.write import Column, Kind
from niangjia.platform.web.parts import TimelineEntry
from niangjia.services.offers import policies
from niangjia.services.offers.counter import closing
from niangjia.services.offers.models import Cell, Reservation, Sheet
from niangjia.services.offers.states import SHEET, ReservationState, SheetEvent, SheetState

_DUE = Q(state=ReservationState.RESERVED.value)
_GIVEN = Q(state=ReservationState.COLLECTED.value)


@dataclass(frozen=True)
class SiteToday:
    """A site with what is to be handed out today and what was, in pieces."""

    public_id: str
    name: str
    address: str
    due: int
    given: int


def sites(actor: Actor) -> list[SiteToday]:
    """The sites that the actor keeps: those with something today first, then those with pick-up days, by name."""
    day = clock.today()
    kept = policies.kept_sites(actor).open_on(day).filter(pk__in=Cell.objects.values("site"))  # type: ignore[attr-defined]
    counted = _counts(list(kept.values_list("pk", flat=True)), day)
    found = [
        SiteToday(site.public_id, site.name, site.address, *counted.get(site.pk, (0, 0)))
        for site in kept.order_by("name")
    ]
    return sorted(found, key=lambda site: (not (site.due or site.given), site.name))


def today(site: Site) -> SiteToday:
    """One site's day."""
    counted = _counts([site.pk], clock.today()).get(site.pk, (0, 0))
    return SiteToday(site.public_id, site.name, site.address, *counted)


def _counts(site_ids: Sequence[int], day: date) -> dict[int, tuple[int, int]]:
    rows = Reservation.objects.filter(site__in=site_ids, day=day).values_list("site").order_by()
    counted = rows.annotate(due=Count("pk", filter=_DUE), given=Count("pk", filter=_GIVEN))
    return {site: (due, given) for site, due, given in counted}


@dataclass(frozen=True)
class Day:
    """A pick-up day of a campaign at a site, with its sheet if there is one. ``missing`` is the sum of differences."""

    campaign: str
    campaign_key: str
    day: date
    sheet: Sheet | None
    missing: int


def days(site: Site) -> list[Day]:
    """The pick-up days of a site up to today, the newest first, at most 60."""
    cells = Cell.objects.filter(site=site, day__lte=clock.today()).values_list(
        "campaign__title", "campaign__public_id", "day"
    )
    known = {(sheet.campaign.public_id, sheet.day): sheet for sheet in _sheets(site)}
    found = sorted(set(cells), key=lambda row: (row[2], row[0]), reverse=True)[:60]
    return [Day(title, key, day, known.get((key, day)), _missing(known.get((key, day)))) for title, key, day in found]


def _sheets(site: Site) -> list[Sheet]:
    return list(Sheet.objects.filter(site=site).select_related("campaign").prefetch_related("lines"))


def _missing(sheet: Sheet | None) -> int:
    if sheet is None or sheet.state == SheetState.OPEN:
        return 0
    return sum(line.difference for line in sheet.lines.all())


def as_sheet(site: Site) -> sheets_of.Sheet:
    """Every line of the site's closing sheets, the newest first, as a workbook's sheet."""
    return sheets_of.Sheet(_("日结单"), _BOOK, _book_rows(site))


_BOOK = (
    Column("day", _("日期"), Kind.DAY, width=12),
    Column("campaign", _("活动"), width=28),
    Column("item", _("品类"), width=24),
    Column("expected", _("应领"), Kind.NUMBER),
    Column("handed_out", _("已领"), Kind.NUMBER),
    Column("delivered", _("到货"), Kind.NUMBER),
    Column("spoiled", _("损坏"), Kind.NUMBER),
    Column("left", _("剩余"), Kind.NUMBER),
    Column("difference", _("差额"), Kind.NUMBER),
    Column("state", _("状态"), width=14),
    Column("signed_by", _("签字"), width=14),
    Column("countersigned_by", _("复核"), width=14),
    Column("note", _("说明"), width=40),
)


def _book_rows(site: Site) -> Iterator[dict[str, Any]]:
    rows = Sheet.objects.filter(site=site).select_related("campaign", "signed_by", "countersigned_by")
    for sheet in rows.order_by("-day", "-pk"):
        for line in lines(sheet, {}, {}):
            yield {
                "day": sheet.day,
                "campaign": sheet.campaign.title,
                "item": line.name,
                "expected": line.expected,
                "handed_out": line.handed_out,
                "delivered": int(line.delivered),
                "spoiled": int(line.spoiled),
                "left": int(line.left),
                "difference": line.difference,
                "state": str(sheet.state_label),
                "signed_by": str(sheet.signed_by or ""),
                "countersigned_by": str(sheet.countersigned_by or ""),
                "note": sheet.note,
            }


def sheet_for(actor: Actor, public_id: str) -> Sheet:
    """One sheet that the actor may see. Raises NotFound SHEET_NOT_FOUND."""
    rows = Sheet.objects.select_related("campaign__union", "site__union", "signed_by", "countersigned_by")
    found: Sheet | None = rows.filter(closing.visible_sheets(actor), public_id=public_id).first()
    if found is None or not actor.is_staff:
        raise closing.no_sheet()
    return found


@dataclass(frozen=True)
class Line:
    """One item of a sheet as a page draws it; what was typed wrongly stays, with what is wrong."""

    item_id: int
    name: str
    expected: int
    handed_out: int
    delivered: str
    spoiled: str
    left: str
    difference: int
    mistakes: tuple[Text, ...]


def lines(sheet: Sheet, typed: Mapping[str, Any], mistakes: Mapping[str, Sequence[Text]]) -> list[Line]:
    """The lines of a sheet: while it is open, expected and handed out as they stand now."""
    live = closing.expected_of(sheet) if sheet.state == SheetState.OPEN else {}
    found = []
    for row in sheet.lines.select_related("item").order_by("item__position", "item"):
        if live:
            row.expected, row.handed_out = live.get(row.item_id, (0, 0))
        shown = {
            name: str(typed.get(f"{name}-{row.item_id}", getattr(row, name)))
            for name in ("delivered", "spoiled", "left")
        }
        wrong = [text for name in shown for text in mistakes.get(f"{name}-{row.item_id}", ())]
        found.append(
            Line(
                row.item_id,
                row.item.name,
                row.expected,
                row.handed_out,
                **shown,
                difference=row.difference,
                mistakes=tuple(dict.fromkeys(wrong)),
            )
        )
    return found


def may_fill(actor: Actor, sheet: Sheet) -> bool:
    """Whether the actor may write numbers into the sheet now."""
    return sheet.state == SheetState.OPEN and bool(closing.may_close(actor, sheet.site))


@dataclass(frozen=True)
class Step:
    """A move of the sheet from here: with ``refusal`` it is grey; ``consequence`` is said before it is made."""

    label: Text
    url: str
    refusal: Text | None
    consequence: Text | None
    needs_reason: bool


def steps(actor: Actor, sheet: Sheet) -> list[Step]:
    """The moves from here, the grey ones explained."""
    return [
        Step(
            move.label,
            reverse("offers_console:counter-sheet-move", args=[sheet.public_id, move.event]),
            _refusal(actor, sheet, move.event),
            move.consequence,
            move.needs_reason,
        )
        for move in SHEET.moves_from(sheet.state)
    ]


def _refusal(actor: Actor, sheet: Sheet, event: str) -> Text | None:
    ask = closing.may_countersign if event == SheetEvent.COUNTERSIGN else _may_close
    decision = ask(actor, sheet)
    return None if decision else decision.refusal


def _may_close(actor: Actor, sheet: Sheet) -> Any:
    return closing.may_close(actor, sheet.site)


def timeline(sheet: Sheet) -> list[TimelineEntry]:
    """What happened to the sheet, oldest first."""
    labels = {SHEET.opening: SHEET.opening_label, **{move.event: move.label for move in SHEET.moves}}
    rows = AuditEntry.objects.filter(subject_type="offers.sheet", subject_id=sheet.public_id).order_by("id")
    return [
        TimelineEntry(labels[event], row.at, who=row.by_whom, detail=row.reason)
        for row in rows
        if (event := row.action.rsplit(".", 1)[1]) in labels
    ]
