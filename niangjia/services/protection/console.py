"""The officers' pages of claims: the list, one claim with papers and sum, a page for each answer, the counter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from niangjia.kernel.errors import DomainError, NotAllowed, NotFound
from niangjia.kernel.money import yuan
from niangjia.kernel.text import _
from niangjia.platform import files
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.personal_data.masks import mask_name
from niangjia.platform.web import moves, pages, saved
from niangjia.platform.web.parts import Crumb, Fact, MoveButton
from niangjia.services.protection import (
    actions,
    console_condolences,
    console_counter,
    console_drafts,
    console_plans,
    lists,
    policies,
    queries,
)
from niangjia.services.protection import console_queries as staff
from niangjia.services.protection.claim_models import Claim
from niangjia.services.protection.enrolment import console as enrolment
from niangjia.services.protection.enrolment import enrolled
from niangjia.services.protection.forms import DetailsForm, ReasonForm, initial_of
from niangjia.services.protection.purchases import console as purchases
from niangjia.services.protection.purchases import queries as purchase_queries
from niangjia.services.protection.states import CLAIM, AppealEvent, ClaimEvent, ClaimState

app_name = "protection_console"
saved.register(lists.CLAIMS, "protection_console:claims")
saved.register(lists.CONDOLENCES, "protection_console:condolences")
saved.register(enrolled.LIST, "protection_console:enrolments")
saved.register(purchase_queries.LIST, "protection_console:purchases")
form_page = require_http_methods(["GET", "HEAD", "POST"])
_WITH_REASON: dict[str, Callable[..., Any]] = {
    ClaimEvent.ASK_MORE: actions.ask_more,
    ClaimEvent.REFUSE: actions.refuse,
}
_PLAIN: dict[str, Callable[..., Any]] = {
    ClaimEvent.CONFIRM_UNIT: actions.confirm_unit,
    ClaimEvent.CHECK: actions.check,
    ClaimEvent.REVIEW: actions.review,
    ClaimEvent.APPROVE: actions.approve,
}
_CORRECTABLE = (ClaimState.UNIT_CONFIRMED, ClaimState.AGENCY_CHECKED, ClaimState.OFFICE_REVIEW)


@require_safe
@staff_required
def claim_list(request: HttpRequest) -> HttpResponseBase:
    """The claims in the actor's reach; exported with ``?export=xlsx``."""
    actor = actor_of(request)
    policies.may_list_claims(actor).require()
    listing = lists.claims(request)
    if "export" in request.GET:
        return listing.export(str(_("理赔申请")), lambda rows: lists.exported(actor, lists.CLAIMS, rows))
    context = {"listing": listing, "may_take": console_counter.may_take(actor)}
    return pages.render(request, "protection/console/claims.html", context)


@never_cache
@require_safe
@staff_required
def claim(request: HttpRequest, public_id: str) -> HttpResponse:
    """Facts, papers and the sum left, timeline right, the moves as buttons. Opening it is logged."""
    actor = actor_of(request)
    found = queries.open_for_reading(actor, public_id)
    content = bool(policies.may_read_content(actor, found))
    appeal = staff.appeal_of(actor, found)
    context = {
        "claim": found,
        "crumbs": _crumbs(found),
        "content": content,
        "facts": queries.claimant_facts(found) if content else [],
        "told": queries.told_facts(found) if content else [],
        "papers": queries.papers_of(found) if content else [],
        "flags": queries.seen_elsewhere(found) if content else [],
        "sum": queries.sum_of(found) if content else None,
        "said": list(found.said.all()) if content else [],
        "second": staff.second_words(found) if found.state == ClaimState.OFFICE_REVIEW else None,
        "buttons": _buttons(actor, found),
        "appeal": appeal if content else None,
        "appeal_buttons": _appeal_buttons(actor, found, appeal) if content else [],
        "timeline": queries.timeline(found, for_member=False),
        "may_correct": content and found.state in _CORRECTABLE and bool(policies.may_handle(actor, found)),
        "may_recalculate": found.state == ClaimState.OFFICE_REVIEW and bool(policies.may_handle(actor, found)),
    }
    return pages.render(request, "protection/console/claim.html", context)


@never_cache
@require_safe
@staff_required
def paper(request: HttpRequest, public_id: str, file_id: str) -> HttpResponse:
    """A paper; reading it is noted where the person can see it."""
    content = files.read(queries.paper_for(actor_of(request), public_id, file_id))
    return HttpResponse(content.data, headers=content.headers)


