"""The officers' pages of stalls: the list, opening one, the code to be scanned, who came, and what follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.requests import idempotency
from niangjia.platform.web import pages, saved
from niangjia.platform.web.addresses import is_htmx
from niangjia.platform.web.forms import Form
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.platform.web.parts import Crumb, Fact, MoveButton
from niangjia.services.joining import actions as applications
from niangjia.services.joining.stalls import actions, codes, policies, queries
from niangjia.services.joining.stalls.forms import EndForm, ExtendForm, FoundingForm, OpenForm
from niangjia.services.joining.stalls.models import Stall
from niangjia.services.joining.stalls.states import STALL, TALK_LABELS, StallEvent, Talk

saved.register("joining.stalls", "joining_console:stalls")
form_page = require_http_methods(["GET", "HEAD", "POST"])
ACTS = (StallEvent.END, StallEvent.EXTEND, StallEvent.RECORD_FOUNDING, StallEvent.RENEW, StallEvent.CALL_OFF)


@require_safe
@staff_required
def stall_list(request: HttpRequest) -> HttpResponseBase:
    """The talks in the actor's reach, the newest first; exported with ``?export=xlsx``."""
    actor = actor_of(request)
    policies.may_list(actor).require()
    listing = ListPage(
        request,
        policies.listed_stalls(actor).with_unions(),
        columns=_COLUMNS,
        filters=_FILTERS,
        order="-created_at",
        size=20,
        code="joining.stalls",
    )
    if "export" in request.GET:
        return listing.export(str(_("双沟通和现场入会")), before=_count)
    _count(listing.page.rows)
    context = {
        "listing": listing,
        "may_open": bool(policies.may_open(actor)),
        "running": policies.listed_stalls(actor).running(clock.now()).with_unions().order_by("-created_at")[:5],
    }
    return pages.render(request, "joining/console/stalls.html", context)


