"""The officers' pages of condolence payments: the list, proposing one, one with its answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.requests import idempotency
from niangjia.platform.web import moves, pages
from niangjia.platform.web.fields import IdNumberField, NameField, YuanField
from niangjia.platform.web.forms import Form, spoken
from niangjia.platform.web.parts import Crumb, MoveButton
from niangjia.services.protection import actions, counter, lists, policies
from niangjia.services.protection import console_queries as staff
from niangjia.services.protection.condoling import OCCASIONS
from niangjia.services.protection.forms import CardField, ReasonForm
from niangjia.services.protection.states import CONDOLENCE, CondolenceEvent

form_page = require_http_methods(["GET", "HEAD", "POST"])


class ProposalForm(Form):
    """For whom, why, how much, to which card."""

    name = NameField(label=_("慰问谁"))
    id_number = IdNumberField(label=_("身份证件号码"))
    plan = forms.ChoiceField(label=spoken(_("从哪个方案支出")))
    occasion = forms.ChoiceField(label=spoken(_("事由")), choices=list(OCCASIONS.items()))
    fen = YuanField(label=_("金额（元）"))
    bank_account = CardField(label=_("本人银行卡号"), max_length=30)
    words = forms.CharField(
        label=spoken(_("说明")), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"].choices = counter.plan_choices()  # type: ignore[attr-defined]


@require_safe
@staff_required
def condolence_list(request: HttpRequest) -> HttpResponseBase:
    """Condolence payments in the actor's reach; exported with ``?export=xlsx``."""
    actor = actor_of(request)
    policies.may_list_claims(actor).require()
    listing = lists.condolences(request)
    if "export" in request.GET:
        return listing.export(str(_("慰问金")), lambda rows: lists.exported(actor, lists.CONDOLENCES, rows))
    context = {"listing": listing, "may_propose": bool(actor.grants_of(*policies.PLANNERS))}
    return pages.render(request, "protection/console/condolences.html", context)


@never_cache
@form_page
@staff_required
def propose(request: HttpRequest) -> HttpResponse:
    """Propose a sum for one member."""
    actor = actor_of(request)
    policies.may_open_proposals(actor).require()
    form = ProposalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            key = _proposed(request, actor, form)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, str(_("已提议，等另一位同事同意。")))
            return redirect("protection_console:condolence", key)
    crumbs = [Crumb(_("慰问金"), reverse("protection_console:condolences")), Crumb(_("提议慰问"))]
    context = {"form": form, "crumbs": crumbs}
    return pages.render(request, "protection/console/propose.html", context, status=422 if form.errors else 200)


def _proposed(request: HttpRequest, actor: Actor, form: ProposalForm) -> str:
    given = form.cleaned_data

    def act() -> dict[str, str]:
        person = counter.person_to_condole(actor, given["name"], given["id_number"].number)
        names = ("occasion", "fen", "bank_account", "words")
        plan = policies.plan_of(given["plan"])
        made = actions.propose(
            plan_id=plan.pk, person_id=person.pk, actor=actor, **{name: given[name] for name in names}
        )
        return {"id": made.public_id}

    posted = request.POST.get("idempotency_key", "")
    body = {"occasion": given["occasion"], "fen": given["fen"]}
    result, _again = idempotency.once(key=posted, actor=actor, purpose="protection.propose", body=body, act=act)
    return str(result["id"])


@never_cache
@require_safe
@staff_required
def condolence(request: HttpRequest, public_id: str) -> HttpResponse:
    """One proposal with its answers."""
    actor = actor_of(request)
    found = staff.open_condolence(actor, public_id)
    buttons = [
        MoveButton(
            choice.move.label,
            reverse("protection_console:condolence-answer", args=[public_id, choice.move.event]),
            choice.refusal,
            primary=choice.move.event == CondolenceEvent.GRANT,
            danger=choice.move.event == CondolenceEvent.DECLINE,
        )
        for choice in staff.condolence_choices(actor, found)
    ]
    context = {
        "condolence": found,
        "facts": staff.condolence_facts(found),
        "buttons": buttons,
        "crumbs": [Crumb(_("慰问金"), reverse("protection_console:condolences")), Crumb(found.person.name)],
        "timeline": staff.history("protection.condolence", public_id, staff.words_of(CONDOLENCE)),
    }
    return pages.render(request, "protection/console/condolence.html", context)


@form_page
@staff_required
def condolence_answer(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """Grant or decline, after saying what follows."""
    actor = actor_of(request)
    found = staff.condolence_for(actor, public_id)
    if event not in (CondolenceEvent.GRANT, CondolenceEvent.DECLINE):
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    policies.may_grant_condolence(actor, found).require()
    step = moves.asked(request, CONDOLENCE, found.state, event)
    form = ReasonForm(request.POST or None) if event == CondolenceEvent.DECLINE else None

    def made() -> str:
        act: Any = actions.grant if form is None else actions.decline
        given = form.cleaned_data if form else {}
        return moves.once(request, f"protection.{event}", lambda: act(public_id=public_id, actor=actor, **given))

    back = reverse("protection_console:condolence", args=[public_id])
    if request.method == "POST" and moves.make(form, made) is not None:
        return redirect(back)
    return moves.confirm(
        request, form, title=step.label, consequence=step.consequence, back_url=back, danger=form is not None,
        facts=staff.condolence_facts(found)[:3],
    )  # fmt: skip


urlpatterns = [
    path("condolences/", condolence_list, name="condolences"),
    path("condolences/new/", propose, name="propose"),
    path("condolences/<slug:public_id>/", condolence, name="condolence"),
    path("condolences/<slug:public_id>/<slug:event>/", condolence_answer, name="condolence-answer"),
]
