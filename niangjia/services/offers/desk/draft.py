"""Drawing up a campaign in five short steps: what and when, who, which kinds, how many where, check and publish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from niangjia.commons.entitlement.forms import RuleForm
from niangjia.commons.entitlement.predicates import AtUnion
from niangjia.commons.entitlement.rules import as_json, parse
from niangjia.commons.places.models import Site
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.errors import DomainError, NotAllowed
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.sheets import download
from niangjia.platform.web import pages
from niangjia.platform.web.parts import Step
from niangjia.services.offers import actions
from niangjia.services.offers.campaign import copying, sheets
from niangjia.services.offers.campaign.campaigns import Plan, Stock, require_draft
from niangjia.services.offers.desk import queries
from niangjia.services.offers.desk.forms import ItemRows, PlanForm, SheetUploadForm, StockGrid, answers_of
from niangjia.services.offers.desk.parts import address, crumbs, once, require_run, submit
from niangjia.services.offers.models import Campaign, Cell

form_page = require_http_methods(["GET", "HEAD", "POST"])

STEPS: tuple[tuple[str, Text], ...] = (
    ("plan", _("内容和时间")),
    ("who", _("谁能参加")),
    ("items", _("品类")),
    ("stock", _("名额")),
    ("publish", _("检查并发布")),
)


def _frame(campaign: Campaign | None, step: str, **more: Any) -> dict[str, Any]:
    """What every step's page shows around its form."""
    codes = [code for code, _label in STEPS]
    place = codes.index(step)
    label = STEPS[place][1]
    return {
        "campaign": campaign,
        "steps": Step.row([label for _code, label in STEPS], place),
        "title": label,
        "crumbs": crumbs(campaign, label) if campaign else crumbs(None, _("新建活动")),
        "back_url": address(codes[place - 1], campaign) if campaign and place else "",
        **more,
    }


def _draft(request: HttpRequest, public_id: str) -> Campaign:
    """A draft that the actor may run. Raises NotFound, NotAllowed, InvalidMove."""
    campaign = queries.campaign_for(actor_of(request), public_id)
    require_run(request, campaign)
    require_draft(campaign)
    return campaign


@form_page
@staff_required
def new(request: HttpRequest) -> HttpResponse:
    """Step one of a new campaign."""
    unions = queries.running_unions(actor_of(request))
    if not unions:
        raise NotAllowed("NO_OFFICE_HERE", _("您没有办理活动的职务，不能新建活动。"))
    form = PlanForm(request.POST or None, unions=unions, initial=_first_answers(unions))

    def act() -> str:
        answer = once(request, "offers.draw_up", lambda: {"id": _drawn_up(request, form)})
        return str(answer["id"])

    made = submit(request, form, act)
    if made is not None:
        return redirect("offers_console:who", made)
    context = _frame(None, "plan", form=form)
    return pages.render(request, "offers/console/plan.html", context, status=422 if form.errors else 200)


