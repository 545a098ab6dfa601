"""The officers' pages: the list with bulk approval and export, one application, and a page for each answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.requests import idempotency
from niangjia.platform.web import pages, saved
from niangjia.platform.web.parts import Crumb, MoveButton
from niangjia.services.joining import actions, lists, policies, queries
from niangjia.services.joining.exits import console as exits
from niangjia.services.joining.fits import console as fits
from niangjia.services.joining.forms import ReasonForm, SendOnForm
from niangjia.services.joining.models import Application
from niangjia.services.joining.rosters import console as rosters
from niangjia.services.joining.stalls import console as stalls
from niangjia.services.joining.states import APPLICATION, ApplicationEvent
from niangjia.services.joining.transfers import console as transfers

app_name = "joining_console"
saved.register("joining.applications", "joining_console:list")
form_page = require_http_methods(["GET", "HEAD", "POST"])
_DANGER = (ApplicationEvent.REFUSE,)
_WITH_REASON = {ApplicationEvent.ASK_MORE: actions.ask_more, ApplicationEvent.REFUSE: actions.refuse}
_PLAIN = {ApplicationEvent.APPROVE: actions.approve, ApplicationEvent.ENDORSE: actions.endorse}


@require_safe
@staff_required
def application_list(request: HttpRequest) -> HttpResponseBase:
    """The applications in the actor's reach, filtered; exported with ``?export=xlsx``."""
    policies.may_list(actor_of(request)).require()
    listing = lists.ApplicationList(request)
    if "export" in request.GET:
        return lists.export(request, listing)
    return pages.render(request, "joining/console/list.html", {"listing": listing}, "joining/console/_rows.html")


@require_POST
@staff_required
def approve_many(request: HttpRequest) -> HttpResponse:
    """Approve the ticked ones; those that could not be are named with their reasons."""
    result, _replayed = idempotency.once(
        key=request.POST.get("idempotency_key", ""),
        actor=actor_of(request),
        purpose="joining.approve_many",
        body={"ids": request.POST.getlist("ids")},
        act=lambda: _approved(request),
    )
    if result["approved"]:
        messages.success(request, str(_("通过了 {n} 份申请。", n=result["approved"])))
    for line in result["refused"][:10]:
        messages.warning(request, line)
    return redirect("joining_console:list")


def _approved(request: HttpRequest) -> dict[str, Any]:
    done = actions.approve_many(public_ids=request.POST.getlist("ids"), actor=actor_of(request))
    return {
        "approved": len(done.moved),
        "refused": [f"{refused.number} {refused.error.message}" for refused in done.refused],
    }


@require_safe
@staff_required
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """Facts left, timeline right, the moves as buttons, the grey ones explained. Opening it is logged."""
    application = queries.open_for_reading(actor_of(request), public_id)
    context = {
        "application": application,
        "facts": queries.facts(application, masked=True),
        "progress": queries.progress(application),
        "timeline": queries.timeline(application, for_applicant=False),
        "buttons": _buttons(request, application),
        "crumbs": _crumbs(request, application),
        "unmask_form": ReasonForm(),
    }
    return pages.render(request, "joining/console/detail.html", context)


@form_page
@staff_required
def answer(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """One move: what follows from it, its reason where one is needed, then the move itself."""
    application = queries.application_for(actor_of(request), public_id)
    if event == ApplicationEvent.SEND_ON:
        form: Any = SendOnForm(request.POST or None, application=application, search=request.GET.get("q", ""))
        act: Callable[..., Application] = actions.send_on
    elif event in _WITH_REASON:
        form, act = ReasonForm(request.POST or None), _WITH_REASON[ApplicationEvent(event)]
    elif event in _PLAIN:
        form, act = None, _PLAIN[ApplicationEvent(event)]
    else:
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    move = APPLICATION.require(application.state, event)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            act(public_id=public_id, actor=actor_of(request), **(form.cleaned_data if form else {}))
        except DomainError as error:
            if form is None or not error.fields:
                raise
            form.refuse(error)
        else:
            messages.success(request, str(_("{number}：{label}", number=application.number, label=move.label)))
            return redirect(_next_page(request, application))
    context = {
        "title": move.label,
        "consequence": move.consequence,
        "facts": queries.facts(application, masked=True)[:1],
        "form": form,
        "action": move.label,
        "danger": event in _DANGER,
        "crumbs": _crumbs(request, application),
        "back_url": reverse("joining_console:detail", args=[public_id]),
    }
    return pages.render(request, "web/confirm.html", context, status=422 if form is not None and form.errors else 200)


@require_POST
@staff_required
def unmask(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the full number and phone once, against a reason that the applicant can read."""
    application = queries.application_for(actor_of(request), public_id)
    form, facts = ReasonForm(request.POST), []
    if form.is_valid():
        facts = queries.unmasked(actor_of(request), application, form.cleaned_data["reason"])
    context = {
        "application": application,
        "crumbs": _crumbs(request, application),
        "facts": facts,
        "form": form,
    }
    status = 422 if form.errors else 200
    response = pages.render(request, "joining/console/unmasked.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _buttons(request: HttpRequest, application: Application) -> list[MoveButton]:
    return [
        MoveButton(
            choice.move.label,
            reverse("joining_console:answer", args=[application.public_id, choice.move.event]),
            choice.refusal,
            primary=choice.move.event in (ApplicationEvent.APPROVE, ApplicationEvent.ENDORSE),
            danger=choice.move.event in _DANGER,
        )
        for choice in queries.choices(actor_of(request), application)
    ]


def _crumbs(request: HttpRequest, application: Application) -> list[Crumb]:
    """The list above it is a link for who may see it; at a stall one sees its applications alone."""
    may_list = bool(policies.may_list(actor_of(request)))
    return [Crumb(_("入会申请"), reverse("joining_console:list") if may_list else ""), Crumb(application.number)]


def _next_page(request: HttpRequest, application: Application) -> str:
    """Back to the application, or to the list when it has left the officer's sight."""
    try:
        queries.application_for(actor_of(request), application.public_id)
    except NotFound:
        return reverse("joining_console:list")
    return reverse("joining_console:detail", args=[application.public_id])


urlpatterns = [
    path("", application_list, name="list"),
    path("approve-many/", approve_many, name="approve-many"),
    *exits.urlpatterns,
    *fits.urlpatterns,
    *rosters.urlpatterns,
    *stalls.urlpatterns,
    *transfers.urlpatterns,
    path("<slug:public_id>/", detail, name="detail"),
    path("<slug:public_id>/unmask/", unmask, name="unmask"),
    path("<slug:public_id>/<slug:event>/", answer, name="answer"),
]
