"""The console's register of what is left over of the money for purchases, and what a buyer makes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.money import yuan
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.web import moves, pages, saved
from niangjia.platform.web.parts import Crumb, Fact, MoveButton
from niangjia.services.protection.purchases import credits, forms, policies, queries
from niangjia.services.protection.purchases.models import Credit, Purchase
from niangjia.services.protection.purchases.states import CREDIT, CreditEvent

saved.register(queries.CREDITS, "protection_console:credits")
_ACTS: dict[str, tuple[type[Any], Callable[..., Any], Callable[..., Decision]]] = {
    CreditEvent.REFUND: (forms.RefundForm, credits.refund_credit, policies.may_cancel),
    CreditEvent.OFFSET: (forms.OffsetForm, credits.offset_credit, policies.may_invoice),
}


@require_safe
@staff_required
def register(request: HttpRequest) -> HttpResponseBase:
    """Everything left over in the actor's sight; exported with ``?export=xlsx``."""
    actor = actor_of(request)
    policies.may_list(actor).require()
    listing = queries.credit_listing(request, actor)
    if "export" in request.GET:
        return listing.export(str(_("余款登记簿")), lambda rows: None)
    context = {"listing": listing, "crumbs": [*_above(), Crumb(_("余款登记簿"))]}
    return pages.render(request, "protection/purchases/credits.html", context)


def shown(actor: Actor, purchase: Purchase) -> dict[str, Any]:
    """What the page of a purchase says of what is left over from it."""
    credit = Credit.objects.filter(purchase=purchase).first()
    buttons = [
        MoveButton(
            move.label,
            reverse("protection_console:credit-act", args=[credit.public_id, event]),
            primary=event == CreditEvent.REFUND,
        )
        for event, (_form, _act, may) in _ACTS.items()
        if credit is not None and may(actor, purchase) and (move := CREDIT.find(credit.state, event))
    ]
    return {"credit": credit, "credit_buttons": buttons}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def credit_act(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """Refund it, or count it for another purchase, after saying what follows."""
    actor = actor_of(request)
    found = queries.credit_for(actor, public_id)
    if event not in _ACTS:
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    form_class, act, may = _ACTS[event]
    may(actor, found.purchase).require()
    move = moves.asked(request, CREDIT, found.state, event)
    form = form_class(request.POST if request.method == "POST" else None)
    back = reverse("protection_console:purchase", args=[found.purchase.public_id])

    def made() -> str:
        return moves.once(
            request, f"protection.{event}", lambda: act(public_id=public_id, actor=actor, **form.cleaned_data)
        )

    if request.method == "POST" and moves.make(form, made) is not None:
        messages.success(request, str(_("{number}：{label}", number=found.number, label=move.label)))
        return redirect(back)
    return moves.confirm(
        request,
        form,
        title=move.label,
        consequence=move.consequence,
        back_url=back,
        facts=[Fact(_("购买单位"), found.purchase.title), Fact(_("余款"), yuan(found.fen))],
        is_console=True,
        crumbs=[*_above(), Crumb(found.purchase.number, back), Crumb(move.label)],
    )


def _above() -> list[Crumb]:
    return [Crumb(_("团体购买"), reverse("protection_console:purchases"))]


urlpatterns = [
    path("purchases/credits/", register, name="credits"),
    path("purchases/credits/<slug:public_id>/<slug:event>/", credit_act, name="credit-act"),
]
