"""The officers' pages about who has something: reservations, extra pieces, draws, appeals; and who supplies it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from niangjia.commons.people.cards.queries import resolve
from niangjia.commons.people.models import Person
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.errors import NotAllowed, NotFound
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.web import dates, pages
from niangjia.platform.web.parts import Fact, MoveButton
from niangjia.services.offers import actions, policies
from niangjia.services.offers.campaign import extra, suppliers
from niangjia.services.offers.chances import drawing
from niangjia.services.offers.desk import lists, queries
from niangjia.services.offers.desk.forms import ExtraForm, ReasonForm, SupplierForm
from niangjia.services.offers.desk.parts import address, crumbs, once, require_run, submit
from niangjia.services.offers.models import Appeal, Campaign, Cell, Reservation, Supplier, Wish
from niangjia.services.offers.rush.catalogue import Choice
from niangjia.services.offers.states import APPEAL, RESERVATION, AppealEvent, ReservationEvent, WishState

form_page = require_http_methods(["GET", "HEAD", "POST"])


# Reservations


@require_safe
@staff_required
def reservation_list(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Who has reserved, masked; exported with ``?export=xlsx``, each person written down as looked at."""
    campaign = queries.campaign_for(actor_of(request), public_id)
    listing = lists.reservations(request, campaign)
    if "export" in request.GET:
        return listing.export(
            f"{campaign.title}-{_('预约')}",
            lambda rows: lists.export_reservations(actor_of(request), campaign, rows),
        )
    context = {"campaign": campaign, "listing": listing, "crumbs": crumbs(campaign, _("预约名单"))}
    return pages.render(request, "offers/console/reservations.html", context)


@require_POST
@staff_required
def find(request: HttpRequest, public_id: str) -> HttpResponse:
    """Go to the reservation with this number, or of the holder of this card; no number stands in an address."""
    campaign = queries.campaign_for(actor_of(request), public_id)
    row = lists.find(actor_of(request), campaign, request.POST.get("q", "").replace("\x00", ""))
    if row is not None:
        return redirect("offers_console:reservation", row.public_id)
    messages.warning(request, str(_("这个活动里没有找到。请核对预约编号或 16 位会员卡号。")))
    return redirect(address("reservations", campaign))


@require_safe
@staff_required
def reservation(request: HttpRequest, public_id: str) -> HttpResponse:
    """One reservation. Opening it is written down where the member can see it."""
    row = queries.open_reservation(actor_of(request), public_id)
    appeals = Appeal.objects.filter(reservation=row).first()
    context = {
        "row": row,
        "campaign": row.campaign,
        "crumbs": crumbs(row.campaign, row.number),
        "facts": queries.reservation_facts(row),
        "timeline": queries.reservation_timeline(row),
        "buttons": _reservation_buttons(request, row),
        "appeal": appeals,
    }
    return pages.render(request, "offers/console/reservation.html", context)


def _reservation_buttons(request: HttpRequest, row: Reservation) -> list[MoveButton]:
    step = RESERVATION.find(row.state, ReservationEvent.REVOKE)
    if step is None:
        return []
    decision = policies.may_run(actor_of(request), row.campaign.union_id)
    url = reverse("offers_console:revoke", args=[row.public_id])
    return [MoveButton(step.label, url, None if decision else decision.refusal, danger=True)]


@form_page
@staff_required
def revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make a reservation void, with a reason that the member reads."""
    row = queries.reservation_for(actor_of(request), public_id)
    policies.may_run(actor_of(request), row.campaign.union_id).require()
    step = RESERVATION.require(row.state, ReservationEvent.REVOKE)
    form = ReasonForm(request.POST or None)
    back = reverse("offers_console:reservation", args=[public_id])
    if submit(request, form, lambda: actions.revoke(public_id=public_id, actor=actor_of(request), **form.cleaned_data)):
        messages.success(request, str(_("{number} 已作废，会员会收到通知。", number=row.number)))
        return redirect(back)
    context = {
        "title": step.label,
        "consequence": step.consequence,
        "facts": queries.reservation_facts(row)[:5],
        "form": form,
        "action": step.label,
        "danger": True,
        "back_url": back,
    }
    return pages.render(request, "web/confirm.html", context, status=422 if form.errors else 200)


# Extra pieces


@form_page
@staff_required
def extra_piece(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give one person a piece beyond the stock."""
    campaign = queries.campaign_for(actor_of(request), public_id)
    require_run(request, campaign)
    cells = _cells_ahead(campaign)
    form = ExtraForm(request.POST or None, places=_places(cells))

    def act() -> dict[str, Any]:
        person = Person.objects.get(pk=resolve(form.cleaned_data["person"], actor=actor_of(request)).person_id)
        return once(request, "offers.give_extra", lambda: {"id": _given(request, campaign, cells, form, person)})

    made = submit(request, form, act)
    if made is not None:
        messages.success(request, str(_("已额外给出 1 份，会员会收到通知。")))
        return redirect("offers_console:reservation", made["id"])
    context = {
        "title": _("额外给 1 份"),
        "consequence": _("在公布的名额之外加 1 份给这位会员，单独记数，活动页列出是谁、为什么加的。"),
        "facts": [Fact(_("活动"), campaign.title)],
        "form": form,
        "action": _("给出这 1 份"),
        "back_url": address("campaign", campaign),
    }
    return pages.render(request, "web/confirm.html", context, status=422 if form.errors else 200)


