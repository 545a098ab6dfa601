"""The officers' pages: the campaigns, one campaign with its moves, the dashboard of a rush, and its figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import include, path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.kernel import clock
from niangjia.kernel.errors import NotFound
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.sheets import download
from niangjia.platform.web import pages, saved
from niangjia.platform.web.parts import Fact, Figure, MoveButton
from niangjia.services.offers import actions, policies
from niangjia.services.offers.campaign import extra, sheets
from niangjia.services.offers.campaign.campaigns import Stock
from niangjia.services.offers.desk import draft as console_draft
from niangjia.services.offers.desk import figures, lists, live, queries
from niangjia.services.offers.desk import reservations as console_reservations
from niangjia.services.offers.desk.forms import ReasonForm, WaveForm
from niangjia.services.offers.desk.parts import address, crumbs, once, require_run, submit
from niangjia.services.offers.models import Campaign, Cell
from niangjia.services.offers.states import CAMPAIGN, CampaignEvent, CampaignState

app_name = "offers_console"
saved.register(lists.CAMPAIGNS, "offers_console:list")
form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@staff_required
def campaign_list(request: HttpRequest) -> HttpResponseBase:
    """The campaigns in the actor's reach, by state; exported with ``?export=xlsx``."""
    queries.may_read(actor_of(request)).require()
    listing = lists.campaigns(request)
    if "export" in request.GET:
        return listing.export(str(_("普惠活动")), lambda rows: None)
    context = {"listing": listing, "may_run": bool(queries.running_unions(actor_of(request)))}
    return pages.render(request, "offers/console/list.html", context)


@require_safe
@staff_required
def campaign_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """Facts left, timeline right, the moves as buttons, the grey ones explained."""
    campaign = queries.campaign_for(actor_of(request), public_id)
    totals = queries.totals(campaign)
    may_run = bool(policies.may_run(actor_of(request), campaign.union_id))
    context = {
        "campaign": campaign,
        "crumbs": crumbs(campaign),
        "facts": queries.facts(campaign),
        "sentences": queries.who_may(campaign),
        "figures": _figures(campaign, totals),
        "totals": totals,
        "items": campaign.items.select_related("supplier"),
        "buttons": _buttons(request, campaign),
        "timeline": queries.timeline(campaign),
        "waves": queries.waves_of(campaign),
        "extras": queries.extras_of(campaign),
        "steps": _steps(campaign),
        "may_run": may_run,
        "may_add": may_run and campaign.state in (CampaignState.PUBLISHED, CampaignState.OPEN),
        "may_give": may_run and campaign.state in extra.RUNNING,
        "called_off": queries.called_off_reason(campaign),
    }
    return pages.render(request, "offers/console/campaign.html", context)


def _steps(campaign: Campaign) -> list[tuple[Text, str]]:
    """The steps of drawing up, while it is a draft."""
    if campaign.state != CampaignState.DRAFT:
        return []
    return [(label, address(code, campaign)) for code, label in console_draft.STEPS]


def _figures(campaign: Campaign, totals: queries.Totals) -> list[Figure]:
    """The campaign in a few numbers, each a link to the reservations behind it."""
    rows = address("reservations", campaign)
    coming = _("另有 {n} 份待放出", n=f"{totals.coming:,}") if totals.coming else ""
    extra = _("额外 {n} 份", n=f"{totals.extra:,}") if totals.extra else ""
    piece = _("份")
    return [
        Figure(_("名额"), f"{totals.size:,}", piece, last=" · ".join(str(one) for one in (coming, extra) if one)),
        Figure(_("剩余"), f"{totals.left:,}", piece),
        Figure(_("待领取"), f"{totals.reserved:,}", piece, url=f"{rows}?state=reserved"),
        Figure(_("已领取"), f"{totals.collected:,}", piece, url=f"{rows}?state=collected"),
        Figure(_("逾期未领"), f"{totals.given_up:,}", piece, url=f"{rows}?state=given_up"),
        Figure(_("取消、作废"), f"{totals.undone:,}", piece, url=rows),
    ]


