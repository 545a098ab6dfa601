"""The member's pages: what is on, one campaign, choosing, the receipt, what is mine."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.commons.entitlement import queries as entitlements
from niangjia.commons.entitlement.rules import parse
from niangjia.commons.people.cards.queries import own_card
from niangjia.commons.people.cards.states import CardState
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, NotSignedIn, TooMany, Unavailable
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.web import dates, pages
from niangjia.platform.web.parts import Fact
from niangjia.services.offers import actions, calendar_file, member_queries, queries
from niangjia.services.offers.forms import PlaceForm
from niangjia.services.offers.member_queries import Listed, Phase
from niangjia.services.offers.models import Campaign, Item, Reservation
from niangjia.services.offers.rush import flood
from niangjia.services.offers.rush.patience import patiently
from niangjia.services.offers.states import RESERVATION, ReservationEvent, ReservationState

app_name = "offers"
form_page = require_http_methods(["GET", "HEAD", "POST"])

POLL_MS = (14_000, 12_000)
"""A page asks again after so long and up to so much longer, by chance, so that phones do not ask all at once."""

SECTIONS: tuple[tuple[Text, tuple[Phase, ...]], ...] = (
    (_("正在开放"), (Phase.OPEN, Phase.WISHES, Phase.DRAWING)),
    (_("即将开始"), (Phase.SOON,)),
    (_("领取中"), (Phase.PICKUP,)),
    (_("已结束"), (Phase.OVER,)),
)


@require_safe
@member_required
def index(request: HttpRequest) -> HttpResponse:
    """Everything that is on, by where it stands."""
    rows = member_queries.listed(actor_of(request))
    sections = [(title, _in_order(rows, phases)) for title, phases in SECTIONS]
    context = {"sections": [(title, found) for title, found in sections if found]}
    return pages.render(request, "offers/list.html", context)


def _in_order(rows: list[Listed], phases: tuple[Phase, ...]) -> list[Listed]:
    """Those for the member first, the first to end before the others."""
    found = [row for row in rows if row.phase in phases]
    if phases[0] in (Phase.OPEN, Phase.SOON):
        found.sort(key=lambda row: row.next_moment or row.campaign.closes_at)
    return sorted(found, key=lambda row: not (row.is_for_me or row.is_mine))


@never_cache
@require_safe
@member_required
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """One campaign: when, what, who may, and what stands in the member's way, before it opens."""
    actor = actor_of(request)
    campaign = queries.campaign_for(actor, public_id)
    mine = member_queries.standing(actor, campaign)
    context = {
        "campaign": campaign,
        "board": member_queries.board(campaign),
        "mine": mine,
        "who_may": entitlements.who_may(parse(campaign.rule)),
        "facts": _facts(campaign),
        **_polling(),
    }
    return pages.render(request, "offers/detail.html", context)


@never_cache
@require_safe
@member_required
def board(request: HttpRequest, public_id: str) -> HttpResponse:
    """What is left, alone; the campaign's page asks for it again and again."""
    campaign = queries.campaign_for(actor_of(request), public_id)
    context = {"campaign": campaign, "board": member_queries.board(campaign), **_polling()}
    return pages.render(request, "offers/board.html", context)


def _polling() -> dict[str, int]:
    least, more = POLL_MS
    return {"poll_ms": least + secrets.randbelow(more)}


def _facts(campaign: Campaign) -> list[Fact]:
    stretch = f"{dates.moment(campaign.first_come_from)} – {dates.moment(campaign.closes_at)}"
    wishes = f"{dates.moment(campaign.opens_at)} – {dates.moment(campaign.first_come_from)}"
    pickup = f"{dates.day(campaign.pickup_from)} – {dates.day(campaign.pickup_until)}"
    return [
        *([Fact(_("填报志愿"), wishes, note=_("到时间抽签，剩余的名额再开放预约"))] if campaign.is_draw else []),
        Fact(_("预约"), stretch),
        Fact(_("领取"), pickup, note=_("逾期未领视为自动放弃")),
        Fact(_("主办"), campaign.union.name),
    ]


@never_cache
@form_page
@member_required
def reserve(request: HttpRequest, public_id: str, item: str) -> HttpResponse:
    """Choose site and day of one item and reserve it with one tap."""
    actor = actor_of(request)
    campaign = queries.campaign_for(actor, public_id)
    found = member_queries.item_of(campaign, item)
    form = PlaceForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _choosing(request, campaign, found, form, status=422 if form.errors else 200)
    try:
        flood.take(request.niangjia_session.token_hash)  # type: ignore[attr-defined]
        choice = form.choice(item)
        made = patiently(
            lambda: actions.reserve(campaign=public_id, choice=choice, key=form.key_of(choice), actor=actor)
        )
    except NotSignedIn:
        raise
    except DomainError as error:
        return _refused(request, campaign, found, form, error)
    return redirect(reverse("offers:reservation", args=[made.public_id]) + "?new")


