"""The member's pages: three short ones, a receipt, the progress, supplying and withdrawing."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.kernel.errors import Conflict, DomainError
from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.personal_data import consents
from niangjia.platform.requests import idempotency
from niangjia.platform.web import pages
from niangjia.platform.web.addresses import is_htmx
from niangjia.platform.web.parts import Fact, Step
from niangjia.services.joining import actions, consent, intake, queries
from niangjia.services.joining import bereaved as bereaved_pages
from niangjia.services.joining.exits import portal as exit_pages
from niangjia.services.joining.fits import portal as fit_pages
from niangjia.services.joining.forms import AgreeForm, SupplyForm, WhoForm, WorkForm
from niangjia.services.joining.models import Application
from niangjia.services.joining.stalls import portal as stall_pages
from niangjia.services.joining.stalls import serving as stalls
from niangjia.services.joining.stalls import visit
from niangjia.services.joining.states import WITH_APPLICANT, ApplicationState
from niangjia.services.joining.transfers import portal as transfer_pages

app_name = "joining"
STEPS = (_("我是谁"), _("我的工作"), _("核对提交"))
form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@member_required
def start(request: HttpRequest) -> HttpResponse:
    """What one needs before starting; an open application is shown instead of a second form."""
    application = queries.open_application(actor_of(request))
    if application is not None:
        return redirect("joining:progress", application.public_id)
    begun = intake.load_draft(_user(request)) != intake.Answers()
    membership = queries.own_membership(actor_of(request))
    if membership is None and visit.of(request) is not None:
        return redirect("joining:who")
    context = {"begun": begun, "membership": membership}
    return pages.render(request, "joining/start.html", context)


@form_page
@member_required
def who(request: HttpRequest) -> HttpResponse:
    """Page one; who has applied already, perhaps in another tab, is led to the progress instead, and who turns out to
    be a member whom no account belongs to is led to the card."""
    application = queries.open_application(actor_of(request))
    if application is not None:
        return redirect("joining:progress", application.public_id)
    if request.method == "POST" and _finds_membership(request):
        messages.success(request, str(_("找到了：您已经是会员。以后用这个手机号登录，就能看到会员卡。")))
        return redirect("/card/")
    return _step(request, WhoForm, 0, "joining:work", _("您是谁？"))


@form_page
@member_required
def work(request: HttpRequest) -> HttpResponse:
    """Page two."""
    if not intake.load_draft(_user(request)).id_number:
        return redirect("joining:who")
    return _step(request, WorkForm, 1, "joining:check", _("您做什么工作？"))


@form_page
@member_required
def check(request: HttpRequest) -> HttpResponse:
    """Page three: the summary, the consent, and sending it."""
    answers = intake.load_draft(_user(request))
    if not (answers.id_number and answers.street):
        return _sent_already(request) or redirect("joining:who")
    answers = replace(answers, stall=_stall_of(request))
    text = consents.current(consent.CODE, get_language() or "")
    form = AgreeForm(request.POST or None, initial={"consent_version": text.version})
    if request.method == "POST" and form.is_valid():
        try:
            return _sent(request, form, answers)
        except Conflict as error:
            return _conflict(request, error)
        except DomainError as error:
            form.refuse(error)
    context = {
        "form": form,
        "consent": text,
        "steps": Step.row(STEPS, 2),
        "visit": visit.on_signing_in(request),
        **_summary(request, answers),
    }
    return pages.render(request, "joining/check.html", context, status=422 if form.errors else 200)


@require_safe
@member_required
def progress(request: HttpRequest, public_id: str) -> HttpResponse:
    """The receipt and where the application stands; who waits at a stall is led to the card as soon as there is one."""
    application = queries.application_for(actor_of(request), public_id)
    on_the_spot = queries.is_answered_on_the_spot(application)
    if is_htmx(request):
        return _still_waiting(application, on_the_spot=on_the_spot)
    context = {
        "on_the_spot": on_the_spot,
        "elsewhere": application.stall is not None and application.home_id != application.stall.union_id,
        "progress": queries.progress(application),
        "application": application,
        "facts": queries.facts(application, masked=True),
        "fresh": "new" in request.GET,
    }
    return pages.render(request, "joining/progress.html", context)


@form_page
@member_required
def supply(request: HttpRequest, public_id: str) -> HttpResponse:
    """Correct the answers and add what was asked for."""
    application = queries.application_for(actor_of(request), public_id)
    if application.state not in WITH_APPLICANT:
        return redirect("joining:progress", application.public_id)
    form = SupplyForm(request.POST or None, initial=asdict(intake.answers_of(application)))
    if request.method == "POST" and form.is_valid():
        try:
            actions.supply(
                public_id=public_id, answers=form.answers(), note=form.cleaned_data["note"], actor=actor_of(request)
            )
        except DomainError as error:
            form.refuse(error)
        else:
            return redirect("joining:progress", public_id)
    context = {"form": form, "application": application}
    return pages.render(request, "joining/supply.html", context, status=422 if form.errors else 200)


@form_page
@member_required
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask once more, then take the application back."""
    application = queries.application_for(actor_of(request), public_id)
    if request.method == "POST":
        actions.withdraw(public_id=public_id, actor=actor_of(request))
        return redirect("joining:progress", public_id)
    if not queries.progress(application).may_withdraw:
        return redirect("joining:progress", public_id)
    context = {
        "base_template": "web/portal_task.html",
        "title": _("撤回入会申请？"),
        "consequence": _("撤回后这次申请就结束了，您以后可以重新申请。"),
        "facts": [Fact(_("申请编号"), application.number)],
        "action": _("撤回申请"),
        "back_url": f"/joining/{public_id}/",
        "danger": True,
    }
    return pages.render(request, "web/confirm.html", context)


