"""The member's page of an offer: why this union, and the three answers."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from niangjia.kernel.errors import NotFound
from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.web import pages
from niangjia.services.joining.fits import actions, queries
from niangjia.services.joining.fits.models import Fit
from niangjia.services.joining.fits.states import OPEN_STATES, FitEvent, FitState

ACTS: dict[str, Callable[..., Fit]] = {
    FitEvent.ACCEPT: actions.accept_fit,
    FitEvent.PUT_OFF: actions.put_off_fit,
    FitEvent.DECLINE: actions.decline_fit,
}


@require_safe
@member_required
def fit(request: HttpRequest, public_id: str) -> HttpResponse:
    """What is offered, what stays as it is, and what the member may answer."""
    found = queries.fit_for(actor_of(request), public_id)
    context = {
        "fit": found,
        "facts": queries.facts(found),
        "due": queries.due_at(found),
        "is_open": found.state in OPEN_STATES,
        "may_put_off": found.state == FitState.OFFERED,
    }
    return pages.render(request, "joining/fit.html", context)


@require_POST
@member_required
def act(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """Yes, later, no. A yes leads to the transfer."""
    queries.fit_for(actor_of(request), public_id)
    if event not in ACTS:
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    done = ACTS[event](public_id=public_id, actor=actor_of(request))
    if done.transfer is not None:
        return redirect("joining:transfer", done.transfer.public_id)
    return redirect("joining:fit", public_id)


urlpatterns = [
    path("fits/<slug:public_id>/", fit, name="fit"),
    path("fits/<slug:public_id>/<slug:event>/", act, name="fit-act"),
]
