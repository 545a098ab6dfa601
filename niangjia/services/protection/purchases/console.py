"""The console's pages of purchases: buyers order, finance issues the invoice and books what comes in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.commons.rosters import preview
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.money import yuan
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.requests import idempotency
from niangjia.platform.sheets import download
from niangjia.platform.web import moves, pages
from niangjia.platform.web.parts import Crumb, Fact, MoveButton
from niangjia.services.protection import console_queries as staff
from niangjia.services.protection.enrolment import sheets
from niangjia.services.protection.enrolment.kind import KIND
from niangjia.services.protection.enrolment.queries import PREVIEW, opened_rows
from niangjia.services.protection.enrolment.states import Origin
from niangjia.services.protection.purchases import (
    buying,
    console_credits,
    forms,
    invoice,
    picking,
    policies,
    queries,
    remaining,
    settling,
)
from niangjia.services.protection.purchases.models import Purchase, Receipt
from niangjia.services.protection.purchases.states import PURCHASE, RECEIPT, PurchaseEvent, PurchaseState, ReceiptEvent

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@staff_required
def purchase_list(request: HttpRequest) -> HttpResponseBase:
    """The purchases in the actor's sight; exported with ``?export=xlsx``."""
    actor = actor_of(request)
    policies.may_list(actor).require()
    listing = queries.listing(request, actor)
    if "export" in request.GET:
        return listing.export(str(_("团体购买")), lambda rows: None)
    context = {"listing": listing, "may_buy": bool(policies.may_open(actor))}
    return pages.render(request, "protection/purchases/list.html", context)


@form_page
@staff_required
def new(request: HttpRequest) -> HttpResponse:
    """Begin to buy."""
    actor = actor_of(request)
    policies.may_open(actor).require()
    choices = {"unions": queries.unions_for(actor), "plans": queries.plans_sold()}
    form = forms.PurchaseForm(request.POST or None, **choices)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("protection_console:purchase-people", _drafted(request, form, actor))
        except DomainError as error:
            form.refuse(error)
    context = {"form": form, "crumbs": [*_above(), Crumb(_("新购买"))]}
    return pages.render(request, "protection/purchases/new.html", context, status=422 if form.errors else 200)


def _drafted(request: HttpRequest, form: forms.PurchaseForm, actor: Actor) -> str:
    said = form.cleaned_data
    return _once(
        request, "draft", {**said, "from_day": said["from_day"].isoformat()},
        lambda: buying.draft_purchase(actor=actor, **said).public_id,
    )  # fmt: skip


@form_page
@staff_required
def people(request: HttpRequest, public_id: str) -> HttpResponse:
    """Name the people: by a file, or members chosen."""
    actor = actor_of(request)
    found = queries.one_for(actor, public_id)
    policies.may_buy(actor, found).require()
    moves.asked(request, PURCHASE, found.state, PurchaseEvent.ORDER)
    choice, turned = _choice(request, found), "turn" in request.POST
    members = None if choice is None else choice.members
    data, files = (None, None) if turned else (request.POST or None, request.FILES or None)
    form = forms.PeopleForm(data, files, members=members, initial=_carried(choice, turned))
    if request.method == "POST" and not turned and form.is_valid():
        try:
            _name(request, form, found, actor)
            return redirect("protection_console:purchase", public_id)
        except DomainError as error:
            if not error.fields:
                raise
            form.refuse(error)
    context = {"form": form, "purchase": found, "crumbs": _crumbs(found), "choice": choice}
    return pages.render(request, "protection/purchases/people.html", context, status=422 if form.errors else 200)


def _choice(request: HttpRequest, found: Purchase) -> picking.Choice | None:
    """The page of members that is looked at, for whoever may choose some."""
    actor, asked = actor_of(request), request.POST
    if not policies.may_pick(actor, found):
        return None
    page = asked.get("turn", "") if "turn" in asked else asked.get("page", "1")
    try:
        picked = picking.read(asked.get("picked", ""), asked.getlist("people"))
    except DomainError:
        picked = frozenset()
    return picking.shown(actor, found, wanted=asked.get("q", ""), page=page, picked=picked)


