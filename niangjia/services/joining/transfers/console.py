"""The officers' pages of transfers: the list, proposing one, one transfer with its moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.personal_data import looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.requests import idempotency, limits
from niangjia.platform.web import pages, saved
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.platform.web.moves import Choice
from niangjia.platform.web.parts import Crumb, MoveButton
from niangjia.services.joining.transfers import actions, policies, queries
from niangjia.services.joining.transfers.forms import ProposeForm, RefuseForm
from niangjia.services.joining.transfers.models import Transfer
from niangjia.services.joining.transfers.states import ASKED_LABELS, TRANSFER, UNDER_WAY, TransferEvent

saved.register("joining.transfers", "joining_console:transfers")
form_page = require_http_methods(["GET", "HEAD", "POST"])
MANY = (TransferEvent.RELEASE, TransferEvent.ACCEPT)
PROPOSALS, WINDOW_SECONDS = 60, 3600
ACTS: dict[str, Callable[..., Transfer]] = {
    TransferEvent.RELEASE: actions.release_transfer,
    TransferEvent.ACCEPT: actions.accept_transfer,
    TransferEvent.REFUSE: actions.refuse_transfer,
}


@require_safe
@staff_required
def transfer_list(request: HttpRequest) -> HttpResponseBase:
    """The transfers in the actor's reach, the newest first; exported with ``?export=xlsx``, names masked."""
    actor = actor_of(request)
    policies.may_list(actor).require()
    listing = ListPage(
        request,
        policies.listed_transfers(actor).with_unions(),
        columns=_COLUMNS,
        filters=_FILTERS,
        order="-created_at",
        size=20,
        code="joining.transfers",
    )
    if "export" in request.GET:
        return listing.export(str(_("会籍接转")), before=lambda rows: _exported(actor, rows))
    may_act = bool(policies.may_propose(actor))
    for row in listing.page.rows:
        row.may_be_ticked = row.state in UNDER_WAY and policies.answers_for(actor, row)
    ticked = any(row.may_be_ticked for row in listing.page.rows)
    context = {"listing": listing, "may_propose": may_act, "may_tick": ticked}
    return pages.render(request, "joining/console/transfers.html", context)


@require_POST
@staff_required
def act_on_many(request: HttpRequest) -> HttpResponse:
    """Release or accept all ticked ones; which could not be is said with the reason."""
    actor, event = actor_of(request), request.POST.get("event", "")
    policies.may_propose(actor).require()
    if event not in MANY:
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    ids = sorted(set(request.POST.getlist("ids")))
    result, _again = idempotency.once(
        key=request.POST.get("idempotency_key", ""),
        actor=actor,
        purpose="joining.transfers_many",
        body={"ids": ids, "event": event},
        act=lambda: asdict(actions.act_on_many(ACTS[event], public_ids=ids, actor=actor)),
    )
    _say(request, result)
    return redirect("joining_console:transfers")


def _say(request: HttpRequest, result: dict[str, Any]) -> None:
    if result["moved"]:
        messages.success(request, str(_("办理了 {n} 件。", n=result["moved"])))
    elif not result["refused"]:
        messages.warning(request, str(_("请先勾选要办理的人。")))
    for line in result["refused"][:10]:
        messages.warning(request, line)


@form_page
@staff_required
def propose(request: HttpRequest) -> HttpResponse:
    """Ask a member, known by number and name, to come. Tries are counted, so that nobody tries numbers out."""
    actor = actor_of(request)
    policies.may_propose(actor).require()
    form = ProposeForm(request.POST or None, unions=queries.unions_for(actor))
    if request.method == "POST" and form.is_valid():
        limits.hit(f"transfer.propose:{actor.user_id}", limit=PROPOSALS, seconds=WINDOW_SECONDS)
        try:
            return redirect("joining_console:transfer", public_id=_proposed(request, form))
        except DomainError as error:
            if not error.fields:
                raise
            form.refuse(error)
    context = {"form": form, "crumbs": _crumbs(_("请会员转来"))}
    return pages.render(request, "joining/console/transfer_new.html", context, status=422 if form.errors else 200)


