"""The member's pages where nobody is first: waiting lists, wishes in a draw, and appeals against a no-show."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from niangjia.kernel.errors import DomainError, NotSignedIn
from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.requests import idempotency
from niangjia.platform.web import dates, pages
from niangjia.platform.web.parts import Fact
from niangjia.services.offers import actions, member_queries, queries
from niangjia.services.offers.forms import AppealForm, PlaceForm, WishForm
from niangjia.services.offers.models import Campaign, Waiting, Wish
from niangjia.services.offers.states import ReservationState, WaitingState, WishState

form_page = require_http_methods(["GET", "HEAD", "POST"])

# Waiting lists


@require_POST
@member_required
def queue(request: HttpRequest, public_id: str, item: str) -> HttpResponse:
    """Wait for a place that is taken."""
    actor, form = actor_of(request), PlaceForm(request.POST)
    campaign = queries.campaign_for(actor, public_id)
    member_queries.item_of(campaign, item)
    if not form.is_valid():
        messages.error(request, str(_("请先选择要候补的地点和日期。")))
        return redirect("offers:reserve", public_id, item)
    choice = form.choice(item)
    try:
        idempotency.once(
            key=form.key_of(choice),
            actor=actor,
            purpose="offers.queue",
            body={"campaign": public_id, "item": choice.item, "site": choice.site, "day": choice.day},
            act=lambda: {"id": actions.queue(campaign=public_id, choice=choice, actor=actor).public_id},
        )
    except NotSignedIn:
        raise
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect("offers:reserve", public_id, item)
    messages.success(request, str(_("已经开始候补。轮到您时发短信，请在期限内打开确认。")))
    return redirect("offers:mine")


@form_page
@member_required
def take(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say yes to a piece that is held for the member."""
    actor = actor_of(request)
    waiting = member_queries.waiting_for(actor, public_id)
    if waiting.state == WaitingState.TAKEN and waiting.reservation is not None:
        return redirect("offers:reservation", waiting.reservation.public_id)
    if waiting.state != WaitingState.OFFERED:
        return redirect("offers:mine")
    if request.method == "POST":
        try:
            made = actions.take(public_id=public_id, actor=actor)
        except DomainError as error:
            messages.error(request, str(error.message))
            return redirect("offers:mine")
        return redirect(reverse("offers:reservation", args=[made.public_id]) + "?new")
    context: dict[str, Any] = {
        "base_template": "web/portal_task.html",
        "title": _("候补轮到您了"),
        "consequence": _("确认以后这就是您在这次活动里的一份，和自己预约的一样。"),
        "facts": _place(waiting),
        "action": _("确认要"),
        "back_url": reverse("offers:mine"),
    }
    return pages.render(request, "web/confirm.html", context)


@form_page
@member_required
def leave(request: HttpRequest, public_id: str) -> HttpResponse:
    """Stop waiting."""
    actor = actor_of(request)
    waiting = member_queries.waiting_for(actor, public_id)
    if waiting.state not in (WaitingState.WAITING, WaitingState.OFFERED):
        return redirect("offers:mine")
    if request.method == "POST":
        actions.leave(public_id=public_id, actor=actor)
        messages.success(request, str(_("已经退出候补。")))
        return redirect("offers:mine")
    context: dict[str, Any] = {
        "base_template": "web/portal_task.html",
        "title": _("退出候补？"),
        "consequence": _("您的位置马上让给后面的人，再候补要从最后排起。"),
        "facts": _place(waiting),
        "action": _("退出候补"),
        "back_url": reverse("offers:mine"),
        "danger": True,
    }
    return pages.render(request, "web/confirm.html", context)


def _place(waiting: Waiting) -> list[Fact]:
    until = waiting.offered_until
    return [
        Fact(_("品类"), waiting.cell.item.name),
        Fact(_("领取日期"), dates.day(waiting.cell.day)),
        Fact(_("领取地点"), waiting.cell.site.name, note=waiting.cell.site.address),
        *([Fact(_("为您保留到"), dates.moment(until))] if until else []),
    ]


# Draws


