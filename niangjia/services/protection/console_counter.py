"""The counter of an agency: take a claim for somebody who came, also for the relative of somebody who died."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.personal_data import consents
from niangjia.platform.requests import idempotency
from niangjia.platform.web import pages
from niangjia.platform.web.fields import IdNumberField, NameField
from niangjia.platform.web.forms import Form, spoken
from niangjia.platform.web.parts import Crumb, Step
from niangjia.services.protection import actions, consent, counter, linked, queries
from niangjia.services.protection.claim_models import Claim
from niangjia.services.protection.forms import CounterPayForm, DetailsForm, WhatForm, initial_of
from niangjia.services.protection.states import ClaimState
from niangjia.services.protection.terms import CoverTerms

STEPS = (_("谁出险"), _("发生了什么"), _("情况和材料"), _("申请人和收款"))
form_page = require_http_methods(["GET", "HEAD", "POST"])


def may_take(actor: Actor) -> bool:
    """Whether the counter is shown at all."""
    return actor.is_staff and bool(actor.grants_of(Role.AGENCY_CLERK))


class WhoForm(Form):
    """The insured person by name and number, and the plan."""

    name = NameField(label=_("被保障人姓名"))
    id_number = IdNumberField(label=_("被保障人身份证件号码"))
    plan = forms.ChoiceField(label=spoken(_("保障方案")))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"].choices = counter.plan_choices()  # type: ignore[attr-defined]


@never_cache
@form_page
@staff_required
def new(request: HttpRequest) -> HttpResponse:
    """Who is it about, and in which plan."""
    actor = actor_of(request)
    counter.may_open(actor).require()
    form = WhoForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            person = counter.insured(actor, given["name"], given["id_number"].number, given["plan"])
            begun = actions.begin(plan_id=person.plan_id, person_id=person.person_id, actor=actor)
            return redirect("protection_console:counter-what", begun.public_id)
        except DomainError as error:
            form.refuse(error)
    return _page(request, None, form, 0, _("谁出险？"))


@never_cache
@form_page
@staff_required
def what(request: HttpRequest, public_id: str) -> HttpResponse:
    """What happened, and when."""
    claim = _draft(request, public_id)
    covers = queries.covers_for_claim(claim.plan, at_counter=True)
    form = WhatForm(request.POST or None, initial={"cover": claim.cover, "event_day": claim.event_day}, covers=covers)
    if request.method == "POST" and form.is_valid():
        try:
            actions.fill(public_id=public_id, actor=actor_of(request), **form.cleaned_data)
            queries.require_placed(actor_of(request), public_id)
            return redirect("protection_console:counter-details", public_id)
        except DomainError as error:
            form.refuse(error)
    return _page(request, claim, form, 1, _("发生了什么？"))


@never_cache
@form_page
@staff_required
def details(request: HttpRequest, public_id: str) -> HttpResponse:
    """The facts that the cover needs, and the papers."""
    claim, actor = _draft(request, public_id), actor_of(request)
    if not claim.cover:
        return redirect("protection_console:counter-what", public_id)
    brought = queries.papers_of(claim)
    form = DetailsForm(
        request.POST or None, request.FILES or None, cover=queries.draft_cover(claim), kinship="other",
        brought=[paper.paper for paper in brought], children=linked.choices(claim),
        hospitals=queries.hospitals_of(claim),
        initial={**initial_of(claim.details), "child": claim.child.public_id if claim.child else ""},
    )  # fmt: skip
    form.fields["paper_kinship"].required = False
    for paper in brought:
        if (name := f"paper_{paper.paper}") in form.fields:
            form.fields[name].required = False
    if request.method == "POST":
        is_right = form.is_valid()
        try:
            if is_right:
                actions.fill(public_id=public_id, actor=actor, told=form.details(), child=form.named_child)
            for paper_kind, upload in form.uploads:  # kept though another answer is wrong: nobody scans them twice
                actions.attach(public_id=public_id, paper=paper_kind, upload=upload, actor=actor)
            if is_right:
                return redirect("protection_console:counter-pay", public_id)
        except DomainError as error:
            form.refuse(error)
        brought = queries.papers_of(claim)
        form.note_brought(paper.paper for paper in brought)
    return _page(request, claim, form, 2, _("情况和材料"), papers=brought)


@require_POST
@staff_required
def remove_paper(request: HttpRequest, public_id: str, file_id: str) -> HttpResponse:
    """Take a paper away while filling in."""
    actions.detach(public_id=public_id, file_id=file_id, actor=actor_of(request))
    return redirect("protection_console:counter-details", public_id)


@never_cache
@form_page
@staff_required
def pay(request: HttpRequest, public_id: str) -> HttpResponse:
    """Who claims, to which card, and sending it."""
    claim = queries.claim_for(actor_of(request), public_id)
    if claim.state != ClaimState.DRAFT:
        return redirect("protection_console:claim", public_id)
    text = consents.current(consent.CODE, get_language() or "")
    initial = {
        "consent_version": text.version, "bank_account": claim.bank_account, "kinship": claim.kinship,
        "claimant_name": claim.claimant_name, "claimant_phone": claim.claimant_phone,
    }  # fmt: skip
    form = CounterPayForm(request.POST or None, initial=initial, insured=claim.person.name, cover=_cover_of(claim))
    if request.method == "POST" and form.is_valid():
        try:
            return HttpResponseRedirect(_send(request, claim, form))
        except DomainError as error:
            form.refuse(error)
    return _page(request, claim, form, 3, _("申请人和收款"), facts=queries.told_facts(claim), consent=text)


def _cover_of(claim: Claim) -> CoverTerms | None:
    """The cover that was chosen; None while that is not right, which sending says."""
    try:
        return queries.draft_cover(claim)
    except DomainError:
        return None


def _send(request: HttpRequest, claim: Claim, form: CounterPayForm) -> str:
    actor, key = actor_of(request), claim.public_id
    names = ("kinship", "claimant_name", "claimant_phone", "bank_account")
    given = {name: form.cleaned_data[name] for name in names}

    def act() -> dict[str, str]:
        actions.fill(public_id=key, actor=actor, **given)
        consents.give(consent.CODE, form.cleaned_data["consent_version"], subject_key=claim.owner_key, actor=actor)
        actions.submit(public_id=key, actor=actor, card_holder=form.cleaned_data["card_holder"])
        return {"url": reverse("protection_console:claim", args=[key])}

    posted = request.POST.get("idempotency_key", "")
    body = {"claim": key}
    result, _again = idempotency.once(key=posted, actor=actor, purpose="protection.counter", body=body, act=act)
    return str(result["url"])


def _draft(request: HttpRequest, public_id: str) -> Claim:
    claim = queries.claim_for(actor_of(request), public_id)
    counter.require_draft(actor_of(request), claim)
    return claim


def _page(request: HttpRequest, claim: Claim | None, form: Any, number: int, title: Any, **more: Any) -> HttpResponse:
    crumbs = [Crumb(_("理赔"), reverse("protection_console:claims")), Crumb(claim.number if claim else _("窗口受理"))]
    context = {
        "claim": claim, "form": form, "title": title, "steps": Step.row(STEPS, number), "crumbs": crumbs,
        "number": number, **more,
    }  # fmt: skip
    return pages.render(request, "protection/console/counter.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("counter/", new, name="counter"),
    path("counter/<slug:public_id>/what/", what, name="counter-what"),
    path("counter/<slug:public_id>/details/", details, name="counter-details"),
    path("counter/<slug:public_id>/pay/", pay, name="counter-pay"),
    path("counter/<slug:public_id>/papers/<slug:file_id>/remove/", remove_paper, name="counter-remove-paper"),
]
