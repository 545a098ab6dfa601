"""The member's pages: my protection, a claim in three short pages, its progress, supplying, withdrawing, appealing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import Text, _
from niangjia.platform import files
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.personal_data import consents
from niangjia.platform.requests import idempotency
from niangjia.platform.web import pages
from niangjia.platform.web.parts import Fact, Step
from niangjia.services.protection import actions, consent, leaflets, linked, queries
from niangjia.services.protection.claim_models import Claim
from niangjia.services.protection.enrolment import portal as enrolment
from niangjia.services.protection.forms import AppealForm, DetailsForm, PayForm, SupplyForm, WhatForm, initial_of
from niangjia.services.protection.states import WITH_CLAIMANT, ClaimState

app_name = "protection"
STEPS = (_("发生了什么"), _("情况和材料"), _("收款和核对"))
form_page = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@require_safe
@member_required
def home(request: HttpRequest) -> HttpResponse:
    """What I am insured for, and my claims."""
    actor = actor_of(request)
    context = {"enrolments": queries.own_enrolments(actor), "claims": queries.own_claims(actor)}
    return pages.render(request, "protection/home.html", context)


@never_cache
@form_page
@member_required
def start(request: HttpRequest, code: str) -> HttpResponse:
    """What one needs before starting; POST begins, or goes on with what was begun."""
    plan = queries.own_plan(actor_of(request), code)
    if request.method == "POST":
        claim = actions.begin(plan_id=plan.pk, actor=actor_of(request))
        return redirect("protection:what", claim.public_id)
    context = {"plan": plan, "covers": queries.covers_for_claim(plan), "begun": queries.begun(actor_of(request), plan)}
    return pages.render(request, "protection/start.html", context)


@never_cache
@form_page
@member_required
def what(request: HttpRequest, public_id: str) -> HttpResponse:
    """Page one."""
    claim = queries.claim_for(actor_of(request), public_id)
    if claim.state != ClaimState.DRAFT:
        return redirect("protection:progress", public_id)
    initial = {"cover": claim.cover, "event_day": claim.event_day}
    form = WhatForm(request.POST or None, initial=initial, covers=queries.covers_for_claim(claim.plan))
    if request.method == "POST" and form.is_valid():
        try:
            actions.fill(public_id=public_id, actor=actor_of(request), **form.cleaned_data)
            queries.require_placed(actor_of(request), public_id)
        except DomainError as error:
            form.refuse(error)
        else:
            return redirect("protection:details", public_id)
    context = {"form": form, "title": _("发生了什么？"), "number": 0, "claim": claim}
    return _step(request, "protection/step.html", context, form)


@never_cache
@form_page
@member_required
def details(request: HttpRequest, public_id: str) -> HttpResponse:
    """Page two: only what this cover needs, and its papers; each file is kept as it comes."""
    claim = queries.claim_for(actor_of(request), public_id)
    if claim.state != ClaimState.DRAFT or not claim.cover:
        return redirect("protection:what", public_id)
    brought = queries.papers_of(claim)
    form = DetailsForm(
        request.POST or None,
        request.FILES or None,
        cover=queries.draft_cover(claim),
        brought=[paper.paper for paper in brought],
        kinship=claim.kinship,
        children=linked.choices(claim),
        hospitals=queries.hospitals_of(claim),
        initial={**initial_of(claim.details), "child": claim.child.public_id if claim.child else ""},
    )
    if request.method == "POST":
        is_right = form.is_valid()
        try:
            _keep(request, claim, form, told=is_right)
            brought = queries.papers_of(claim)
            form.note_brought(paper.paper for paper in brought)
            if is_right and "stay" in request.POST:
                return redirect("protection:details", public_id)
            if is_right and form.is_complete([paper.paper for paper in brought]):
                return redirect("protection:pay", public_id)
        except DomainError as error:
            form.refuse(error)
    context = {"form": form, "title": _("情况和材料"), "number": 1, "claim": claim, "papers": brought, "is_files": True}
    return _step(request, "protection/step.html", context, form)


def _keep(request: HttpRequest, claim: Claim, form: DetailsForm, *, told: bool) -> None:
    """What was told, where it is right; what was photographed in any case, for nobody takes the pictures twice."""
    actor = actor_of(request)
    if told:
        actions.fill(public_id=claim.public_id, actor=actor, told=form.details(), child=form.named_child)
    for paper, upload in form.uploads:
        actions.attach(public_id=claim.public_id, paper=paper, upload=upload, actor=actor)


@never_cache
@form_page
@member_required
def pay(request: HttpRequest, public_id: str) -> HttpResponse:
    """Page three: the card, the summary, the consent, and sending it."""
    claim = queries.claim_for(actor_of(request), public_id)
    if claim.state != ClaimState.DRAFT:
        return _sent_already(request, claim)
    if request.method != "POST" and not claim.cover:
        return redirect("protection:what", public_id)
    text = consents.current(consent.CODE, get_language() or "")
    initial = {
        "consent_version": text.version, "bank_account": claim.bank_account, "card_holder": claim.payee_name,
    }  # fmt: skip
    form = PayForm(request.POST or None, initial=initial, payee=claim.payee_name)
    if request.method == "POST" and form.is_valid():
        try:
            return HttpResponseRedirect(_send(request, claim, form))
        except DomainError as error:
            form.refuse(error)
    context = {
        "form": form,
        "claim": claim,
        "facts": _summary(claim),
        "consent": text,
        "number": 2,
    }
    return _step(request, "protection/pay.html", context, form)


def _send(request: HttpRequest, claim: Claim, form: PayForm) -> str:
    actor, key = actor_of(request), claim.public_id

    def act() -> dict[str, str]:
        actions.fill(public_id=key, actor=actor, bank_account=form.cleaned_data["bank_account"])
        consents.give(consent.CODE, form.cleaned_data["consent_version"], subject_key=claim.owner_key, actor=actor)
        actions.submit(public_id=key, actor=actor, card_holder=form.cleaned_data["card_holder"])
        return {"url": f"{reverse('protection:progress', args=[key])}?new"}

    body = {"claim": key}
    posted = request.POST.get("idempotency_key", "")
    result, _again = idempotency.once(key=posted, actor=actor, purpose="protection.submit", body=body, act=act)
    return str(result["url"])


def _sent_already(request: HttpRequest, claim: Claim) -> HttpResponse:
    """A second tap comes when it is sent: it gets the receipt of the first."""
    fresh = "?new" if request.method == "POST" else ""
    return HttpResponseRedirect(reverse("protection:progress", args=[claim.public_id]) + fresh)


@never_cache
@require_safe
@member_required
def progress(request: HttpRequest, public_id: str) -> HttpResponse:
    """The receipt, where the claim stands, and how the sum came about."""
    claim = queries.claim_for(actor_of(request), public_id)
    if claim.state == ClaimState.DRAFT:
        return redirect("protection:what", public_id)
    context = {
        "claim": claim,
        "progress": queries.progress(claim),
        "facts": queries.told_facts(claim),
        "sum": queries.sum_of(claim),
        "papers": queries.papers_of(claim),
        "fresh": "new" in request.GET,
    }
    return pages.render(request, "protection/progress.html", context)


@never_cache
@require_safe
@member_required
def paper(request: HttpRequest, public_id: str, file_id: str) -> HttpResponse:
    """A paper that I brought."""
    content = files.read(queries.paper_for(actor_of(request), public_id, file_id))
    return HttpResponse(content.data, headers=content.headers)


@require_POST
@member_required
def remove_paper(request: HttpRequest, public_id: str, file_id: str) -> HttpResponse:
    """Take a paper away while filling in."""
    actions.detach(public_id=public_id, file_id=file_id, actor=actor_of(request))
    return redirect("protection:details", public_id)


@never_cache
@form_page
@member_required
def supply(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give what was asked for."""
    claim = queries.claim_for(actor_of(request), public_id)
    if claim.state not in WITH_CLAIMANT:
        return redirect("protection:progress", public_id)
    form = SupplyForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            _supply(request, public_id, form)
            return redirect("protection:progress", public_id)
        except DomainError as error:
            form.refuse(error)
    context = {"form": form, "claim": claim, "asked": queries.last_words(claim, "ask_more")}
    return pages.render(request, "protection/supply.html", context, status=422 if form.errors else 200)


