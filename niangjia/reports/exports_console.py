"""What leaves the console: the card as a document, a chart as a picture, a paragraph for the press."""

from __future__ import annotations

from urllib.parse import quote

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_safe

from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.periods import Period
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.accounts.middleware import ActorRequest
from niangjia.platform.web import pages as web
from niangjia.platform.web.parts import Crumb
from niangjia.reports import documents, pages, press, reach
from niangjia.reports.card import said, series
from niangjia.reports.forms import months_of, period_of
from niangjia.reports.picture import Picture, svg

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_safe
@staff_required
def document(request: ActorRequest, public_id: str) -> HttpResponseBase:
    """The card as .docx."""
    union, period = reach.union_of(request.actor, public_id), period_of(request.GET)
    answer = FileResponse(documents.document(said(union, period)), content_type=DOCX)
    return _attached(answer, f"{_name(union, _('成绩单'), period)}.docx")


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
    path("<str:public_id>/<str:code>/chart.svg", picture, name="picture"),
]