def _carried(choice: picking.Choice | None, turned: bool) -> dict[str, Any]:
    if choice is None or not turned:
        return {}
    return {"way": forms.PICKED, "q": choice.wanted, "picked": choice.elsewhere, "people": choice.ticked}


def _name(request: HttpRequest, form: forms.PeopleForm, found: Purchase, actor: Actor) -> None:
    said, public_id = form.cleaned_data, found.public_id
    if said["way"] == forms.FILE:
        upload, digest = said["file"], hashlib.sha256()
        for piece in upload.chunks():
            digest.update(piece)
        upload.seek(0)
        body = {"purchase": public_id, "file": digest.hexdigest()}
        act: Callable[[], Any] = lambda: buying.name_by_file(public_id=public_id, upload=upload, actor=actor)  # noqa: E731
    else:
        chosen = []
        if said["way"] == forms.PICKED:
            chosen = picking.require_members(found, picking.read(said["picked"], said["people"]))
        body = {"purchase": public_id, "people": ",".join(map(str, chosen))}
        act = lambda: buying.name_by_choice(public_id=public_id, people=chosen, actor=actor)  # noqa: E731
    _once(request, "people", body, lambda: act().public_id)


@require_safe
@staff_required
def template(request: HttpRequest) -> HttpResponseBase:
    """The workbook to fill in."""
    policies.may_open(actor_of(request)).require()
    return download.xlsx_response(sheets.template(), name=str(_("参保名单模板")))


@require_safe
@staff_required
def purchase(request: HttpRequest, public_id: str) -> HttpResponse:
    """One purchase: who is on the list, what is owed, what came in, and what may be done."""
    actor = actor_of(request)
    found = queries.one_for(actor, public_id)
    few = buying.obstacle(found)
    may_buy = bool(policies.may_buy(actor, found))
    context = {
        "purchase": found,
        "facts": queries.facts(found),
        "share": queries.share_words(found),
        "obstacle": few.message if few and found.state == PurchaseState.DRAFTED else None,
        "changed": queries.changed(found),
        "at_work": queries.at_work(found),
        "refusal": preview.refusal(found.roster) if found.roster else None,
        "titles": PREVIEW.titles,
        "is_numbered": found.roster is not None and found.roster.origin == Origin.FILE,
        "groups": queries.groups(found) if may_buy else [],
        "buttons": _buttons(actor, found, few.message if few else None),
        **console_credits.shown(actor, found),
        "receipts": [_shown(actor, one) for one in found.receipts.order_by("pk")],
        "has_invoice": hasattr(found, "invoice"),
        "may_name": may_buy and found.state == "drafted",
        "crumbs": _crumbs(found),
        "timeline": staff.history(PURCHASE.name, public_id, {**staff.words_of(PURCHASE), **_BESIDE}, with_reasons=True),
    }
    return pages.render(request, "protection/purchases/purchase.html", context)


_BESIDE: dict[str, Text] = {remaining.RESTATED.rpartition(".")[2]: _("更正职工人数")}
"""What is done to a purchase beside its moves."""


def _buttons(actor: Actor, found: Purchase, few: Text | None) -> list[MoveButton]:
    """What the actor may do here; what a rule forbids is grey, with its sentence."""
    waits = _("请先选定参保的人，等名单核对完。") if found.roster is None or queries.at_work(found) else None
    offered = (
        (PurchaseEvent.ORDER, policies.may_buy(actor, found), waits or few),
        (PurchaseEvent.INVOICE, policies.may_invoice(actor, found), None),
        (PurchaseEvent.CANCEL, policies.may_cancel(actor, found), None),
    )
    shown = []
    for event, decision, why in offered:
        move = PURCHASE.find(found.state, event)
        if move is not None and decision:
            url = reverse("protection_console:purchase-act", args=[found.public_id, event])
            danger = event == PurchaseEvent.CANCEL
            shown.append(MoveButton(move.label, url, why, primary=not danger, danger=danger))
    if settling.owes(found) and policies.may_invoice(actor, found):
        url = reverse("protection_console:purchase-receive", args=[found.public_id])
        shown.insert(0, MoveButton(_("登记收款"), url, primary=True))
    if remaining.is_asked(found) and policies.may_buy(actor, found):
        url = reverse("protection_console:purchase-headcount", args=[found.public_id])
        shown.insert(0, MoveButton(_("更正职工人数"), url, primary=True))
    return shown


