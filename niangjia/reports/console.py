"""The report card in the console: a union's card, one figure opened, the year's targets, the workbook."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.commons.ledger import indicators
from niangjia.commons.ledger.indicators import DrillLevel, Indicator
from niangjia.commons.unions import tree
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.periods import Period, PeriodKind
from niangjia.kernel.text import _
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.accounts.middleware import ActorRequest
from niangjia.platform.sheets.download import sheet_response
from niangjia.platform.web import pages as web
from niangjia.platform.web.paging import paginate
from niangjia.platform.web.parts import Crumb
from niangjia.reports import (
    actions,
    drill,
    exports_console,
    freezing_console,
    outlines,
    pages,
    parting,
    policies,
    reach,
    sheets,
    targets_console,
)
from niangjia.reports.card import Card, Series, said, series
from niangjia.reports.forms import TargetForm, months_of, period_of
from niangjia.reports.models import Target

app_name = "report"
BELOW = 30
"""Unions below on one page of a figure."""

REFRESH_SECONDS = 60
"""How often a card on a wall asks for itself again."""


@require_safe
@staff_required
def own_card(request: ActorRequest) -> HttpResponse:
    """The card of the union chosen in the switcher, else of the actor's own."""
    return _card(request, reach.own_union(request.actor))


@require_safe
@staff_required
def union_card(request: ActorRequest, public_id: str) -> HttpResponse:
    """The card of a named union."""
    return _card(request, reach.union_of(request.actor, public_id))


@require_safe
@staff_required
def workbook(request: ActorRequest, public_id: str) -> HttpResponseBase:
    """The card as .xlsx."""
    union = reach.union_of(request.actor, public_id)
    period = period_of(request.GET)
    found = said(union, period)
    return sheet_response(sheets.sheet(found), name=f"{union.short_name}-{_('成绩单')}-{period.code.replace('/', '_')}")


