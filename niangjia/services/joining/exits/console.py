"""The officers' pages of deemed exit: the list with acts on many, one case with its moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from niangjia.platform.requests import idempotency
from niangjia.platform.web import pages, saved
from niangjia.platform.web.forms import Form
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.platform.web.moves import Choice
from niangjia.platform.web.parts import Crumb, MoveButton
from niangjia.services.joining.exits import actions, policies, queries
from niangjia.services.joining.exits.forms import ReasonForm, WarnForm
from niangjia.services.joining.exits.models import Exit
from niangjia.services.joining.exits.states import EXIT, OPEN_STATES, ExitEvent
from niangjia.services.joining.many import Done

saved.register("joining.exits", "joining_console:exits")
form_page = require_http_methods(["GET", "HEAD", "POST"])
ACTS: dict[str, Callable[..., Exit]] = {
    ExitEvent.WARN: actions.warn_exit,
    ExitEvent.DEEM: actions.deem_exit,
    ExitEvent.KEEP: actions.keep_exit,
    ExitEvent.UNDO: actions.undo_exit,
}
MANY = (ExitEvent.WARN, ExitEvent.KEEP, ExitEvent.DEEM)


@require_safe
@staff_required
def exit_list(request: HttpRequest) -> HttpResponseBase:
    """The cases in the actor's reach, the newest first; exported with ``?export=xlsx``, names masked."""
    actor = actor_of(request)
    policies.may_list(actor).require()
    listing = ListPage(
        request,
        policies.listed_exits(actor).with_people(),
        columns=_COLUMNS,
        filters=_FILTERS,
        order="-created_at",
        size=50,
        code="joining.exits",
    )
    if "export" in request.GET:
        return listing.export(str(_("视为退会")), before=lambda rows: _exported(actor, rows))
    may_act = bool(policies.may_act(actor))
    ticked = [row for row in listing.page.rows if row.state in OPEN_STATES] if may_act else []
    context = {"listing": listing, "figures": queries.figures(actor), "may_act": bool(ticked)}
    return pages.render(request, "joining/console/exits.html", context)


@require_POST
@staff_required
def act_on_many(request: HttpRequest) -> HttpResponse:
    """The same for all ticked ones; who could not be is named with the reason."""
    actor, event = actor_of(request), request.POST.get("event", "")
    policies.may_act(actor).require()
    if event not in MANY:
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    ids = sorted(set(request.POST.getlist("ids")))
    said = {"told_how" if event == ExitEvent.WARN else "reason": request.POST.get("said", "")[:300]}
    result, _again = idempotency.once(
        key=request.POST.get("idempotency_key", ""),
        actor=actor,
        purpose="joining.exits_many",
        body={"ids": ids, "event": event, **said},
        act=lambda: _done(actions.act_on_many(ACTS[event], public_ids=ids, actor=actor, **said)),
    )
    _say(request, result)
    return redirect("joining_console:exits")


def _done(done: Done) -> dict[str, Any]:
    return {"moved": done.moved, "refused": done.refused}


def _say(request: HttpRequest, result: dict[str, Any]) -> None:
    if result["moved"]:
        messages.success(request, str(_("办理了 {n} 件。", n=result["moved"])))
    elif not result["refused"]:
        messages.warning(request, str(_("请先勾选要办理的人。")))
    for line in result["refused"][:10]:
        messages.warning(request, line)


@require_safe
@staff_required
def exit_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """Facts, the moves, what happened. Opening it is a look."""
    actor = actor_of(request)
    case = queries.open_for_reading(actor, public_id)
    context = {
        "case": case,
        "facts": queries.facts(case),
        "timeline": queries.timeline(case, for_member=False),
        "buttons": [_button(case, choice) for choice in queries.choices(actor, case)],
        "undo": queries.undo_until(case),
        "crumbs": _crumbs(case.number),
    }
    return pages.render(request, "joining/console/exit.html", context)


@form_page
@staff_required
def act(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """One move: what follows from it, its reason, then the move itself."""
    actor = actor_of(request)
    case = queries.exit_for(actor, public_id)
    if event not in ACTS:
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    policies.may_decide(actor, case).require()
    move = EXIT.require(case.state, event)
    posted = request.POST if request.method == "POST" else None
    form: Form = WarnForm(posted) if event == ExitEvent.WARN else ReasonForm(posted)
    if request.method == "POST" and form.is_valid():
        try:
            ACTS[event](public_id=public_id, actor=actor, **form.cleaned_data)
        except DomainError as error:
            if not error.fields:
                raise
            form.refuse(error)
        else:
            messages.success(request, str(_("{number}：{label}", number=case.number, label=move.label)))
            return redirect("joining_console:exit", public_id=public_id)
    context = {
        "title": move.label,
        "crumbs": _crumbs(case.number),
        "consequence": move.consequence,
        "facts": queries.facts(case),
        "form": form,
        "action": move.label,
        "danger": event == ExitEvent.DEEM,
        "back_url": reverse("joining_console:exit", args=[public_id]),
    }
    return pages.render(request, "web/confirm.html", context, status=422 if form.errors else 200)


def _exported(actor: Actor, rows: Sequence[Exit]) -> None:
    """Each person in an export is a look at them."""
    looks.record(actor, [row.subject_key for row in rows], LookKind.EXPORTED)


def _button(case: Exit, choice: Choice) -> MoveButton:
    event = choice.move.event
    url = reverse("joining_console:exit-act", args=[case.public_id, event])
    deems = event == ExitEvent.DEEM
    return MoveButton(choice.move.label, url, choice.refusal, primary=event == ExitEvent.WARN, danger=deems)


def _crumbs(last: Text | str) -> list[Crumb]:
    return [Crumb(_("视为退会"), reverse("joining_console:exits")), Crumb(last)]


def _over(rows: Any, _value: str) -> Any:
    """Those whose time to answer is over."""
    return rows.over()


_FILTERS = (
    Filter("state", _("状态"), lambda rows, value: rows.filter(state=value), [(s.code, s.label) for s in EXIT.states]),
    Filter("over", _("回应期限"), _over, [("yes", _("到期没有回应"))]),
    Filter("union", _("工会"), lambda rows, value: rows.filter(union__name__icontains=value)),
)
_COLUMNS = (
    Column(
        "number", _("编号"), lambda row: row.number,
        url=lambda row: reverse("joining_console:exit", args=[row.public_id]),
    ),
    Column("name", _("姓名"), lambda row: masks.mask_name(row.person.name)),
    Column("union", _("工会"), lambda row: row.union.short_name),
    Column("idle", _("没有活动自"), lambda row: row.idle_since, "day", sort="idle_since"),
    Column("account", _("手机账号"), lambda row: _("有") if row.person.user_id else _("没有")),
    Column("due", _("回应期限"), lambda row: row.answer_by or "", "day", sort="answer_by"),
    Column("state", _("状态"), lambda row: row, "status"),
)  # fmt: skip

urlpatterns = [
    path("exits/", exit_list, name="exits"),
    path("exits/many/", act_on_many, name="exits-many"),
    path("exits/<slug:public_id>/", exit_page, name="exit"),
    path("exits/<slug:public_id>/<slug:event>/", act, name="exit-act"),
]