def _choosing(
    request: HttpRequest, campaign: Campaign, item: Item, form: PlaceForm, *, status: int = 200
) -> HttpResponse:
    mine = member_queries.standing(actor_of(request), campaign)
    sites = member_queries.places_of(item)
    days = [day for site in sites for day in site.days]
    context = {
        "campaign": campaign,
        "item": item,
        "form": form,
        "mine": mine,
        "board": member_queries.board(campaign),
        "sites": sites,
        "chosen": form.data.get("place", "") if form.is_bound else _only(days),
        "full": [day for day in days if day.left == 0],
        "is_full": bool(days) and all(day.left == 0 for day in days),
    }
    return pages.render(request, "offers/reserve.html", context, status=status)


def _only(days: list[member_queries.DayChoice]) -> str:
    """The value to begin with: the only one there is to choose."""
    open_days = [day.value for day in days if day.left]
    return open_days[0] if len(open_days) == 1 else ""


def _refused(request: HttpRequest, campaign: Campaign, item: Item, form: PlaceForm, error: DomainError) -> HttpResponse:
    """The page again with the refusal and everything as it was chosen; who has one already is shown it."""
    if error.code == "ONE_PER_CARD":
        mine = member_queries.standing(actor_of(request), campaign)
        context = {"campaign": campaign, "error": error, "reservation": mine.reservation}
        return pages.render(request, "offers/already.html", context, status=409)
    form.refuse(error)
    member_queries.forget()
    response = _choosing(request, campaign, item, form, status=error.status)
    if isinstance(error, TooMany | Unavailable):
        response["Retry-After"] = str(error.retry_after)
    return response


@require_safe
@member_required
def mine(request: HttpRequest) -> HttpResponse:
    """Reservations, places on waiting lists, wishes, and a bar if there is one."""
    return pages.render(request, "offers/mine.html", {"holdings": member_queries.holdings(actor_of(request))})


@require_safe
@member_required
def reservation(request: HttpRequest, public_id: str) -> HttpResponse:
    """The receipt, later how it stands."""
    found = queries.reservation_for(actor_of(request), public_id)
    context = {
        "reservation": found,
        "facts": _receipt(found),
        "fresh": "new" in request.GET,
        "may_cancel": RESERVATION.find(found.state, ReservationEvent.CANCEL) is not None,
        "appeal": getattr(found, "appeal", None),
        "may_appeal": found.state == ReservationState.GIVEN_UP and not hasattr(found, "appeal"),
        "card_blocked": _has_blocked_card(actor_of(request)),
    }
    return pages.render(request, "offers/reservation.html", context)


def _has_blocked_card(actor: Actor) -> bool:
    """A card that was reported lost reserves, for the place is the person's; it collects only once it is replaced."""
    card = own_card(actor)
    return card is not None and card.state == CardState.BLOCKED


def _receipt(found: Reservation) -> list[Fact]:
    return [
        Fact(_("品类"), found.item.name),
        Fact(_("领取日期"), dates.day(found.day), note=found.site.hours),
        Fact(_("领取地点"), found.site.name, note=found.site.address),
        Fact(_("活动"), found.campaign.title),
        *([Fact(_("领取时间"), dates.moment(found.collected_at))] if found.collected_at else []),
    ]


@form_page
@member_required
def cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask once more, then give it back."""
    found = queries.reservation_for(actor_of(request), public_id)
    back = reverse("offers:reservation", args=[public_id])
    if request.method == "POST":
        patiently(lambda: actions.cancel(public_id=public_id, actor=actor_of(request)))
        member_queries.forget()
        return redirect(back)
    move = RESERVATION.find(found.state, ReservationEvent.CANCEL)
    if move is None:
        return redirect(back)
    facts = [Fact(_("编号"), found.number), *_receipt(found)[:3]]
    return asked(request, _("取消预约？"), move.consequence, facts, _("取消预约"), back)


def asked(
    request: HttpRequest, title: Text, consequence: Text | None, facts: list[Fact], action: Text, back: str
) -> HttpResponse:
    """The page that asks once more before something is given up."""
    context: dict[str, Any] = {
        "base_template": "web/portal_task.html",
        "title": title,
        "consequence": consequence,
        "facts": facts,
        "action": action,
        "back_url": back,
        "danger": True,
    }
    return pages.render(request, "web/confirm.html", context)


@require_safe
@member_required
def calendar(request: HttpRequest, public_id: str) -> HttpResponse:
    """The pick-up day for the phone's own calendar."""
    found = queries.reservation_for(actor_of(request), public_id)
    response = HttpResponse(calendar_file.entry(found), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.number}.ics"'
    return response


urlpatterns = [
    path("", index, name="list"),
    path("mine/", mine, name="mine"),
    path("mine/<slug:public_id>/", reservation, name="reservation"),
    path("mine/<slug:public_id>/cancel/", cancel, name="cancel"),
    path("mine/<slug:public_id>/calendar.ics", calendar, name="calendar"),
    path("", include("niangjia.services.offers.chances.portal")),
    path("<slug:public_id>/", detail, name="detail"),
    path("<slug:public_id>/board/", board, name="board"),
    path("<slug:public_id>/items/<slug:item>/", reserve, name="reserve"),
]
