"""What an officer does with a member's card: stop it, restore it, replace it, note the bank's side of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from niangjia.commons.people import person_page
from niangjia.commons.people.cards import actions
from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.cards.panel import RECORD_BANK, CardLine
from niangjia.commons.people.cards.states import CardEvent
from niangjia.commons.people.person_page import CardPage, PersonPage
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, DomainError
from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.web import dates, pages
from niangjia.platform.web.fields import DayField, ReasonField
from niangjia.platform.web.forms import Form, spoken
from niangjia.platform.web.parts import Fact, MoveButton


class CardForm(Form):
    """Which card is meant: a second press must not stop the card that the first one brought."""

    card = django_forms.CharField(max_length=24, widget=django_forms.HiddenInput)
    reason = ReasonField(max_length=300, help_text=_("会留在办理记录里。"))


class BankForm(Form):
    """The bank's side of a co-branded card; its whole number is never asked for."""

    card = django_forms.CharField(max_length=24, widget=django_forms.HiddenInput)
    bank_code = django_forms.CharField(
        label=spoken(_("银行行号")), max_length=20, help_text=spoken(_("12 位大额支付行号。"))
    )
    bank_card_tail = django_forms.CharField(label=spoken(_("银行卡号后 4 位")), max_length=20)
    day = DayField(label=_("联名卡发卡日期"), latest=clock.today)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def act(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """One act on a person's card: what it leads to, then the act."""
    actor = actor_of(request)
    page = person_page.card_for(actor, public_id, event)
    form = _form(request, event, page)
    if request.method == "POST" and form.is_valid():
        try:
            _require_shown(page, form.cleaned_data["card"])
            _do(event, form.cleaned_data, actor)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, str(_("{name}：{label}，已经办好。", name=page.name, label=page.act.label)))
            return HttpResponseRedirect(reverse("console:person", args=[page.public_id]))
    return _confirm(request, page, form)


def buttons(page: PersonPage) -> list[MoveButton]:
    """The acts of the panel as buttons."""
    return [
        MoveButton(one.label, reverse("console:card_act", args=[page.public_id, one.event]), refusal=one.refusal)
        for one in (page.card.acts if page.card else ())
    ]


def facts(line: CardLine) -> list[Fact]:
    """One card as a summary list."""
    bank = _("{code}，尾号 {tail}", code=line.bank_code, tail=line.bank_card_tail) if line.bank_code else ""
    return [
        Fact(_("卡号"), line.number),
        Fact(_("发卡日期"), dates.day(line.issued_on)),
        Fact(_("银行联名卡"), bank, note=dates.day(line.co_branded_on)),
    ]


def _form(request: HttpRequest, event: str, page: CardPage) -> Form:
    data = request.POST if request.method == "POST" else None
    initial: dict[str, Any] = {"card": page.card.public_id, "day": clock.today()}
    return (BankForm if event == RECORD_BANK else CardForm)(data, initial=initial)


def _require_shown(page: CardPage, card_id: str) -> None:
    """Raises Conflict STALE when the form is about another card than the page."""
    if page.card.public_id != card_id:
        raise Conflict("STALE", _("别人刚刚处理过这一件，请刷新页面后再看。"))


def _do(event: str, said: dict[str, Any], actor: Actor) -> None:
    if event == RECORD_BANK:
        actions.record_bank(
            public_id=said["card"],
            bank_code=said["bank_code"],
            bank_card_tail=said["bank_card_tail"],
            day=said["day"],
            actor=actor,
        )
        return
    acts: dict[str, Callable[..., Card]] = {
        CardEvent.REPORT_LOST: actions.report_lost,
        CardEvent.UNBLOCK: actions.unblock,
        CardEvent.REPLACE: actions.replace,
    }
    acts[event](public_id=said["card"], reason=said["reason"], actor=actor)


def _confirm(request: HttpRequest, page: CardPage, form: Form) -> HttpResponse:
    context = {
        "title": f"{page.act.label} · {page.name}",
        "consequence": page.act.consequence,
        "facts": facts(page.card),
        "form": form,
        "action": page.act.label,
        "danger": page.act.event == CardEvent.REPORT_LOST,
        "back_url": reverse("console:person", args=[page.public_id]),
    }
    return pages.render(request, "web/confirm.html", context, status=422 if form.errors else 200)