@require_safe
@staff_required
def indicator_page(request: ActorRequest, public_id: str, code: str) -> HttpResponse:
    """One figure opened: its history, the unions below, and the records as far as the viewer may see them."""
    union, indicator, period = (
        reach.union_of(request.actor, public_id),
        reach.indicator_of(code),
        period_of(request.GET),
    )
    by_union, months = drill.shares(union, period, indicator), months_of(request.GET)
    below = paginate(pages.shares(by_union, indicator, period), number=request.GET.get("below", "1"), size=BELOW)
    found = said(union, period, [indicator])
    history = series(union, min(period.last, clock.today()), [indicator], months)
    context = {
        "union": union,
        "line": pages.lines(found, history, may_set=False)[0],
        "picker": pages.picker(union, period, "report:indicator", code),
        "extremes": pages.extremes(history[0]),
        "card_url": pages.url("report:union", union, period),
        "crumbs": reach.crumbs(request.actor, union, Crumb(indicator.label)),
        "chart": pages.chart(history, indicator),
        "months": months,
        "months_table": pages.months_table(history[0]),
        "picture_url": f"{pages.url('report:picture', union, period, code)}&months={months}",
        "below": below,
        "shares": below.rows,
        "has_below": any(share.union for share in by_union),
        "shares_chart": pages.shares_chart(by_union, indicator, period),
        "shares_map": _map(by_union, indicator, union, period),
        "partings": pages.partings(parting.partings(union, period, indicator), indicator),
        "records": _records(request, union, indicator),
        "shows_records": indicator.drill_level is DrillLevel.PERSONS,
        "computed_to": found.computed_to,
    }
    return web.render(request, "reports/indicator.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def target_page(request: ActorRequest, public_id: str, code: str) -> HttpResponse:
    """Set what the union wants of the year."""
    union, indicator, period = (
        reach.union_of(request.actor, public_id),
        reach.indicator_of(code),
        period_of(request.GET),
    )
    if period.kind is not PeriodKind.YEAR:
        raise NotFound("TARGET_YEAR", _("目标按年设定，请先选一个年份。"))
    policies.set_target(request.actor, tree.path_of(union.pk)).require()
    year, back = period.first.year, pages.url("report:union", union, period)
    form = TargetForm(indicator, request.POST or None, initial=_present(union, indicator, year))
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_target(actor=request.actor, union_id=union.pk, indicator=code, year=year, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, str(_("{year} 年的目标已经设定。", year=year)))
            return HttpResponseRedirect(back)
    context = {"union": union, "indicator": indicator, "year": year, "form": form, "back": back}
    context["crumbs"] = reach.crumbs(request.actor, union, Crumb(indicator.label))
    return web.render(request, "reports/target.html", context, status=422 if form.is_bound else 200)


def _card(request: ActorRequest, union: Union) -> HttpResponse:
    period = period_of(request.GET)
    found = said(union, period)
    history = series(
        union, min((line.this.day for line in found.lines), default=period.last), indicators.all_indicators()
    )
    if request.GET.get("wall") == "1":
        return _wall(request, union, period, found, history)
    chosen = indicators.find(request.GET.get("chart", "")) or next(iter(indicators.all_indicators()), None)
    may_set = bool(policies.set_target(request.actor, tree.path_of(union.pk)))
    shown = pages.lines(found, history, may_set=may_set)
    context = {
        "union": union,
        "period": period,
        "picker": pages.picker(union, period),
        "crumbs": reach.crumbs(request.actor, union),
        "lines": shown,
        "groups": pages.groups(shown),
        "chart": pages.chart(history, chosen) if chosen else None,
        "chosen": chosen,
        "children": tree.children(union.pk, period.last)[:60],
        "targets_url": pages.url("report:targets", union, period) if may_set and period.kind is PeriodKind.YEAR else "",
        "document_url": pages.url("report:document", union, period) + (f"&chart={chosen.code}" if chosen else ""),
        "press_url": pages.url("report:press", union, period),
        "workbook_url": pages.url("report:workbook", union, period),
        "computed_to": found.computed_to,
        "is_running": found.is_running,
        "freezing": freezing_console.standing(request.actor, found),
        "is_year": period.kind is PeriodKind.YEAR,
    }
    return web.render(request, "reports/card.html", context)


def _wall(request: ActorRequest, union: Union, period: Period, found: Card, history: Sequence[Series]) -> HttpResponse:
    """The same figures for a screen on a wall; the page asks for itself again every minute."""
    lines = pages.lines(found, history, may_set=False)
    context = {
        "union": union,
        "picker": pages.picker(union, period),
        "lines": lines,
        "abreast": 2 if len(lines) <= 4 else 3 if len(lines) <= 9 else 4,
        "computed_to": found.computed_to,
        "refresh_seconds": REFRESH_SECONDS,
    }
    return web.render(request, "reports/wall.html", context)


def _map(found: Sequence[drill.Share], indicator: Indicator, union: Union, period: Period) -> pages.Chart:
    """The unions below on their outlines where the operator gave them, else as areas by size."""
    known = outlines.known(share.union.area_code for share in found if share.union)
    address = pages.url("report:outlines", union, period)
    drawn = pages.shares_outlined(found, indicator, period, known, address)
    return drawn if drawn.data else pages.shares_map(found, indicator, period)


def _records(request: ActorRequest, union: Union, indicator: Indicator) -> drill.Records | None:
    if indicator.drill_level is not DrillLevel.PERSONS:
        return None
    page = request.GET.get("page", "1")
    return drill.records(request.actor, union, period_of(request.GET), indicator, page=page)


def _present(union: Union, indicator: Indicator, year: int) -> dict[str, str]:
    target = Target.objects.filter(union=union, indicator=indicator.code, year=year).first()
    return {} if target is None else {"value": indicator.unit.shown(target.value)}


urlpatterns = [
    path("", own_card, name="card"),
    *freezing_console.urlpatterns,
    *targets_console.urlpatterns,
    *exports_console.urlpatterns,
    path("<str:public_id>/", union_card, name="union"),
    path("<str:public_id>/report.xlsx", workbook, name="workbook"),
    path("<str:public_id>/<str:code>/", indicator_page, name="indicator"),
    path("<str:public_id>/<str:code>/target/", target_page, name="target"),
]
