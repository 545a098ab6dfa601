"""The member's page of a deemed exit: what it is about, and the one tap that ends it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.web import pages
from niangjia.services.joining.exits import actions, queries


@require_safe
@member_required
def exit_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """Why one is asked, by when to answer, and what happened."""
    case = queries.exit_for(actor_of(request), public_id)
    context = {
        "case": case,
        "facts": queries.facts(case),
        "is_open": queries.is_open(case),
        "undo": queries.undo_until(case),
        "timeline": queries.timeline(case, for_member=True),
    }
    return pages.render(request, "joining/exit.html", context)


@require_POST
@member_required
def stay(request: HttpRequest, public_id: str) -> HttpResponse:
    """One is still there."""
    actions.answer_exit(public_id=public_id, actor=actor_of(request))
    messages.success(request, str(_("收到，您的会籍继续。")))
    return redirect("joining:exit", public_id)


urlpatterns = [
    path("exits/<slug:public_id>/", exit_page, name="exit"),
    path("exits/<slug:public_id>/stay/", stay, name="exit-stay"),
]