@form_page
@staff_required
def open_one(request: HttpRequest) -> HttpResponse:
    """Begin a talk; the code to be scanned comes next."""
    actor = actor_of(request)
    policies.may_open(actor).require()
    initial = {"union_code": queries.own_union(actor)}
    form = OpenForm(request.POST or None, unions=queries.unions_for(actor), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            stall = _opened(request, form)
        except DomainError as error:
            if not error.fields:
                raise
            form.refuse(error)
        else:
            return redirect("joining_console:stall", public_id=stall)
    context = {"form": form, "crumbs": _crumbs(_("开始现场入会"))}
    status = 422 if form.errors else 200
    return pages.render(request, "joining/console/stall_open.html", context, status=status)


def _opened(request: HttpRequest, form: OpenForm) -> str:
    said = {**form.cleaned_data, "day": form.cleaned_data["day"] or clock.today()}
    answer, _again = idempotency.once(
        key=request.POST.get("idempotency_key", ""),
        actor=actor_of(request),
        purpose="joining.open_stall",
        body={name: str(value) for name, value in said.items()},
        act=lambda: {"stall": actions.open_stall(**said, actor=actor_of(request)).public_id},
    )
    return str(answer["stall"])


@never_cache
@require_safe
@staff_required
def stall_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """The code, who came, and the moves; htmx asks for news and gets an answer only when there are some."""
    actor = actor_of(request)
    stall = queries.stall_for(actor, public_id)
    found = queries.arrivals(actor, stall)
    if is_htmx(request) and request.GET.get("seen") == found.version:
        return HttpResponse(status=204)
    context = {
        "stall": stall,
        "code": _shown(request, actor, stall),
        "arrivals": found,
        "figures": queries.figures(stall, found),
        "buttons": _buttons(actor, stall, came=found.total > 0),
        "timeline": queries.timeline(stall),
        "crumbs": _crumbs(stall.place),
    }
    return pages.render(request, "joining/console/stall.html", context, "joining/console/_arrivals.html")


@never_cache
@require_safe
@staff_required
def code_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """The code alone, as large as the screen, for others to scan: no name of anybody stands on it."""
    actor = actor_of(request)
    stall = queries.stall_for(actor, public_id)
    policies.may_run(actor, stall).require()
    context = {"stall": stall, "code": _shown(request, actor, stall)}
    return pages.render(request, "joining/console/stall_code.html", context, "joining/console/_stall_code.html")


@require_POST
@staff_required
def approve(request: HttpRequest, public_id: str) -> HttpResponse:
    """Approve the ticked ones, or all who stood on the page; who could not be approved is named with the reason."""
    actor = actor_of(request)
    stall = queries.stall_for(actor, public_id)
    ids = sorted(set(request.POST.get("all", "").split() or request.POST.getlist("ids")))
    result, _again = idempotency.once(
        key=request.POST.get("idempotency_key", ""),
        actor=actor,
        purpose="joining.approve_at_stall",
        body={"stall": public_id, "ids": ids},
        act=lambda: _approved(actor, stall, ids),
    )
    if result["approved"]:
        messages.success(request, str(_("{n} 人入会成功，会员卡已经在他们手机上。", n=result["approved"])))
    elif not result["refused"]:
        messages.warning(request, str(_("请先勾选要通过的人。")))
    for line in result["refused"][:10]:
        messages.warning(request, line)
    return redirect("joining_console:stall", public_id=public_id)


def _approved(actor: Actor, stall: Stall, ids: Sequence[str]) -> dict[str, Any]:
    here = {one.application.public_id for one in queries.arrivals(actor, stall).shown}
    done = applications.approve_many(public_ids=[one for one in ids if one in here], actor=actor)
    return {
        "approved": len(done.moved),
        "refused": [f"{refused.number} {refused.error.message}" for refused in done.refused],
    }


@form_page
@staff_required
def act(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """One move: what follows from it, then the move itself."""
    actor = actor_of(request)
    stall = queries.stall_for(actor, public_id)
    if event not in ACTS:
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    policies.may_run(actor, stall).require()
    move = STALL.require(stall.state, event)
    form = _form(request, actor, stall, event)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            _ACTIONS[event](public_id=public_id, actor=actor, **(form.cleaned_data if form else {}))
        except DomainError as error:
            if form is None or not error.fields:
                raise
            form.refuse(error)
        else:
            messages.success(request, str(_("{place}：{label}", place=stall.place, label=move.label)))
            return redirect("joining_console:stall", public_id=public_id)
    context = {
        "title": move.label,
        "crumbs": _crumbs(stall.place),
        "consequence": move.consequence,
        "facts": [Fact(stall.talk_label, f"{stall.place} {stall.day:%Y-%m-%d}")],
        "form": form,
        "action": move.label,
        "danger": event == StallEvent.CALL_OFF,
        "back_url": reverse("joining_console:stall", args=[public_id]),
    }
    return pages.render(request, "web/confirm.html", context, status=422 if form is not None and form.errors else 200)


def _form(request: HttpRequest, actor: Actor, stall: Stall, event: str) -> Form | None:
    if event == StallEvent.END:
        return EndForm(request.POST if request.method == "POST" else None)
    if event == StallEvent.EXTEND:
        return ExtendForm(request.POST or None)
    if event == StallEvent.RECORD_FOUNDING:
        return FoundingForm(request.POST or None, unions=queries.founded_unions(actor, stall))
    return None


_ACTIONS: dict[str, Callable[..., Stall]] = {
    StallEvent.END: actions.end_stall,
    StallEvent.EXTEND: actions.extend_stall,
    StallEvent.CALL_OFF: actions.call_off_stall,
    StallEvent.RENEW: actions.renew_stall,
    StallEvent.RECORD_FOUNDING: actions.record_founding,
}


def _shown(request: HttpRequest, actor: Actor, stall: Stall) -> dict[str, Any] | None:
    """The code for a page; None when nobody can join any more, or the viewer only reads."""
    if not stall.is_running or not policies.may_run(actor, stall):
        return None
    code = codes.of(stall)
    address = request.build_absolute_uri(code.path)
    return {
        "text": code.text,
        "picture": _drawn(address),
        "typed_at": request.build_absolute_uri(reverse("joining:stall-code")).split("://", 1)[1],
        "renew_in": code.renew_in,
    }


def _drawn(text: str) -> SafeString:
    """The address as an SVG that fills its frame, with the quiet border that scanners need."""
    picture = segno.make(text, error="m", micro=False).svg_inline(omitsize=True, border=4, light="#fff", dark="#000")
    return mark_safe(picture)  # noqa: S308 - drawn by segno from our own text


def _buttons(actor: Actor, stall: Stall, *, came: bool) -> list[MoveButton]:
    """What staff may do; a talk to which somebody came can only be ended, and the grey button says so."""
    if not policies.may_run(actor, stall):
        return []
    shown = []
    for event in ACTS:
        move = STALL.find(stall.state, event)
        if move is None or (event == StallEvent.RECORD_FOUNDING and stall.founded_id):
            continue
        url = reverse("joining_console:stall-act", args=[stall.public_id, event])
        calls_off = event == StallEvent.CALL_OFF
        why = _("已经有人在这里提交申请，只能结束。") if calls_off and (came or stall.founded_id) else None
        shown.append(MoveButton(move.label, url, why, danger=calls_off))
    return shown


def _count(rows: Sequence[Stall]) -> None:
    joined, applied = queries.joined_by(rows), queries.applied_by(rows)
    for row in rows:
        row.joined_count, row.applied_count = joined[row.pk], applied[row.pk]  # type: ignore[attr-defined]


def _crumbs(last: Text | str) -> list[Crumb]:
    return [Crumb(_("现场入会"), reverse("joining_console:stalls")), Crumb(last)]


_FILTERS = (
    Filter("state", _("状态"), lambda rows, value: rows.filter(state=value), [(s.code, s.label) for s in STALL.states]),
    Filter("talk", _("种类"), lambda rows, value: rows.filter(talk=value), [(k.value, TALK_LABELS[k]) for k in Talk]),
    Filter("place", _("地点"), lambda rows, value: rows.filter(place__icontains=value)),
)
_COLUMNS = (
    Column(
        "place", _("地点"), lambda row: row.place,
        url=lambda row: reverse("joining_console:stall", args=[row.public_id]),
    ),
    Column("talk", _("种类"), lambda row: row.talk_label),
    Column("union", _("工会"), lambda row: row.union.short_name),
    Column("day", _("日期"), lambda row: row.day, "day", sort="day"),
    Column("state", _("状态"), lambda row: row, "status"),
    Column("attended", _("参加"), lambda row: row.attended, "number", sort="attended"),
    Column("applied", _("申请"), lambda row: row.applied_count, "number"),
    Column("joined", _("入会"), lambda row: row.joined_count, "number"),
    Column("founded", _("促成建会"), lambda row: row.founded.short_name if row.founded else "—"),
    Column("by", _("办理人"), lambda row: row.opened_by.display_name if row.opened_by else "—", optional=True),
)  # fmt: skip

urlpatterns = [
    path("stalls/", stall_list, name="stalls"),
    path("stalls/new/", open_one, name="stall-new"),
    path("stalls/<slug:public_id>/", stall_page, name="stall"),
    path("stalls/<slug:public_id>/code/", code_page, name="stall-code"),
    path("stalls/<slug:public_id>/approve/", approve, name="stall-approve"),
    path("stalls/<slug:public_id>/<slug:event>/", act, name="stall-act"),
]