@never_cache
@form_page
@member_required
def wish(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say what one would like, best first; again as often as one likes until the draw."""
    actor = actor_of(request)
    campaign = queries.campaign_for(actor, public_id)
    if not campaign.is_draw:
        return redirect("offers:detail", public_id)
    entered, cells = member_queries.wish_for(actor, campaign), member_queries.cells_of(campaign)
    form = WishForm(request.POST or None, cells=cells)
    if entered is not None:
        form.initial = form.initial_of(entered.choices)
    if request.method == "POST" and form.is_valid():
        try:
            _enter(request, campaign, form)
        except NotSignedIn:
            raise
        except DomainError as error:
            form.refuse(error)
            return _wishing(request, campaign, form, entered, status=error.status)
        messages.success(request, str(_("志愿已经保存，抽签以前可以修改或撤回。")))
        return redirect("offers:wish", public_id)
    return _wishing(request, campaign, form, entered, status=422 if form.errors else 200)


def _enter(request: HttpRequest, campaign: Campaign, form: WishForm) -> None:
    actor, choices = actor_of(request), form.chosen()
    idempotency.once(
        key=form.key,
        actor=actor,
        purpose="offers.enter",
        body={"campaign": campaign.public_id, "choices": [[c.item, c.site, c.day.isoformat()] for c in choices]},
        act=lambda: {"id": actions.enter(campaign=campaign.public_id, choices=choices, actor=actor).public_id},
    )


def _wishing(
    request: HttpRequest, campaign: Campaign, form: WishForm, entered: Wish | None, *, status: int
) -> HttpResponse:
    context = {
        "campaign": campaign,
        "form": form,
        "wish": entered,
        "chosen": member_queries.cells_by_id(entered.choices) if entered else [],
        "board": member_queries.board(campaign),
        "mine": member_queries.standing(actor_of(request), campaign),
        "is_drawn": campaign.drawn_at is not None,
        "draw_url": reverse("offers:draw", args=[campaign.public_id]),
    }
    return pages.render(request, "offers/wish.html", context, status=status)


@form_page
@member_required
def take_back(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take no part in the draw after all."""
    actor = actor_of(request)
    campaign = queries.campaign_for(actor, public_id)
    entered = member_queries.wish_for(actor, campaign)
    back = reverse("offers:wish", args=[public_id])
    if entered is None or entered.state != WishState.ENTERED:
        return redirect(back)
    if request.method == "POST":
        actions.take_back(public_id=entered.public_id, actor=actor)
        messages.success(request, str(_("志愿已经撤回。")))
        return redirect("offers:detail", public_id)
    context: dict[str, Any] = {
        "base_template": "web/portal_task.html",
        "title": _("撤回志愿？"),
        "consequence": _("撤回后不参加这次抽签。抽签以前还可以重新填报。"),
        "facts": [Fact(_("活动"), campaign.title), Fact(_("抽签编号"), entered.pseudonym)],
        "action": _("撤回志愿"),
        "back_url": back,
        "danger": True,
    }
    return pages.render(request, "web/confirm.html", context)


@require_safe
@member_required
def draw(request: HttpRequest, public_id: str) -> HttpResponse:
    """The file by which anybody re-checks the draw."""
    from niangjia.services.offers.chances import drawing

    campaign = queries.campaign_for(actor_of(request), public_id)
    text = json.dumps(drawing.published(campaign), ensure_ascii=False, indent=1)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="draw-{campaign.public_id}.json"'
    return response


# Appeals


@form_page
@member_required
def appeal(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say why something was not collected."""
    actor = actor_of(request)
    found = queries.reservation_for(actor, public_id)
    back = redirect("offers:reservation", public_id)
    if found.state != ReservationState.GIVEN_UP or hasattr(found, "appeal"):
        return back
    form = AppealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.appeal(
                reservation=public_id,
                cause=member_queries.cause_of(form.cleaned_data["cause"]),
                text=form.cleaned_data["text"],
                actor=actor,
            )
        except NotSignedIn:
            raise
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, str(_("申诉已经提交，结果会发短信告诉您。")))
            return back
    context = {"form": form, "reservation": found}
    return pages.render(request, "offers/appeal.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("mine/<slug:public_id>/appeal/", appeal, name="appeal"),
    path("mine/waiting/<slug:public_id>/take/", take, name="take"),
    path("mine/waiting/<slug:public_id>/leave/", leave, name="leave"),
    path("<slug:public_id>/items/<slug:item>/queue/", queue, name="queue"),
    path("<slug:public_id>/wish/", wish, name="wish"),
    path("<slug:public_id>/wish/take-back/", take_back, name="take_back"),
    path("<slug:public_id>/draw.json", draw, name="draw"),
]
