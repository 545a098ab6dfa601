"""Freezing a period and restating a figure in the console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_http_methods

from niangjia.commons.unions import tree
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.periods import Period
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.accounts.middleware import ActorRequest
from niangjia.platform.web import pages as web
from niangjia.platform.web.parts import Crumb
from niangjia.reports import freezing, frozen, pages, policies, reach
from niangjia.reports.card import Card, said
from niangjia.reports.forms import ReasonForm, period_of


@dataclass(frozen=True)
class Standing:
    """Whether the card's period is frozen: since when and why; ``url`` freezes what is not."""

    at: datetime | None
    reason: str
    url: str


def standing(actor: Actor, card: Card) -> Standing:
    """The state of a shown card."""
    known = [line.frozen for line in card.lines if line.frozen is not None]
    last = max(known, key=lambda each: each.said.at, default=None)
    ended = card.period.last < clock.today()
    open_lines = len(known) < len(card.lines)
    may = ended and open_lines and policies.freeze(actor, tree.path_of(card.union.pk))
    url = pages.url("report:freeze", card.union, card.period) if may else ""
    return Standing(last.said.at if last else None, last.said.reason if last else "", url)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def freeze_page(request: ActorRequest, public_id: str) -> HttpResponse:
    """Freeze the figures of a period, after saying why."""
    union, period = reach.union_of(request.actor, public_id), period_of(request.GET)
    policies.freeze(request.actor, tree.path_of(union.pk)).require()
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            freezing.freeze(actor=request.actor, union_id=union.pk, period=period, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, str(_("{period}的数字已经冻结。", period=period.label)))
            return web.redirect(request, pages.url("report:union", union, period))
    title = _("冻结{period}的数字", period=period.label)
    about = _("冻结以后，这一期的数字一直按现在的样子显示和导出。以后账上有变动，逐项更正，原数和原因并列。")
    return _ask(request, union, period, form, title, about, _("冻结这一期"))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def restate_page(request: ActorRequest, public_id: str, code: str) -> HttpResponse:
    """Restate one frozen figure, after saying why."""
    union, period, indicator = (
        reach.union_of(request.actor, public_id),
        period_of(request.GET),
        reach.indicator_of(code),
    )
    policies.freeze(request.actor, tree.path_of(union.pk)).require()
    kept = frozen.find(union.pk, [period]).get((code, period))
    if kept is None:
        raise freezing.no_such_figure()
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            freezing.restate(actor=request.actor, public_id=kept.public_id, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, str(_("{label}已经更正，原数保留在旁边。", label=indicator.label)))
            return web.redirect(request, pages.url("report:union", union, period))
    line = said(union, period, [indicator]).lines[0]
    then = pages.said(line.this, indicator)
    now = then if line.now is None else pages.said(line.now, indicator)
    about = _("冻结的数字是 {then} {unit}，账上现在是 {now} {unit}。", then=then, now=now, unit=indicator.unit.label)
    title = _("更正{period}的{label}", period=period.label, label=indicator.label)
    return _ask(request, union, period, form, title, about, _("更正"))


def _ask(
    request: ActorRequest, union: Union, period: Period, form: ReasonForm, title: Text, about: Text, act: Text
) -> HttpResponse:
    context = {
        "union": union,
        "title": title,
        "about": about,
        "act": act,
        "form": form,
        "back": pages.url("report:union", union, period),
        "crumbs": reach.crumbs(request.actor, union, Crumb(title)),
    }
    return web.render(request, "reports/reason.html", context, status=422 if form.is_bound else 200)


urlpatterns = [
    path("<str:public_id>/freeze/", freeze_page, name="freeze"),
    path("<str:public_id>/<str:code>/restate/", restate_page, name="restate"),
]