def _shown(actor: Actor, receipt: Receipt) -> dict[str, Any]:
    buttons = []
    for event in (ReceiptEvent.CONFIRM, ReceiptEvent.REJECT):
        move, decision = RECEIPT.find(receipt.state, event), policies.may_confirm(actor, receipt)
        if move is not None and (decision or decision.code == "FOUR_EYES"):
            url = reverse("protection_console:receipt-act", args=[receipt.public_id, event])
            buttons.append(MoveButton(move.label, url, decision.refusal, primary=event == ReceiptEvent.CONFIRM))
    return {"receipt": receipt, "buttons": buttons}


@form_page
@staff_required
def act(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """Order, invoice or cancel, after saying what follows."""
    actor = actor_of(request)
    found = queries.one_for(actor, public_id)
    allowed: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
        PurchaseEvent.ORDER.value: (policies.may_buy, buying.order_purchase),
        PurchaseEvent.INVOICE.value: (policies.may_invoice, settling.invoice_purchase),
        PurchaseEvent.CANCEL.value: (policies.may_cancel, buying.cancel_purchase),
    }
    if event not in allowed:
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    may, do = allowed[event]
    may(actor, found).require()
    cancels = event == PurchaseEvent.CANCEL
    form = forms.CancelForm(request.POST or None, refund=found.received_fen > 0) if cancels else None
    move = moves.asked(request, PURCHASE, found.state, event)
    return _moved(request, found, move, form, do, queries.facts(found), found.public_id)