@form_page
@staff_required
def answer(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """One move: what follows from it, its reason where one is needed, then the move itself."""
    actor = actor_of(request)
    found = queries.claim_for(actor, public_id)
    act = _WITH_REASON.get(event) or _PLAIN.get(event)
    if act is None:
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    if request.method != "POST":  # who posts may have passed it on by the first click; the action judges
        policies.may_handle(actor, found).require()
    move = moves.asked(request, CLAIM, found.state, event)
    form = ReasonForm(request.POST or None) if event in _WITH_REASON else None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            moves.once(
                request, f"protection.{event}",
                lambda: act(public_id=public_id, actor=actor, **(form.cleaned_data if form else {})),
            )  # fmt: skip
        except DomainError as error:
            if form is None or not error.fields:
                raise
            form.refuse(error)
        else:
            messages.success(request, str(_("{number}：{label}", number=found.number, label=move.label)))
            return redirect(_next_page(request, found))
    return _confirm(request, found, move, form, danger=event == ClaimEvent.REFUSE)


@form_page
@staff_required
def answer_appeal(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """Uphold or reject an appeal, with a reason that the claimant reads."""
    actor = actor_of(request)
    found = queries.claim_for(actor, public_id)
    appeal = staff.appeal_of(actor, found)
    if appeal is None or event not in (AppealEvent.UPHOLD, AppealEvent.REJECT):
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    if request.method != "POST":  # who posts may be told the answer that the first click gave; the action judges
        policies.may_answer_appeal(actor, appeal).require()
    move = moves.asked(request, appeal.MACHINE, appeal.state, event)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act = actions.uphold if event == AppealEvent.UPHOLD else actions.reject
        try:
            moves.once(
                request, f"protection.appeal.{event}",
                lambda: act(public_id=appeal.public_id, actor=actor, reason=form.cleaned_data["reason"]),
            )  # fmt: skip
        except DomainError as error:
            if isinstance(error, NotAllowed):
                raise
            form.refuse(error)
        else:
            return redirect("protection_console:claim", public_id)
    return _confirm(request, found, move, form)


@require_POST
@staff_required
def recalculate(request: HttpRequest, public_id: str) -> HttpResponse:
    """Judge again with what is used now."""
    actor = actor_of(request)
    queries.claim_for(actor, public_id)
    moves.once(request, "protection.recalculate", lambda: actions.recalculate(public_id=public_id, actor=actor))
    messages.success(request, str(_("已按现在的额度重新计算。")))
    return redirect("protection_console:claim", public_id)


@never_cache
@form_page
@staff_required
def correct(request: HttpRequest, public_id: str) -> HttpResponse:
    """Set right by the papers what the claimant wrote."""
    actor = actor_of(request)
    found = queries.claim_for(actor, public_id)
    policies.may_handle(actor, found).require()
    policies.may_read_content(actor, found).require()
    queries.open_for_reading(actor, public_id)
    form = DetailsForm(request.POST or None, cover=queries.draft_cover(found), initial=initial_of(found.details))
    for name in [name for name in form.fields if name.startswith("paper_")]:
        del form.fields[name]
    if request.method == "POST" and form.is_valid():
        try:
            actions.correct(public_id=public_id, told=form.details(), actor=actor)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, str(_("已按材料更正，请重新计算后再决定。")))
            return redirect("protection_console:claim", public_id)
    context = {"form": form, "claim": found, "crumbs": _crumbs(found)}
    return pages.render(request, "protection/console/correct.html", context, status=422 if form.errors else 200)


def _buttons(actor: Any, found: Claim) -> list[MoveButton]:
    good = (ClaimEvent.CONFIRM_UNIT, ClaimEvent.CHECK, ClaimEvent.REVIEW, ClaimEvent.APPROVE)
    return [
        MoveButton(
            choice.move.label,
            reverse("protection_console:answer", args=[found.public_id, choice.move.event]),
            choice.refusal,
            primary=choice.move.event in good,
            danger=choice.move.event == ClaimEvent.REFUSE,
        )
        for choice in staff.claim_choices(actor, found)
    ]


def _appeal_buttons(actor: Any, found: Claim, appeal: Any) -> list[MoveButton]:
    return [
        MoveButton(
            choice.move.label,
            reverse("protection_console:answer-appeal", args=[found.public_id, choice.move.event]),
            choice.refusal,
            primary=choice.move.event == AppealEvent.UPHOLD,
        )
        for choice in staff.appeal_choices(actor, appeal)
    ]


def _confirm(request: HttpRequest, found: Claim, move: Any, form: Any, *, danger: bool = False) -> HttpResponse:
    context = {
        "title": move.label,
        "consequence": move.consequence,
        "facts": _plain_summary(found, move.event),
        "crumbs": _crumbs(found),
        "form": form,
        "action": move.label,
        "danger": danger,
        "back_url": reverse("protection_console:claim", args=[found.public_id]),
    }
    return pages.render(request, "web/confirm.html", context, status=422 if form is not None and form.errors else 200)


def _plain_summary(found: Claim, event: str) -> list[Fact]:
    """Whose it is; before it is approved also how much."""
    facts = [Fact(_("被保障人"), mask_name(found.person.name)), Fact(_("方案"), found.plan.name)]
    calculated = queries.sum_of(found) if event == ClaimEvent.APPROVE else None
    return [*facts, Fact(_("应付"), yuan(calculated.fen - found.paid_fen))] if calculated else facts


def _crumbs(found: Claim) -> list[Crumb]:
    return [Crumb(_("理赔"), reverse("protection_console:claims")), Crumb(found.number)]


def _next_page(request: HttpRequest, found: Claim) -> str:
    """Back to the claim, or to the list when it has left the officer's sight."""
    try:
        queries.claim_for(actor_of(request), found.public_id)
    except NotFound:
        return reverse("protection_console:claims")
    return reverse("protection_console:claim", args=[found.public_id])


urlpatterns = [
    path("", claim_list, name="claims"),
    *console_counter.urlpatterns,
    *console_drafts.urlpatterns,
    *console_plans.urlpatterns,
    *console_condolences.urlpatterns,
    *enrolment.urlpatterns,
    *purchases.urlpatterns,
    path("claims/<slug:public_id>/", claim, name="claim"),
    path("claims/<slug:public_id>/papers/<slug:file_id>/", paper, name="paper"),
    path("claims/<slug:public_id>/recalculate/", recalculate, name="recalculate"),
    path("claims/<slug:public_id>/correct/", correct, name="correct"),
    path("claims/<slug:public_id>/appeal/<slug:event>/", answer_appeal, name="answer-appeal"),
    path("claims/<slug:public_id>/<slug:event>/", answer, name="answer"),
]