def _supply(request: HttpRequest, public_id: str, form: SupplyForm) -> None:
    from django.db import transaction

    actor = actor_of(request)
    with transaction.atomic():
        for upload in form.cleaned_data["photos"]:
            kind = form.cleaned_data["paper"] or "other"
            actions.attach(public_id=public_id, paper=kind, upload=upload, actor=actor)
        actions.supply(public_id=public_id, note=form.cleaned_data["note"], actor=actor)


@form_page
@member_required
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take it back, after saying what follows."""
    claim = queries.claim_for(actor_of(request), public_id)
    if request.method == "POST":
        actions.withdraw(public_id=public_id, actor=actor_of(request))
        return redirect("protection:home")
    move = claim.MACHINE.require(claim.state, "withdraw")
    return _confirm(request, claim, move.label, move.consequence, danger=True)


@form_page
@member_required
def appeal(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask once for another answer."""
    claim = queries.claim_for(actor_of(request), public_id)
    form = AppealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.lodge(public_id=public_id, ground=form.cleaned_data["ground"], actor=actor_of(request))
            return redirect("protection:progress", public_id)
        except DomainError as error:
            form.refuse(error)
    consequence = _("申诉只有一次，由没有办过这份理赔的另一位审核员决定。")
    return _confirm(request, claim, _("提出申诉"), consequence, form=form)


