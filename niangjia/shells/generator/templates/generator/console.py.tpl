"""The officers' pages: the list, one request, and a page for each answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from @package@ import actions, policies, queries
from @package@.forms import RefusalForm
from @package@.models import Request
from @package@.states import REQUEST, RequestEvent
from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.text import _
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.accounts.middleware import ActorRequest
from niangjia.platform.web import pages
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.platform.web.parts import Crumb, MoveButton
from niangjia.platform.web.tones import status_of

app_name = "@code@_console"
ANSWERS = (RequestEvent.SETTLE, RequestEvent.REFUSE)
COLUMNS = [
    Column("number", _("编号"), lambda r: r.number, kind="code", url=lambda r: _page_of(r)),
    Column("name", _("姓名"), lambda r: r.person.name),
    Column("union", _("工会"), lambda r: r.responsible.name),
    Column("created_at", _("提交日期"), lambda r: r.created_at, kind="day", sort="created_at"),
    Column("state", _("状态"), lambda r: status_of(REQUEST, r.state), kind="status"),
]
FILTERS = [
    Filter(
        "state",
        _("状态"),
        lambda rows, state: rows.filter(state=state),
        [(state.code, state.label) for state in REQUEST.states],
    )
]


@require_safe
@staff_required
def request_list(request: ActorRequest) -> HttpResponse:
    """The requests in the actor's reach."""
    rows = policies.listed_requests(request.actor).select_related("person", "responsible")
    listing = ListPage(request, rows, COLUMNS, FILTERS, order="-created_at")
    return pages.render(request, "@code@/console/list.html", {"listing": listing})


@require_safe
@staff_required
def detail(request: ActorRequest, public_id: str) -> HttpResponse:
    """What is asked for, and the moves as buttons, the grey ones explained. Opening it is logged."""
    found = queries.open_for_reading(request.actor, public_id)
    decision = policies.may_decide(request.actor, found)
    buttons = [
        MoveButton(
            move.label,
            reverse("@code@_console:answer", args=[public_id, move.event]),
            None if decision else decision.refusal,
            primary=move.event == RequestEvent.SETTLE,
            danger=move.event == RequestEvent.REFUSE,
        )
        for event in ANSWERS
        if (move := REQUEST.find(found.state, event))
    ]
    context = {
        "found": found,
        "facts": queries.facts(found),
        "buttons": buttons,
        "crumbs": [Crumb(_("@label@"), reverse("@code@_console:list")), Crumb(found.number)],
    }
    return pages.render(request, "@code@/console/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def answer(request: ActorRequest, public_id: str, event: str) -> HttpResponse:
    """One move: what follows from it, its reason where one is needed, then the move itself."""
    found = queries.request_for(request.actor, public_id)
    if event not in ANSWERS:
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    move = REQUEST.require(found.state, event)
    form = RefusalForm(request.POST if request.method == "POST" else None) if move.needs_reason else None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            _act(request, public_id, event, form.cleaned_data if form else {})
        except DomainError as error:
            if form is None or not error.fields:
                raise
            form.refuse(error)
        else:
            messages.success(request, str(_("{number}：{label}", number=found.number, label=move.label)))
            return redirect(_page_of(found))
    context = {
        "title": move.label,
        "consequence": move.consequence,
        "facts": queries.facts(found)[:1],
        "form": form,
        "action": move.label,
        "danger": event == RequestEvent.REFUSE,
        "back_url": _page_of(found),
    }
    return pages.render(request, "web/confirm.html", context, status=422 if form is not None and form.errors else 200)


def _act(request: ActorRequest, public_id: str, event: str, said: dict[str, Any]) -> None:
    if event == RequestEvent.REFUSE:
        actions.refuse(public_id=public_id, reason=said["reason"], actor=request.actor)
    else:
        actions.settle(public_id=public_id, actor=request.actor)


def _page_of(row: Request) -> str:
    return reverse("@code@_console:detail", args=[row.public_id])


urlpatterns = [
    path("", request_list, name="list"),
    path("<slug:public_id>/", detail, name="detail"),
    path("<slug:public_id>/<slug:event>/", answer, name="answer"),
]