def _proposed(request: HttpRequest, form: ProposeForm) -> str:
    said = dict(form.cleaned_data)
    answer, _again = idempotency.once(
        key=request.POST.get("idempotency_key", ""),
        actor=actor_of(request),
        purpose="joining.propose_transfer",
        body=said,
        act=lambda: {"transfer": actions.propose_transfer(**said, actor=actor_of(request)).public_id},
    )
    return str(answer["transfer"])


@require_safe
@staff_required
def transfer_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """Facts, the moves, what happened. Opening it is a look."""
    actor = actor_of(request)
    transfer = queries.open_for_reading(actor, public_id)
    context = {
        "transfer": transfer,
        "facts": queries.facts(transfer),
        "progress": queries.progress(transfer, for_member=False),
        "buttons": [_button(transfer, choice) for choice in queries.choices(actor, transfer)],
        "crumbs": _crumbs(transfer.number),
    }
    return pages.render(request, "joining/console/transfer.html", context)


@form_page
@staff_required
def act(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """One move: what follows from it, its reason where one is needed, then the move itself."""
    actor = actor_of(request)
    transfer = queries.transfer_for(actor, public_id)
    if event not in ACTS:
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    policies.may_decide(actor, transfer).require()
    move = TRANSFER.require(transfer.state, event)
    form = RefuseForm(request.POST or None) if move.needs_reason else None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            ACTS[event](public_id=public_id, actor=actor, **(form.cleaned_data if form else {}))
        except DomainError as error:
            if form is None or not error.fields:
                raise
            form.refuse(error)
        else:
            messages.success(request, str(_("{number}：{label}", number=transfer.number, label=move.label)))
            return redirect("joining_console:transfer", public_id=public_id)
    context = {
        "title": move.label,
        "crumbs": _crumbs(transfer.number),
        "consequence": move.consequence,
        "facts": queries.facts(transfer),
        "form": form,
        "action": move.label,
        "danger": event == TransferEvent.REFUSE,
        "back_url": reverse("joining_console:transfer", args=[public_id]),
    }
    return pages.render(request, "web/confirm.html", context, status=422 if form is not None and form.errors else 200)


def _exported(actor: Actor, rows: Sequence[Transfer]) -> None:
    """Each person in an export is a look at them."""
    looks.record(actor, [row.subject_key for row in rows], LookKind.EXPORTED)


def _button(transfer: Transfer, choice: Choice) -> MoveButton:
    event = choice.move.event
    url = reverse("joining_console:transfer-act", args=[transfer.public_id, event])
    refuses = event == TransferEvent.REFUSE
    return MoveButton(choice.move.label, url, choice.refusal, primary=not refuses, danger=refuses)


def _crumbs(last: Text | str) -> list[Crumb]:
    return [Crumb(_("会籍接转"), reverse("joining_console:transfers")), Crumb(last)]


_FILTERS = (
    Filter(
        "state", _("状态"), lambda rows, value: rows.filter(state=value), [(s.code, s.label) for s in TRANSFER.states]
    ),
    Filter(
        "asked",
        _("由谁提出"),
        lambda rows, value: rows.filter(asked=value),
        [(one.value, label) for one, label in ASKED_LABELS.items()],
    ),
)
_COLUMNS = (
    Column(
        "number", _("编号"), lambda row: row.number,
        url=lambda row: reverse("joining_console:transfer", args=[row.public_id]),
    ),
    Column("name", _("姓名"), lambda row: masks.mask_name(row.person.name)),
    Column("old", _("从"), lambda row: row.old.short_name),
    Column("new", _("转到"), lambda row: row.new.short_name),
    Column("state", _("状态"), lambda row: row, "status"),
    Column("asked", _("由谁提出"), lambda row: row.asked_label, optional=True),
    Column("day", _("日期"), lambda row: row.created_at, "day", sort="created_at"),
)  # fmt: skip

urlpatterns = [
    path("transfers/", transfer_list, name="transfers"),
    path("transfers/many/", act_on_many, name="transfers-many"),
    path("transfers/new/", propose, name="transfer-new"),
    path("transfers/<slug:public_id>/", transfer_page, name="transfer"),
    path("transfers/<slug:public_id>/<slug:event>/", act, name="transfer-act"),
]