@require_safe
@member_required
def leaflet(request: HttpRequest, public_id: str) -> HttpResponse:
    """The terms of a version, in words, out of the rows that judge."""
    version = queries.version_for(actor_of(request), public_id)
    context = {"version": version, "leaflet": leaflets.leaflet_of(version)}
    return pages.render(request, "protection/leaflet.html", context)


@require_safe
@member_required
def leaflet_pdf(request: HttpRequest, public_id: str) -> HttpResponse:
    """The same as a PDF to print."""
    return leaflets.response(queries.version_for(actor_of(request), public_id))


def _summary(claim: Claim) -> list[Fact]:
    what_url, details_url = (reverse(f"protection:{name}", args=[claim.public_id]) for name in ("what", "details"))
    facts = queries.told_facts(claim)
    return [Fact(fact.label, fact.value, what_url if number < 2 else details_url) for number, fact in enumerate(facts)]


def _step(request: HttpRequest, template: str, context: Mapping[str, Any], form: Any) -> HttpResponse:
    number = int(context["number"])
    whole = {**context, "steps": Step.row(STEPS, number)}
    return pages.render(request, template, whole, status=422 if form.errors else 200)


def _confirm(
    request: HttpRequest,
    claim: Claim,
    title: Text,
    consequence: Text | None,
    *,
    form: Any = None,
    danger: bool = False,
) -> HttpResponse:
    context = {
        "base_template": "web/portal_task.html",
        "title": title,
        "consequence": consequence,
        "form": form,
        "action": title,
        "back_url": reverse("protection:progress", args=[claim.public_id]),
        "danger": danger,
    }
    return pages.render(request, "web/confirm.html", context, status=422 if form is not None and form.errors else 200)


urlpatterns = [
    path("", home, name="home"),
    *enrolment.urlpatterns,
    path("plans/<slug:code>/claim/", start, name="start"),
    path("versions/<slug:public_id>/", leaflet, name="leaflet"),
    path("versions/<slug:public_id>/leaflet.pdf", leaflet_pdf, name="leaflet-pdf"),
    path("claims/<slug:public_id>/", progress, name="progress"),
    path("claims/<slug:public_id>/what/", what, name="what"),
    path("claims/<slug:public_id>/details/", details, name="details"),
    path("claims/<slug:public_id>/pay/", pay, name="pay"),
    path("claims/<slug:public_id>/supply/", supply, name="supply"),
    path("claims/<slug:public_id>/withdraw/", withdraw, name="withdraw"),
    path("claims/<slug:public_id>/appeal/", appeal, name="appeal"),
    path("claims/<slug:public_id>/papers/<slug:file_id>/", paper, name="paper"),
    path("claims/<slug:public_id>/papers/<slug:file_id>/remove/", remove_paper, name="remove-paper"),
]