def _first_answers(unions: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {"union": unions[0][0], "mode": "first_come", "stock_after": "close", "offer_hours": 24}


def _drawn_up(request: HttpRequest, form: PlanForm) -> str:
    """For the union's own members, until the next page says otherwise."""
    union = Union.objects.get(code=form.cleaned_data["union"])
    rule = [{"is": AtUnion.IS, "any_of": [union.code]}]
    return actions.draw_up(union_id=union.pk, plan=form.plan(rule), actor=actor_of(request)).public_id


@form_page
@staff_required
def plan(request: HttpRequest, public_id: str) -> HttpResponse:
    """Step one again: what is given away, and when."""
    campaign = _draft(request, public_id)
    unions = [(campaign.union.code, campaign.union.name)]
    kept = {**answers_of(queries.plan_of(campaign)), "union": campaign.union.code}
    form = PlanForm(request.POST or None, unions=unions, initial=kept)
    if submit(request, form, lambda: _revised(request, campaign, form.plan(campaign.rule))):
        return redirect(address("who", campaign))
    context = _frame(campaign, "plan", form=form)
    return pages.render(request, "offers/console/plan.html", context, status=422 if form.errors else 200)


@form_page
@staff_required
def who(request: HttpRequest, public_id: str) -> HttpResponse:
    """Step two: who may take part. ``count`` posts only to learn how many that are."""
    campaign = _draft(request, public_id)
    form = RuleForm(request.POST or None, prefix="rule", rule=parse(campaign.rule))
    count = None
    if request.method == "POST" and "count" in request.POST:
        if form.is_valid():
            count = queries.entitled_count(form.rule(), max(clock.today(), clock.day_of(campaign.opens_at)))
    elif submit(request, form, lambda: _revised(request, campaign, _with_rule(campaign, form))):
        return redirect(address("items", campaign))
    context = _frame(campaign, "who", rule_form=form, count=count)
    return pages.render(request, "offers/console/who.html", context, status=422 if form.errors else 200)


def _with_rule(campaign: Campaign, form: RuleForm) -> Plan:
    return replace(queries.plan_of(campaign), rule=as_json(form.rule()))


def _revised(request: HttpRequest, campaign: Campaign, plan: Plan) -> Campaign:
    return actions.revise(public_id=campaign.public_id, plan=plan, actor=actor_of(request))


@form_page
@staff_required
def items(request: HttpRequest, public_id: str) -> HttpResponse:
    """Step three: the kinds with supplier, description, value and order."""
    campaign = _draft(request, public_id)
    wants_more = request.method == "POST" and "more" in request.POST
    rows = ItemRows(
        request.POST if request.method == "POST" else None,
        items=list(campaign.items.select_related("supplier")),
        suppliers=queries.suppliers_for(campaign),
        more=wants_more,
    )
    if request.method == "POST" and not wants_more and _items_set(request, campaign, rows):
        return redirect(address("stock", campaign))
    status = 422 if rows.error or any(form.is_bound and form.errors for form in rows.forms) else 200
    context = _frame(campaign, "items", rows=rows)
    return pages.render(request, "offers/console/items.html", context, status=status)


def _items_set(request: HttpRequest, campaign: Campaign, rows: ItemRows) -> bool:
    if not rows.is_valid():
        rows.error = str(_("有几行要修改，请看标红的地方。"))
        return False
    try:
        actions.set_items(public_id=campaign.public_id, items=rows.new_items(), actor=actor_of(request))
    except DomainError as error:
        rows.error = str(error.message)
        return False
    return True


@form_page
@staff_required
def stock(request: HttpRequest, public_id: str) -> HttpResponse:
    """Step four: pieces of each item on each day, site by site."""
    campaign = _draft(request, public_id)
    sites = queries.sites_for(campaign)
    wanted = request.GET.get("site") or request.POST.get("site", "")
    site = next((one for one in sites if one.public_id == wanted), None) or _first_used(campaign, sites)
    grid = _grid(request, campaign, site)
    error = ""
    if request.method == "POST" and site is not None:
        error = _stock_set(request, campaign, site, grid)
        if not error:
            messages.success(request, str(_("{site}的名额已保存。", site=site.name)))
            return redirect(f"{address('stock', campaign)}?site={site.public_id}")
    context = _frame(
        campaign, "stock", site=site, sites=_by_use(campaign, sites), grid=grid, error=error, upload=SheetUploadForm()
    )
    return pages.render(request, "offers/console/stock.html", context, status=422 if error else 200)


def _first_used(campaign: Campaign, sites: Sequence[Site]) -> Site | None:
    used = set(Cell.objects.filter(campaign=campaign, size__gt=0).values_list("site_id", flat=True))
    return next((one for one in sites if one.pk in used), sites[0] if sites else None)


def _by_use(campaign: Campaign, sites: Sequence[Site]) -> list[tuple[Site, int]]:
    """Each site with its pieces, those that have some first."""
    cells = Cell.objects.filter(campaign=campaign).order_by().values_list("site_id")
    pieces = dict(cells.annotate(Sum("size")))
    return sorted(((site, pieces.get(site.pk, 0)) for site in sites), key=lambda pair: pair[1] == 0)


def _grid(request: HttpRequest, campaign: Campaign, site: Site | None) -> StockGrid:
    cells = Cell.objects.filter(campaign=campaign, site=site).values_list("item__code", "day", "size")
    sizes: dict[tuple[str, date], int] = {(code, day): size for code, day, size in cells}
    data = request.POST if request.method == "POST" else None
    return StockGrid(data, items=list(campaign.items.all()), days=sheets.days_of(campaign), sizes=sizes)


def _stock_set(request: HttpRequest, campaign: Campaign, site: Site, grid: StockGrid) -> str:
    """Replace the stock of one site and keep that of the others; gives what is wrong, empty when nothing is."""
    if not grid.is_valid():
        return grid.first_error
    others = Cell.objects.filter(campaign=campaign, size__gt=0).exclude(site=site)
    kept = [Stock(*row) for row in others.values_list("item__code", "site_id", "day", "size")]
    mine = [Stock(code, site.pk, day, quantity) for (code, day), quantity in grid.quantities.items() if quantity]
    try:
        actions.set_stock(public_id=campaign.public_id, stocks=[*kept, *mine], actor=actor_of(request))
    except DomainError as error:
        return str(error.message)
    return ""


@require_safe
@staff_required
def stock_sheet(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The template: every item at every chosen site on every day; all sites when none is chosen yet."""
    campaign = _draft(request, public_id)
    sites = queries.sites_for(campaign)
    used = set(Cell.objects.filter(campaign=campaign, size__gt=0).values_list("site_id", flat=True))
    chosen = [site for site in sites if site.pk in used] or sites[:200]
    return download.xlsx_response(sheets.template(campaign, chosen), name=f"{_('名额')}-{campaign.title}")


@require_POST
@staff_required
def stock_upload(request: HttpRequest, public_id: str) -> HttpResponse:
    """The filled-in template replaces the whole stock, or nothing of it when a row is wrong."""
    campaign = _draft(request, public_id)
    form, mistakes = SheetUploadForm(request.POST, request.FILES), list[sheets.Mistake]()

    def act() -> sheets.Read | None:
        found = sheets.read(form.cleaned_data["file"], campaign, queries.sites_for(campaign))
        mistakes.extend(found.mistakes)
        if found.mistakes:
            form.add_error("file", str(_("有几行要修改，改好以后重新上传；现在的名额没有变。")))
            return None
        actions.set_stock(public_id=campaign.public_id, stocks=found.stocks, actor=actor_of(request))
        return found

    taken = submit(request, form, act)
    if taken is not None:
        messages.success(request, str(_("已按表格写入 {n} 份名额。", n=taken.pieces)))
        return redirect(address("stock", campaign))
    context = _frame(campaign, "stock", upload=form, mistakes=mistakes)
    return pages.render(request, "offers/console/stock_upload.html", context, status=422)


@form_page
@staff_required
def publish(request: HttpRequest, public_id: str) -> HttpResponse:
    """Step five: what publishing promises to whom, then the publishing itself."""
    campaign = _draft(request, public_id)
    refusal = None
    if request.method == "POST":
        try:
            actions.publish(public_id=public_id, actor=actor_of(request))
        except DomainError as error:
            refusal = error.message
        else:
            messages.success(request, str(_("“{title}”已发布。", title=campaign.title)))
            return redirect(address("campaign", campaign))
    context = _frame(
        campaign,
        "publish",
        outlook=queries.outlook(campaign),
        facts=queries.facts(campaign),
        sentences=queries.who_may(campaign),
        refusal=refusal,
    )
    return pages.render(request, "offers/console/publish.html", context, status=422 if refusal else 200)


@require_POST
@staff_required
def copy(request: HttpRequest, public_id: str) -> HttpResponse:
    """A draft like this campaign, on later days."""
    campaign = queries.campaign_for(actor_of(request), public_id)
    require_run(request, campaign)
    made = once(
        request, "offers.copy", lambda: {"id": copying.copy(public_id=public_id, actor=actor_of(request)).public_id}
    )
    messages.success(request, str(_("已复制成草稿，请检查时间和名额。")))
    return redirect("offers_console:plan", made["id"])