def _cells_ahead(campaign: Campaign) -> dict[str, Cell]:
    """What may still be collected, by the value of its option."""
    cells = Cell.objects.filter(campaign=campaign, day__gte=clock.today(), item__withdrawn_at=None)
    rows = cells.select_related("item", "site").order_by("item__position", "site__name", "day")
    return {f"{cell.pk}": cell for cell in rows}


def _places(cells: dict[str, Cell]) -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for value, cell in cells.items():
        groups.setdefault(cell.item.name, []).append((value, f"{cell.item.name} · {cell.site.name} · {cell.day}"))
    return list(groups.items())


def _given(request: HttpRequest, campaign: Campaign, cells: dict[str, Cell], form: ExtraForm, person: Person) -> str:
    cell = cells[form.cleaned_data["place"]]
    choice = Choice(cell.item.public_id, cell.site.public_id, cell.day)
    made = extra.give_extra(
        campaign=campaign.public_id, choice=choice, person=person.public_id,
        reason=form.cleaned_data["reason"], actor=actor_of(request),
    )  # fmt: skip
    return made.public_id


# Draws


@form_page
@staff_required
def draw(request: HttpRequest, public_id: str) -> HttpResponse:
    """How a draw stands: what was promised, who entered, and, once it ran, how to check it again."""
    campaign = _draw_campaign(request, public_id)
    if request.method == "POST":
        require_run(request, campaign)
        actions.draw(campaign=public_id, actor=actor_of(request))
        messages.success(request, str(_("抽签完成，填报志愿的会员都会收到结果。")))
        return redirect(address("draw", campaign))
    states = dict(Wish.objects.filter(campaign=campaign).order_by().values_list("state").annotate(Count("pk")))
    context = {
        "campaign": campaign,
        "crumbs": crumbs(campaign, _("抽签")),
        "facts": _draw_facts(campaign, states),
        "entered": states.get(WishState.ENTERED, 0),
        "refusal": _no_draw_yet(request, campaign),
    }
    return pages.render(request, "offers/console/draw.html", context)


def _draw_campaign(request: HttpRequest, public_id: str) -> Campaign:
    campaign = queries.campaign_for(actor_of(request), public_id)
    if not campaign.is_draw:
        raise NotFound("NOT_FOUND", _("这个活动不抽签。"))
    return campaign


def _draw_facts(campaign: Campaign, states: dict[str, int]) -> list[Fact]:
    entrants = sum(count for state, count in states.items() if state != WishState.TAKEN_BACK)
    drawn = (
        [
            Fact(_("抽签时间"), dates.moment(campaign.drawn_at)),
            Fact(_("抽中"), f"{states.get(WishState.WON, 0):,}"),
            Fact(_("未抽中"), f"{states.get(WishState.LOST, 0):,}"),
        ]
        if campaign.drawn_at
        else []
    )
    return [
        Fact(_("截止填志愿"), dates.moment(campaign.wishes_until)),
        Fact(_("填报志愿的会员"), f"{entrants:,}"),
        Fact(_("撤回的"), f"{states.get(WishState.TAKEN_BACK, 0):,}"),
        *drawn,
        Fact(
            _("承诺值"),
            campaign.draw_commitment or _("发布时生成"),
            note=_("发布时公布的密数的 SHA-256。抽签以后公布密数，任何人都能核对没有换过。"),
        ),
    ]


def _no_draw_yet(request: HttpRequest, campaign: Campaign) -> Text | None:
    if campaign.drawn_at is not None:
        return _("已经抽过签。")
    decision = policies.may_run(actor_of(request), campaign.union_id)
    if not decision:
        return decision.refusal
    if campaign.wishes_until is not None and clock.now() < campaign.wishes_until:
        return _("{moment} 截止填志愿，到时自动抽签，不用操作。", moment=dates.moment(campaign.wishes_until))
    return None


@require_safe
@staff_required
def draw_file(request: HttpRequest, public_id: str) -> HttpResponse:
    """The file by which anybody re-checks the draw; members download the same."""
    campaign = _draw_campaign(request, public_id)
    text = json.dumps(drawing.published(campaign), ensure_ascii=False, indent=1)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="draw-{campaign.public_id}.json"'
    return response


# Appeals


@require_safe
@staff_required
def appeal(request: HttpRequest, public_id: str) -> HttpResponse:
    """An appeal with what the member says and what else was not collected."""
    found = queries.appeal_for(actor_of(request), public_id)
    row = queries.open_reservation(actor_of(request), found.reservation.public_id)
    context = {
        "appeal": found,
        "row": row,
        "crumbs": crumbs(row.campaign, _("申诉")),
        "facts": queries.reservation_facts(row),
        "others": queries.no_shows_of(row),
        "timeline": queries.reservation_timeline(row),
        "buttons": _appeal_buttons(request, found),
    }
    return pages.render(request, "offers/console/appeal.html", context)


