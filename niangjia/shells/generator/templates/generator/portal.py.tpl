"""The member's pages: ask, follow, withdraw."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from @package@ import actions, queries
from @package@.forms import WishForm
from @package@.models import Request
from @package@.states import REQUEST, RequestEvent
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.accounts.middleware import ActorRequest
from niangjia.platform.requests import idempotency
from niangjia.platform.web import pages
from niangjia.platform.web.parts import Fact

app_name = "@code@"
form_page = require_http_methods(["GET", "HEAD", "POST"])


@form_page
@member_required
def start(request: ActorRequest) -> HttpResponse:
    """Ask for it, and see what was asked before."""
    form = WishForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return HttpResponseRedirect(_send(request, form))
        except DomainError as error:
            form.refuse(error)
    context = {"form": form, "own": queries.own_requests(request.actor)}
    return pages.render(request, "@code@/start.html", context, status=422 if form.errors else 200)


@require_safe
@member_required
def progress(request: ActorRequest, public_id: str) -> HttpResponse:
    """Where the request stands."""
    found = queries.request_for(request.actor, public_id)
    context = {"found": found, "facts": queries.facts(found), "may_withdraw": _may_withdraw(found)}
    return pages.render(request, "@code@/progress.html", context)


@form_page
@member_required
def withdraw(request: ActorRequest, public_id: str) -> HttpResponse:
    """Ask once more, then take the request back."""
    found = queries.request_for(request.actor, public_id)
    back = reverse("@code@:progress", args=[public_id])
    if request.method == "POST":
        actions.withdraw(public_id=public_id, actor=request.actor)
        return redirect(back)
    context = {
        "base_template": "web/portal_task.html",
        "title": _("撤回申请？"),
        "consequence": _("撤回后这次申请就结束了，您以后可以重新申请。"),
        "facts": [Fact(_("编号"), found.number)],
        "action": _("撤回申请"),
        "back_url": back,
        "danger": True,
    }
    return pages.render(request, "web/confirm.html", context)


def _send(request: ActorRequest, form: WishForm) -> str:
    wish = form.cleaned_data["wish"]
    result, _replayed = idempotency.once(
        key=request.POST.get("idempotency_key", ""),
        actor=request.actor,
        purpose="@code@.submit",
        body={"wish": wish},
        act=lambda: {"id": actions.submit(wish=wish, actor=request.actor).public_id},
    )
    return reverse("@code@:progress", args=[result["id"]])


def _may_withdraw(found: Request) -> bool:
    return REQUEST.find(found.state, RequestEvent.WITHDRAW) is not None


urlpatterns = [
    path("", start, name="start"),
    path("<slug:public_id>/", progress, name="progress"),
    path("<slug:public_id>/withdraw/", withdraw, name="withdraw"),
]