def _buttons(request: HttpRequest, campaign: Campaign) -> list[MoveButton]:
    return [
        MoveButton(
            choice.move.label,
            address("publish", campaign)
            if choice.move.event == CampaignEvent.PUBLISH
            else reverse("offers_console:move", args=[campaign.public_id, choice.move.event]),
            choice.refusal,
            primary=choice.move.event == CampaignEvent.PUBLISH,
            danger=choice.move.event == CampaignEvent.CALL_OFF,
        )
        for choice in queries.choices(actor_of(request), campaign)
    ]


_MOVES: dict[str, Callable[..., Campaign]] = {
    CampaignEvent.OPEN_DOORS: actions.open_doors,
    CampaignEvent.CLOSE_DOORS: actions.close_doors,
    CampaignEvent.SETTLE: actions.settle,
    CampaignEvent.CALL_OFF: actions.call_off,
}


@form_page
@staff_required
def move(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """One move: what follows from it, its reason where one is needed, then the move itself."""
    campaign = queries.campaign_for(actor_of(request), public_id)
    if event not in _MOVES:
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    require_run(request, campaign)
    step = CAMPAIGN.require(campaign.state, event)
    form = ReasonForm(request.POST or None) if step.needs_reason else None

    def act() -> Campaign:
        reason = form.cleaned_data if form is not None else {}
        return _MOVES[event](public_id=public_id, actor=actor_of(request), **reason)

    done = submit(request, form, act) if form is not None else (act() if request.method == "POST" else None)
    if done is not None:
        messages.success(request, str(_("“{title}”：{label}", title=campaign.title, label=step.label)))
        return redirect(address("campaign", campaign))
    context = {
        "title": step.label,
        "consequence": _consequence(campaign, event) or step.consequence,
        "facts": [Fact(_("活动"), campaign.title), *queries.facts(campaign)[:3]],
        "form": form,
        "action": step.label,
        "danger": event == CampaignEvent.CALL_OFF,
        "back_url": address("campaign", campaign),
    }
    return pages.render(request, "web/confirm.html", context, status=422 if form is not None and form.errors else 200)


def _consequence(campaign: Campaign, event: str) -> Text | None:
    """Calling off is said in numbers."""
    if event != CampaignEvent.CALL_OFF:
        return None
    totals = queries.totals(campaign)
    if not totals.reserved:
        return _("还没有人预约，取消以后会员不再看到这个活动。不能恢复。")
    return _(
        "{reserved} 份待领取的预约马上作废，会员会收到通知和您写的理由；已领取的 {collected} 份不受影响。不能恢复。",
        reserved=f"{totals.reserved:,}",
        collected=f"{totals.collected:,}",
    )


@form_page
@staff_required
def wave(request: HttpRequest, public_id: str) -> HttpResponse:
    """Plan a part of the stock that comes later."""
    campaign = queries.campaign_for(actor_of(request), public_id)
    require_run(request, campaign)
    cells = list(Cell.objects.filter(campaign=campaign, item__withdrawn_at=None).select_related("item", "site"))
    sites = {cell.site.public_id: cell.site.name for cell in cells}
    items = list({cell.item_id: cell.item for cell in sorted(cells, key=lambda one: one.item.position)}.values())
    form = WaveForm(
        request.POST or None, items=items, places=sorted(sites.items(), key=lambda pair: pair[1]),
        days=[day for day in sheets.days_of(campaign) if day >= clock.today()],
    )  # fmt: skip

    def act() -> dict[str, Any]:
        return once(request, "offers.add_wave", lambda: {"id": _wave_added(request, campaign, cells, form)})

    if submit(request, form, act):
        messages.success(request, str(_("加放名额已安排，到时间自动放出。")))
        return redirect(address("campaign", campaign))
    context = {"campaign": campaign, "form": form, "crumbs": crumbs(campaign, _("加放名额"))}
    return pages.render(request, "offers/console/wave.html", context, status=422 if form.errors else 200)


def _wave_added(request: HttpRequest, campaign: Campaign, cells: list[Cell], form: WaveForm) -> str:
    wanted, site, day = form.quantities(), form.cleaned_data["site"], form.cleaned_data["day"]
    stocks = [
        Stock(cell.item.code, cell.site_id, cell.day, wanted[cell.item.code])
        for cell in cells
        if cell.item.code in wanted and site in ("", cell.site.public_id) and day in ("", f"{cell.day}")
    ]
    moment = form.cleaned_data["opens_at"]
    made = actions.add_wave(public_id=campaign.public_id, opens_at=moment, stocks=stocks, actor=actor_of(request))
    return made.public_id


@require_safe
@staff_required
def live_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """The rush as it runs; htmx asks for the figures again, ``?wall=1`` shows them on a wall."""
    campaign = queries.campaign_for(actor_of(request), public_id)
    found = live.live(campaign)
    is_wall = request.GET.get("wall") == "1"
    context = {
        "campaign": campaign,
        "live": found,
        "curve": live.picture(found.curve),
        "age": {"clock": f"{found.at.astimezone(clock.SHANGHAI):%H:%M:%S}", "seconds": found.age},
        "crumbs": crumbs(campaign, _("实时看板")),
        "refresh_seconds": live.REFRESH_SECONDS,
        "is_running": clock.now() < campaign.closes_at or clock.today() <= campaign.pickup_until,
        "wall": is_wall,
    }
    template = "offers/console/wall.html" if is_wall else "offers/console/live.html"
    return pages.render(request, template, context, "offers/console/_live.html")


@require_safe
@staff_required
def figures_page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """What the ledger says of the campaign, divided in four ways; as a workbook with ``?export=xlsx``."""
    campaign = queries.campaign_for(actor_of(request), public_id)
    found = figures.figures(campaign)
    if "export" in request.GET:
        return download.xlsx_response(figures.as_workbook(found), name=f"{campaign.title}-{_('数据')}")
    context = {"campaign": campaign, "found": found, "crumbs": crumbs(campaign, _("数据")), "now": clock.now()}
    return pages.render(request, "offers/console/figures.html", context)


urlpatterns = [
    path("", campaign_list, name="list"),
    path("new/", console_draft.new, name="new"),
    path("suppliers/", console_reservations.supplier_list, name="suppliers"),
    path("suppliers/new/", console_reservations.supplier_new, name="supplier-new"),
    path("suppliers/<slug:public_id>/", console_reservations.supplier, name="supplier"),
    path("reservations/<slug:public_id>/", console_reservations.reservation, name="reservation"),
    path("reservations/<slug:public_id>/revoke/", console_reservations.revoke, name="revoke"),
    path("appeals/<slug:public_id>/", console_reservations.appeal, name="appeal"),
    path("appeals/<slug:public_id>/<slug:event>/", console_reservations.answer, name="answer"),
    path("counter/", include("niangjia.services.offers.counter.pages")),
    path("<slug:public_id>/", campaign_page, name="campaign"),
    path("<slug:public_id>/plan/", console_draft.plan, name="plan"),
    path("<slug:public_id>/who/", console_draft.who, name="who"),
    path("<slug:public_id>/items/", console_draft.items, name="items"),
    path("<slug:public_id>/stock/", console_draft.stock, name="stock"),
    path("<slug:public_id>/stock.xlsx", console_draft.stock_sheet, name="stock-sheet"),
    path("<slug:public_id>/stock/upload/", console_draft.stock_upload, name="stock-upload"),
    path("<slug:public_id>/publish/", console_draft.publish, name="publish"),
    path("<slug:public_id>/copy/", console_draft.copy, name="copy"),
    path("<slug:public_id>/waves/new/", wave, name="wave"),
    path("<slug:public_id>/extra/", console_reservations.extra_piece, name="extra"),
    path("<slug:public_id>/draw/", console_reservations.draw, name="draw"),
    path("<slug:public_id>/draw.json", console_reservations.draw_file, name="draw-file"),
    path("<slug:public_id>/live/", live_page, name="live"),
    path("<slug:public_id>/figures/", figures_page, name="figures"),
    path("<slug:public_id>/reservations/", console_reservations.reservation_list, name="reservations"),
    path("<slug:public_id>/reservations/find/", console_reservations.find, name="find"),
    path("<slug:public_id>/moves/<slug:event>/", move, name="move"),
]