def _still_waiting(application: Application, *, on_the_spot: bool) -> HttpResponse:
    """What htmx gets who asks every few seconds: nothing, the card, or the page anew."""
    if on_the_spot:
        return HttpResponse(status=204)
    if application.state == ApplicationState.APPROVED:
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("portal:card")})
    return HttpResponse(status=204, headers={"HX-Refresh": "true"})


def _step(request: HttpRequest, form_class: type[Any], number: int, next_page: str, title: Any) -> HttpResponse:
    answers = intake.load_draft(_user(request))
    initial = {**asdict(answers), **stalls.first_answers(visit.of(request), answers)}
    form = form_class(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        intake.save_draft(_user(request), replace(answers, **form.cleaned_data))
        return redirect(next_page)
    context = {
        "form": form,
        "steps": Step.row(STEPS, number),
        "title": title,
        "number": number,
        "visit": visit.on_signing_in(request),
    }
    return pages.render(request, "joining/step.html", context, status=422 if form.errors else 200)


def _finds_membership(request: HttpRequest) -> bool:
    form = WhoForm(request.POST)
    return form.is_valid() and actions.find_membership(**form.cleaned_data, actor=actor_of(request))


def _sent(request: HttpRequest, form: AgreeForm, answers: intake.Answers) -> HttpResponse:
    response = HttpResponseRedirect(_send(request, form, answers))
    visit.forget(response)
    return response


def _stall_of(request: HttpRequest) -> str:
    """The public id of the running stall that this browser scanned."""
    stall = visit.of(request)
    return stall.public_id if stall is not None else ""


def _send(request: HttpRequest, form: AgreeForm, answers: intake.Answers) -> str:
    agreed = replace(answers, consent_version=form.cleaned_data["consent_version"])

    def act() -> dict[str, str]:
        application = actions.submit(answers=agreed, actor=actor_of(request))
        return {"url": f"/joining/{application.public_id}/?new"}

    result, _replayed = idempotency.once(
        key=request.POST.get("idempotency_key", ""),
        actor=actor_of(request),
        purpose="joining.submit",
        body={"step": "submit"},
        act=act,
    )
    return str(result["url"])


def _sent_already(request: HttpRequest) -> HttpResponse | None:
    """A second tap comes when the draft is gone: it gets the receipt of the first."""
    form = AgreeForm(request.POST or None)
    if not form.is_valid():
        return None
    try:
        return _sent(request, form, intake.Answers())
    except DomainError:
        return None


def _conflict(request: HttpRequest, error: Conflict) -> HttpResponse:
    """Already a member, or already applied: said as an answer with what to do, not as a failure."""
    context = {"error": error, "application": queries.open_application(actor_of(request))}
    return pages.render(request, "joining/already.html", context, status=409)


def _summary(request: HttpRequest, answers: intake.Answers) -> dict[str, Any]:
    """The answers with the way to change each, who will answer, and why that is not the stall's union."""
    application: Application = intake.application_from(answers, user_id=_user(request))
    pages_of = ["who", "who", "", "who", "work", "work", "work"]
    facts = [
        replace(fact, change_url=f"/joining/{page}/" if page else "")
        for fact, page in zip(queries.facts(application, masked=False), pages_of, strict=True)
    ]
    facts.append(Fact(_("由谁办理"), application.responsible.name))
    return {"facts": facts, "stall_note": stalls.note(visit.scanned(request), application.home)}


def _user(request: HttpRequest) -> int:
    user_id = actor_of(request).user_id
    assert user_id is not None  # noqa: S101 - member_required lets nobody else through
    return user_id


urlpatterns = [
    path("", start, name="start"),
    path("who/", who, name="who"),
    path("work/", work, name="work"),
    path("check/", check, name="check"),
    *stall_pages.urlpatterns,
    *bereaved_pages.urlpatterns,
    *exit_pages.urlpatterns,
    *fit_pages.urlpatterns,
    *transfer_pages.urlpatterns,
    path("<slug:public_id>/", progress, name="progress"),
    path("<slug:public_id>/supply/", supply, name="supply"),
    path("<slug:public_id>/withdraw/", withdraw, name="withdraw"),
]
