"""The keeper's pages on a phone: choose the site, scan or type, confirm, take back; and the sheet of the day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.sheets import download
from niangjia.platform.web import pages
from niangjia.platform.web.parts import Crumb
from niangjia.services.offers import actions, policies
from niangjia.services.offers.counter import closing, collecting, double_pickups
from niangjia.services.offers.counter import parts as counter_parts
from niangjia.services.offers.counter import queries as counter_queries
from niangjia.services.offers.counter.closing import Counted
from niangjia.services.offers.models import Sheet
from niangjia.services.offers.states import SheetEvent

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@staff_required
def start(request: HttpRequest) -> HttpResponse:
    """The site that I kept last; with ``?choose=1``, or the first time, all that I keep, those with something to hand
    out today first."""
    actor = actor_of(request)
    policies.may_keep(actor).require()
    sites = counter_queries.sites(actor)
    last = {site.public_id for site in sites} & {counter_parts.remembered(request)}
    if len(sites) == 1 or (last and "choose" not in request.GET):
        return redirect("offers_console:counter-scan", last.pop() if last else sites[0].public_id)
    return pages.render(request, "offers/console/counter/start.html", {"sites": sites})


@form_page
@staff_required
def scan(request: HttpRequest, site: str) -> HttpResponse:
    """Scan or type; what is found is shown with a button to confirm. Looking never hands out."""
    place = collecting.site_of(actor_of(request), site)
    if request.method != "POST":
        response = _page(request, place, {}, 200)
        counter_parts.remember(response, site)
        return response
    text = request.POST.get("text", "")
    return _tried(
        request,
        place,
        lambda: {
            "found": actions.look(site=site, text=text, nonce=request.POST.get("nonce", ""), actor=actor_of(request))
        },
    )


@require_POST
@staff_required
def collect(request: HttpRequest, site: str) -> HttpResponse:
    """Hand it out; the same form sent twice is one collection."""
    place = collecting.site_of(actor_of(request), site)
    values = {name: request.POST.get(name, "") for name in ("public_id", "nonce")}
    return _tried(
        request,
        place,
        lambda: {"done": actions.collect(site=site, actor=actor_of(request), **values)},
    )


@require_POST
@staff_required
def undo(request: HttpRequest, site: str) -> HttpResponse:
    """Take a collection back that was confirmed by mistake."""
    place = collecting.site_of(actor_of(request), site)
    values = {name: request.POST.get(name, "") for name in ("public_id", "reason")}
    return _tried(request, place, lambda: {"undone": actions.undo_collect(actor=actor_of(request), **values)})


def _tried(request: HttpRequest, place: Any, act: Callable[[], dict[str, Any]]) -> HttpResponse:
    """The result of a try. One whose result is not known can be sent again as the same try."""
    try:
        return _page(request, place, counter_parts.answered(act), 200)
    except DomainError as error:
        again = {name: request.POST.get(name, "") for name in ("public_id", "nonce", "text")}
        return _page(
            request, place, {"refused": error, "verdict": counter_parts.verdict(error), "again": again}, error.status
        )


def _page(request: HttpRequest, place: Any, context: dict[str, Any], status: int) -> HttpResponse:
    """The whole page, or only the result when the page's script asked."""
    frame = {
        "site": place,
        "nonce": new_public_id(),
        "confirm_nonce": new_public_id(),
        "today": counter_queries.today(place),
        "crumbs": [Crumb(_("核销"), reverse("offers_console:counter") + "?choose=1"), Crumb(place.name)],
        **context,
    }
    if request.headers.get("HX-Request") == "true":
        return pages.render(request, "offers/console/counter/_part.html", frame, status=200)
    return pages.render(request, "offers/console/counter/scan.html", frame, status=status)


@require_safe
@staff_required
def without_network(request: HttpRequest, site: str) -> HttpResponse:
    """What scans without network brought to light: handed out twice, handed out against the rules."""
    place = collecting.site_of(actor_of(request), site)
    context = {
        "site": place,
        "report": double_pickups.report(place),
        "crumbs": [Crumb(_("核销"), reverse("offers_console:counter-scan", args=[site])), Crumb(_("离线核销"))],
    }
    return pages.render(request, "offers/console/counter/offline.html", context)


# The closing sheet