def _appeal_buttons(request: HttpRequest, found: Appeal) -> list[MoveButton]:
    decision = policies.may_run(actor_of(request), found.reservation.campaign.union_id)
    steps = [APPEAL.find(found.state, event) for event in (AppealEvent.ACCEPT_APPEAL, AppealEvent.REFUSE_APPEAL)]
    return [
        MoveButton(
            step.label,
            reverse("offers_console:answer", args=[found.public_id, step.event]),
            None if decision else decision.refusal,
            primary=step.event == AppealEvent.ACCEPT_APPEAL,
            danger=step.event == AppealEvent.REFUSE_APPEAL,
        )
        for step in steps
        if step
    ]


@form_page
@staff_required
def answer(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """Accept or refuse an appeal."""
    found = queries.appeal_for(actor_of(request), public_id)
    if event not in (AppealEvent.ACCEPT_APPEAL, AppealEvent.REFUSE_APPEAL):
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    require_run(request, found.reservation.campaign)
    step = APPEAL.require(found.state, event)
    act: Callable[..., Appeal] = actions.accept_appeal if event == AppealEvent.ACCEPT_APPEAL else actions.refuse_appeal
    form = ReasonForm(request.POST or None) if step.needs_reason else None
    values = {"public_id": public_id, "actor": actor_of(request)}
    if form is not None:
        done = submit(request, form, lambda: act(**values, **form.cleaned_data))
    else:
        done = act(**values) if request.method == "POST" else None
    if done is not None:
        messages.success(request, str(_("{label}，会员会收到通知。", label=step.label)))
        return redirect("offers_console:appeal", public_id)
    context = {
        "title": step.label,
        "consequence": step.consequence,
        "facts": [Fact(_("原因"), found.cause_label), Fact(_("说明"), found.text or _("没有写"))],
        "form": form,
        "action": step.label,
        "danger": event == AppealEvent.REFUSE_APPEAL,
        "back_url": reverse("offers_console:appeal", args=[public_id]),
    }
    return pages.render(request, "web/confirm.html", context, status=422 if form is not None and form.errors else 200)


# Suppliers


@require_safe
@staff_required
def supplier_list(request: HttpRequest) -> HttpResponseBase:
    """The suppliers in the actor's reach."""
    queries.may_read(actor_of(request)).require()
    running = queries.running_unions(actor_of(request))
    listing = lists.suppliers(request, {code for code, _name in running})
    if "export" in request.GET:
        return listing.export(str(_("供货单位")), lambda rows: None)
    context = {
        "listing": listing,
        "crumbs": crumbs(None, _("供货单位")),
        "may_run": bool(running),
    }
    return pages.render(request, "offers/console/suppliers.html", context)


@form_page
@staff_required
def supplier_new(request: HttpRequest) -> HttpResponse:
    """A new supplier."""
    unions = queries.running_unions(actor_of(request))
    if not unions:
        raise NotAllowed("NO_OFFICE_HERE", _("您没有办理活动的职务，不能添加供货单位。"))
    form = SupplierForm(request.POST or None, unions=unions, initial={"union": unions[0][0], "kind": "firm"})

    def act() -> Supplier:
        union = Union.objects.get(code=form.cleaned_data["union"])
        return suppliers.add_supplier(union_id=union.pk, data=form.data_of(), actor=actor_of(request))

    return _supplier_page(request, form, act, _("添加供货单位"))


@form_page
@staff_required
def supplier(request: HttpRequest, public_id: str) -> HttpResponse:
    """Correct a supplier."""
    found = suppliers.visible_suppliers(actor_of(request)).select_related("union").filter(public_id=public_id).first()
    if found is None:
        raise suppliers.no_supplier()
    policies.may_run(actor_of(request), found.union_id).require()
    kept = {"union": found.union.code, "name": found.name, "kind": found.kind or "other", "contact": found.contact}
    form = SupplierForm(request.POST or None, unions=[(found.union.code, found.union.name)], initial=kept)

    def act() -> Supplier:
        return suppliers.revise_supplier(public_id=public_id, data=form.data_of(), actor=actor_of(request))

    return _supplier_page(request, form, act, found.name)


def _supplier_page(
    request: HttpRequest, form: SupplierForm, act: Callable[[], Supplier], title: Text | str
) -> HttpResponse:
    done = submit(request, form, act)
    if done is not None:
        messages.success(request, str(_("“{name}”已保存。", name=done.name)))
        return redirect("offers_console:suppliers")
    context = {
        "title": title,
        "form": form,
        "action": _("保存"),
        "back_url": reverse("offers_console:suppliers"),
    }
    return pages.render(request, "web/confirm.html", context, status=422 if form.errors else 200)