@form_page
@staff_required
def receipt_act(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """Confirm or reject a sum that was recorded."""
    actor = actor_of(request)
    found = queries.receipt_for(actor, public_id)
    if event not in (ReceiptEvent.CONFIRM, ReceiptEvent.REJECT):
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    policies.may_confirm(actor, found).require()
    rejects = event == ReceiptEvent.REJECT
    form = forms.ReasonForm(request.POST or None) if rejects else None
    do: Callable[..., Any] = settling.reject_receipt if rejects else settling.confirm_receipt
    facts = [
        Fact(_("购买单位"), found.purchase.title),
        Fact(_("金额"), yuan(found.fen)),
        Fact(_("银行流水号"), found.bank_reference),
    ]
    move = moves.asked(request, RECEIPT, found.state, event)
    return _moved(request, found.purchase, move, form, do, facts, public_id)


def _moved(
    request: HttpRequest, found: Purchase, move: Any, form: Any, do: Callable[..., Any], facts: Any, key: str
) -> HttpResponse:
    back = reverse("protection_console:purchase", args=[found.public_id])

    def act() -> Any:
        given = form.cleaned_data if form else {}
        return moves.once(
            request, f"protection.{move.event}", lambda: do(public_id=key, actor=actor_of(request), **given)
        )

    if request.method == "POST" and moves.make(form, act) is not None:
        messages.success(request, str(_("{number}：{label}", number=found.number, label=move.label)))
        return redirect(back)
    context = {
        "title": move.label, "consequence": move.consequence, "facts": facts, "form": form, "action": move.label,
        "danger": form is not None, "is_console": True, "crumbs": _crumbs(found), "back_url": back,
    }  # fmt: skip
    return pages.render(request, "web/confirm.html", context, status=422 if form is not None and form.errors else 200)


@form_page
@staff_required
def headcount(request: HttpRequest, public_id: str) -> HttpResponse:
    """State the headcount anew, so that protection begins for those who remain."""
    actor = actor_of(request)
    found = queries.one_for(actor, public_id)
    policies.may_buy(actor, found).require()
    form = forms.HeadcountForm(request.POST or None, initial={"headcount": found.headcount})
    back = reverse("protection_console:purchase", args=[public_id])

    def act() -> Any:
        return moves.once(
            request, "protection.restate_headcount",
            lambda: remaining.restate_headcount(public_id=public_id, actor=actor, **form.cleaned_data),
        )  # fmt: skip

    if request.method == "POST" and moves.make(form, act) is not None:
        messages.success(request, str(_("已更正职工人数，马上按现在的名单起保。")))
        return redirect(back)
    changed = queries.changed(found)
    return moves.confirm(
        request, form, title=_("更正职工人数"), consequence=changed.why if changed else None, back_url=back,
        facts=queries.facts(found), is_console=True, crumbs=[*_crumbs(found), Crumb(_("更正职工人数"))],
    )  # fmt: skip


@form_page
@staff_required
def receive(request: HttpRequest, public_id: str) -> HttpResponse:
    """Record a sum that came in."""
    actor = actor_of(request)
    found = queries.one_for(actor, public_id)
    policies.may_invoice(actor, found).require()
    form = forms.ReceiptForm(request.POST or None, awaited=settling.awaited_fen(found))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        body = {"purchase": public_id, **said, "received_on": said["received_on"].isoformat()}
        try:
            _once(
                request, "receive", body,
                lambda: settling.record_receipt(public_id=public_id, actor=actor, **said).public_id,
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, str(_("已登记，等另一位同事复核入账。")))
            return redirect("protection_console:purchase", public_id)
    context = {"form": form, "purchase": found, "facts": queries.facts(found), "crumbs": _crumbs(found)}
    return pages.render(request, "protection/purchases/receive.html", context, status=422 if form.errors else 200)


@require_safe
@staff_required
def invoice_pdf(request: HttpRequest, public_id: str) -> HttpResponse:
    """The invoice to print."""
    found = queries.one_for(actor_of(request), public_id)
    if not hasattr(found, "invoice"):
        raise NotFound("NO_INVOICE", _("这次购买还没有开票。"))
    return invoice.response(found)


@require_safe
@staff_required
def returned(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The rows that cannot be insured as a workbook, each with its reason."""
    actor = actor_of(request)
    found = queries.one_for(actor, public_id)
    policies.may_buy(actor, found).require()
    if found.roster is None:
        raise NotFound("NOT_FOUND", _("没有找到这份名单。"))
    rows = KIND.rows_of(found.roster).filter(outcome__in=KIND.bad).order_by("number")
    with transaction.atomic():
        given = opened_rows(found.roster, rows, actor)
        preview.note_export(KIND, found.roster, actor, rows=rows.count(), everything=False)
        book = preview.returned(KIND, found.roster, given)
    return download.xlsx_response(book, name=f"{found.number}-{_('需要改正')}")


def _once(request: HttpRequest, what: str, body: dict[str, Any], do: Callable[[], str]) -> str:
    key, purpose = request.POST.get("idempotency_key", ""), f"protection.purchase_{what}"
    return idempotency.once_made(key=key, actor=actor_of(request), purpose=purpose, body=body, make=do)


def _above() -> list[Crumb]:
    return [Crumb(_("团体购买"), reverse("protection_console:purchases"))]


def _crumbs(found: Purchase) -> list[Crumb]:
    return [*_above(), Crumb(found.number, reverse("protection_console:purchase", args=[found.public_id]))]


urlpatterns = [
    path("purchases/", purchase_list, name="purchases"),
    path("purchases/new/", new, name="purchase-new"),
    path("purchases/template/", template, name="purchase-template"),
    *console_credits.urlpatterns,
    path("purchases/<slug:public_id>/", purchase, name="purchase"),
    path("purchases/<slug:public_id>/people/", people, name="purchase-people"),
    path("purchases/<slug:public_id>/returned/", returned, name="purchase-returned"),
    path("purchases/<slug:public_id>/receive/", receive, name="purchase-receive"),
    path("purchases/<slug:public_id>/headcount/", headcount, name="purchase-headcount"),
    path("purchases/<slug:public_id>/invoice.pdf", invoice_pdf, name="purchase-invoice"),
    path("purchases/<slug:public_id>/<slug:event>/", act, name="purchase-act"),
    path("receipts/<slug:public_id>/<slug:event>/", receipt_act, name="receipt-act"),
]
