"""The member's pages of transfers: where the membership is, ask to go elsewhere, answer an invitation, follow it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.requests import idempotency
from niangjia.platform.web import pages
from niangjia.services.joining.transfers import actions, queries
from niangjia.services.joining.transfers.forms import ChooseForm
from niangjia.services.joining.transfers.models import Transfer
from niangjia.services.joining.transfers.states import OPEN_STATES, TRANSFER, TransferEvent

form_page = require_http_methods(["GET", "HEAD", "POST"])
ACTS: dict[str, Callable[..., Transfer]] = {
    TransferEvent.AGREE: actions.agree_transfer,
    TransferEvent.DECLINE: actions.decline_transfer,
    TransferEvent.WITHDRAW: actions.withdraw_transfer,
}


@require_safe
@member_required
def transfers(request: HttpRequest) -> HttpResponse:
    """Where the membership is and was, and the transfers."""
    actor = actor_of(request)
    membership, rows = queries.own_membership(actor), queries.own_transfers(actor)
    stays = membership.stays.select_related("union").order_by("-pk") if membership is not None else ()
    is_free = membership is not None and not any(row.state in OPEN_STATES for row in rows)
    context = {"membership": membership, "stays": stays, "transfers": rows, "is_free": is_free}
    return pages.render(request, "joining/transfers.html", context)


@form_page
@member_required
def ask(request: HttpRequest) -> HttpResponse:
    """Look for the new union by name, choose it, send."""
    membership = queries.own_membership(actor_of(request))
    if membership is None:
        return redirect("joining:transfers")
    text = request.POST.get("q", "") or request.GET.get("q", "")
    found = queries.receiving_unions(membership, text)
    form = ChooseForm(request.POST if request.method == "POST" else None, unions=found)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("joining:transfer", _asked(request, form.cleaned_data["union_code"]))
        except DomainError as error:
            form.add_error("union_code", str(error.message))
    context = {"form": form, "q": text, "found": found, "membership": membership}
    return pages.render(request, "joining/transfer_ask.html", context, status=422 if form.errors else 200)


def _asked(request: HttpRequest, union_code: str) -> str:
    answer, _again = idempotency.once(
        key=request.POST.get("idempotency_key", ""),
        actor=actor_of(request),
        purpose="joining.request_transfer",
        body={"union": union_code},
        act=lambda: {"transfer": actions.request_transfer(union_code=union_code, actor=actor_of(request)).public_id},
    )
    return str(answer["transfer"])


@require_safe
@member_required
def transfer(request: HttpRequest, public_id: str) -> HttpResponse:
    """One transfer: where it stands, what comes, what the member may do."""
    found = queries.transfer_for(actor_of(request), public_id)
    context = {
        "transfer": found,
        "progress": queries.progress(found, for_member=True),
        "facts": queries.facts(found),
        "may_withdraw": TRANSFER.find(found.state, TransferEvent.WITHDRAW) is not None,
        "is_invited": queries.is_invited(found),
    }
    return pages.render(request, "joining/transfer.html", context)


@form_page
@member_required
def act(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """Agree, decline, withdraw: what follows, then the move."""
    found = queries.transfer_for(actor_of(request), public_id)
    if event not in ACTS:
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    move = TRANSFER.find(found.state, event)
    if request.method == "POST":
        ACTS[event](public_id=public_id, actor=actor_of(request))
        return redirect("joining:transfer", public_id)
    if move is None:
        return redirect("joining:transfer", public_id)
    context = {
        "base_template": "web/portal_task.html",
        "title": move.label,
        "consequence": move.consequence,
        "facts": queries.facts(found)[:2],
        "action": move.label,
        "back_url": f"/joining/transfers/{public_id}/",
        "danger": event == TransferEvent.WITHDRAW,
    }
    return pages.render(request, "web/confirm.html", context)


urlpatterns = [
    path("transfers/", transfers, name="transfers"),
    path("transfers/ask/", ask, name="transfer-ask"),
    path("transfers/<slug:public_id>/", transfer, name="transfer"),
    path("transfers/<slug:public_id>/<slug:event>/", act, name="transfer-act"),
]