@require_safe
@staff_required
def sheets(request: HttpRequest, site: str) -> HttpResponseBase:
    """The days of a site: which are closed, which wait, what is missing; as a workbook with ``?export=xlsx``."""
    place = collecting.site_of(actor_of(request), site)
    if "export" in request.GET:
        return download.sheet_response(counter_queries.as_sheet(place), name=f"{place.name}-{_('日结单')}")
    context = {
        "site": place,
        "days": counter_queries.days(place),
        "crumbs": [Crumb(_("核销"), reverse("offers_console:counter-scan", args=[site])), Crumb(_("日结单"))],
    }
    return pages.render(request, "offers/console/counter/sheets.html", context)


@require_POST
@staff_required
def begin(request: HttpRequest, site: str, campaign: str, day: str) -> HttpResponse:
    """Begin the sheet of a day, or open the one there is."""
    sheet = actions.begin_sheet(campaign=campaign, site=site, day=_day(day), actor=actor_of(request))
    return redirect("offers_console:counter-sheet", sheet.public_id)


@form_page
@staff_required
def sheet(request: HttpRequest, public_id: str) -> HttpResponse:
    """Fill in; wrong numbers are said beside them, and nothing that was typed is lost."""
    found = counter_queries.sheet_for(actor_of(request), public_id)
    mistakes: dict[str, list[Any]] = {}
    if request.method == "POST":
        try:
            note = request.POST.get("note", "")
            actions.fill_sheet(public_id=public_id, counts=_counts(request, found), note=note, actor=actor_of(request))
        except DomainError as error:
            if not error.fields:
                raise
            mistakes = dict(error.fields)
        else:
            messages.success(request, str(_("已保存。核对无误后请签字。")))
            return redirect("offers_console:counter-sheet", public_id)
    context = {
        "sheet": found,
        "lines": counter_queries.lines(found, request.POST, mistakes),
        "mistakes": mistakes,
        "note": request.POST.get("note", found.note),
        "steps": counter_queries.steps(actor_of(request), found),
        "may_fill": counter_queries.may_fill(actor_of(request), found),
        "timeline": counter_queries.timeline(found),
        "crumbs": [
            Crumb(_("日结单"), reverse("offers_console:counter-sheets", args=[found.site.public_id])),
            Crumb(f"{found.day:%Y-%m-%d}"),
        ],
    }
    return pages.render(request, "offers/console/counter/sheet.html", context, status=422 if mistakes else 200)


_MOVES: dict[str, Callable[..., Sheet]] = {
    SheetEvent.SIGN: actions.sign,
    SheetEvent.SEND_BACK: actions.send_back,
    SheetEvent.COUNTERSIGN: actions.countersign,
}


@require_POST
@staff_required
def move(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """Sign, send back, countersign."""
    act = _MOVES.get(event)
    if act is None:
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    reason = {"reason": request.POST.get("reason", "")} if event == SheetEvent.SEND_BACK else {}
    act(public_id=public_id, actor=actor_of(request), **reason)
    return redirect("offers_console:counter-sheet", public_id)


def _counts(request: HttpRequest, found: Sheet) -> dict[int, Counted]:
    return {
        line.item_id: Counted(
            *(_number(request.POST.get(f"{name}-{line.item_id}", "")) for name in ("delivered", "spoiled", "left"))
        )
        for line in found.lines.all()
    }


def _number(text: str) -> int:
    """A typed number; full-width digits count, and what is no number is refused by the rule as -1."""
    tidy = text.strip() or "0"
    try:
        return int(tidy) if len(tidy) < 12 else -1
    except ValueError:
        return -1


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise closing.no_sheet() from None


urlpatterns = [
    path("", start, name="counter"),
    path("sheets/<slug:public_id>/", sheet, name="counter-sheet"),
    path("sheets/<slug:public_id>/<slug:event>/", move, name="counter-sheet-move"),
    path("<slug:site>/", scan, name="counter-scan"),
    path("<slug:site>/collect/", collect, name="counter-collect"),
    path("<slug:site>/undo/", undo, name="counter-undo"),
    path("<slug:site>/offline/", without_network, name="counter-offline"),
    path("<slug:site>/days/", sheets, name="counter-sheets"),
    path("<slug:site>/days/<slug:campaign>/<slug:day>/", begin, name="counter-begin"),
]
