"""What leaves the console: the card as a document, a chart as a picture, a paragraph for the press."""

from __future__ import annotations

from urllib.parse import quote

from django.http import FileResponse, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_safe

from niangjia.commons.ledger import indicators
from niangjia.commons.ledger.indicators import Indicator
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.periods import Period
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.accounts.middleware import ActorRequest
from niangjia.platform.web import pages as web
from niangjia.platform.web.parts import Crumb
from niangjia.reports import documents, outlines, pages, press, reach
from niangjia.reports.card import Card, said, series
from niangjia.reports.forms import months_of, period_of
from niangjia.reports.picture import Picture, svg

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_safe
@staff_required
def document(request: ActorRequest, public_id: str) -> HttpResponseBase:
    """The card as .docx."""
    union, period = reach.union_of(request.actor, public_id), period_of(request.GET)
    found = said(union, period)
    chosen = indicators.find(request.GET.get("chart", "")) or next(iter(indicators.all_indicators()), None)
    answer = FileResponse(documents.document(found, _chart(found, chosen)), content_type=DOCX)
    return _attached(answer, f"{_name(union, _('成绩单'), period)}.docx")


@require_safe
@staff_required
def outlines_below(request: ActorRequest, public_id: str) -> HttpResponse:
    """The outlines of the unions below, for the map of a figure. They hold no figures and change seldom."""
    union, period = reach.union_of(request.actor, public_id), period_of(request.GET)
    answer = JsonResponse(outlines.below(union, period))
    answer["Cache-Control"] = "private, max-age=600"
    return answer


@require_safe
@staff_required
def picture(request: ActorRequest, public_id: str, code: str) -> HttpResponseBase:
    """The months of one figure as .svg."""
    union, indicator = reach.union_of(request.actor, public_id), reach.indicator_of(code)
    period, months = period_of(request.GET), months_of(request.GET)
    history = series(union, min(period.last, clock.today()), [indicator], months)[0]
    title = _("{union}：{label}({unit})", union=union.name, label=indicator.label, unit=indicator.unit.label)
    note = _("最近 {n} 个月，数据截至 {day}", n=months, day=clock.today())
    drawn = svg(Picture(str(title), str(note), indicator, history.months, history.values))
    return _attached(HttpResponse(drawn, content_type="image/svg+xml"), f"{_name(union, indicator.label, period)}.svg")


@require_safe
@staff_required
def press_page(request: ActorRequest, public_id: str) -> HttpResponse:
    """The paragraph for the press, each number a link, and the same as text to copy."""
    union, period = reach.union_of(request.actor, public_id), period_of(request.GET)
    found, exact = said(union, period), request.GET.get("exact") == "1"
    segments = press.paragraph(found, exact=exact)
    context = {
        "union": union,
        "picker": pages.picker(union, period, "report:press"),
        "segments": segments,
        "plain": press.plain(segments),
        "exact": exact,
        "note": documents.frozen_note(found),
        "computed_to": found.computed_to,
        "card_url": pages.url("report:union", union, period),
        "crumbs": reach.crumbs(request.actor, union, Crumb(_("新闻稿"))),
    }
    return web.render(request, "reports/press.html", context)


def _chart(found: Card, chosen: Indicator | None) -> pages.Chart:
    """The months of the indicator chosen on the page with those that are part of it, as the page draws them."""
    drawn = [each for each in indicators.all_indicators() if chosen and chosen.code in (each.code, each.of)]
    last = min((line.this.day for line in found.lines), default=found.period.last)
    return pages.chart(series(found.union, last, drawn), chosen) if chosen else pages.Chart()


def _name(union: Union, what: Text, period: Period) -> str:
    return f"{union.short_name}-{what}-{period.code.replace('/', '_')}"


def _attached(answer: HttpResponseBase, name: str) -> HttpResponseBase:
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


urlpatterns = [
    path("<str:public_id>/report.docx", document, name="document"),
    path("<str:public_id>/press/", press_page, name="press"),
    path("<str:public_id>/outlines.json", outlines_below, name="outlines"),
    path("<str:public_id>/<str:code>/chart.svg", picture, name="picture"),
]
