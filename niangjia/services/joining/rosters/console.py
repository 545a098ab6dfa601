"""The officers' pages of bulk joining: the list, an upload, one roster with its moves, the queue of likenesses."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.commons.people import likeness
from niangjia.commons.people.merge_models import VERDICT_LABELS, Likeness, Verdict
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.personal_data import looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.requests import idempotency
from niangjia.platform.sheets import download
from niangjia.platform.web import pages
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.platform.web.parts import Crumb, Fact, MoveButton
from niangjia.services.joining.rosters import actions, policies, queries, sheets
from niangjia.services.joining.rosters.forms import UploadForm, VerdictForm
from niangjia.services.joining.rosters.models import Roster
from niangjia.services.joining.rosters.states import AT_WORK, ROSTER, WITH_OFFICER, RosterEvent, RosterState

form_page = require_http_methods(["GET", "HEAD", "POST"])
ACTS: Mapping[str, Callable[..., Roster]] = {
    RosterEvent.APPLY: actions.apply_roster,
    RosterEvent.CONFIRM: actions.confirm_roster,
    RosterEvent.RECHECK: actions.recheck_roster,
    RosterEvent.DISCARD: actions.discard_roster,
}


@require_safe
@staff_required
def roster_list(request: HttpRequest) -> HttpResponse:
    """The rosters in the actor's reach, the newest first."""
    actor = actor_of(request)
    policies.may_list(actor).require()
    states = [(state.code, state.label) for state in ROSTER.states]
    listing = ListPage(
        request,
        policies.listed_rosters(actor).with_unions(),
        columns=_COLUMNS,
        filters=[Filter("state", _("状态"), lambda rows, value: rows.filter(state=value), states)],
        order="-created_at",
        size=20,
    )
    context = {"listing": listing, "may_upload": bool(policies.may_upload(actor))}
    return pages.render(request, "joining/console/rosters.html", context)


@form_page
@staff_required
def upload(request: HttpRequest) -> HttpResponse:
    """The form of an upload; the check begins at once."""
    actor = actor_of(request)
    policies.may_upload(actor).require()
    form, status = UploadForm(request.POST or None, request.FILES or None, unions=queries.unions_for(actor)), 422
    if request.method == "POST" and form.is_valid():
        try:
            roster = _uploaded(request, form)
        except DomainError as error:
            if not error.fields:
                raise
            form.refuse(error)
            status = error.status
        else:
            return redirect("joining_console:roster", public_id=roster)
    context = {"form": form, "crumbs": _crumbs(_("上传名单"))}
    return pages.render(request, "joining/console/roster_upload.html", context, status=status if form.errors else 200)


def _uploaded(request: HttpRequest, form: UploadForm) -> str:
    file, said = form.cleaned_data["file"], form.cleaned_data
    digest = hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    file.seek(0)
    answer, _again = idempotency.once(
        key=request.POST.get("idempotency_key", ""),
        actor=actor_of(request),
        purpose="joining.upload_roster",
        body={"union": said["union_code"], "transfer": said["on_transfer"], "file": digest.hexdigest()},
        act=lambda: {
            "roster": actions.upload_roster(
                upload=file, union_code=said["union_code"], on_transfer=said["on_transfer"], actor=actor_of(request)
            ).public_id
        },
    )
    return str(answer["roster"])


@require_safe
@staff_required
def template(request: HttpRequest) -> HttpResponseBase:
    """The workbook to fill in."""
    policies.may_upload(actor_of(request)).require()
    return download.xlsx_response(sheets.template(), name=str(_("入会名单模板")))


@require_safe
@staff_required
def roster(request: HttpRequest, public_id: str) -> HttpResponse:
    """One roster; while a worker has it in hand, htmx asks for the progress again and again."""
    actor = actor_of(request)
    found = queries.roster_for(actor, public_id)
    at_work = found.state in AT_WORK
    context = {
        "roster": found,
        "at_work": at_work,
        "job": queries.work_of(found) if at_work else None,
        "groups": [] if at_work or found.emptied_at else queries.groups(found),
        "obstacle": queries.obstacle(found) if found.state in WITH_OFFICER else None,
        "refusal": _refusal(found),
        "buttons": _buttons(actor, found),
        "timeline": queries.timeline(found),
        "crumbs": _crumbs(found.number),
        "figures": queries.figures(found),
        "unknown": found.counts.get("unknown") or [],
    }
    return pages.render(request, "joining/console/roster.html", context, "joining/console/_roster.html")


@form_page
@staff_required
def act(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """One move of an officer: a plain summary of what follows, then the move."""
    actor = actor_of(request)
    found = queries.roster_for(actor, public_id)
    if event not in ACTS:
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    move = ROSTER.require(found.state, event)
    policies.may_work(actor, found).require()
    back = reverse("joining_console:roster", args=[public_id])
    if request.method == "POST":
        ACTS[event](public_id=public_id, actor=actor)
        messages.success(request, str(_("{number}：{label}", number=found.number, label=move.label)))
        return redirect(back)
    context = {
        "title": move.label,
        "crumbs": _crumbs(found.number),
        "consequence": move.consequence,
        "facts": queries.plain_summary(found),
        "action": move.label,
        "danger": event == RosterEvent.DISCARD,
        "back_url": back,
        "is_console": True,
    }
    return pages.render(request, "web/confirm.html", context)


@require_safe
@staff_required
def returned(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The rows to mend as a workbook; ``?all=1`` gives every row."""
    actor = actor_of(request)
    found = queries.roster_for(actor, public_id)
    policies.may_work(actor, found).require()
    everything = request.GET.get("all") == "1"
    with transaction.atomic():
        book = queries.returned(found, actor, everything=everything)
    return download.xlsx_response(book, name=f"{found.number}-{_('全部') if everything else _('需要改正')}")


@require_safe
@staff_required
def likeness_list(request: HttpRequest) -> HttpResponse:
    """The pairs that may be one person, those without an answer first."""
    policies.may_upload(actor_of(request)).require()
    rows = likeness.visible(actor_of(request)).select_related("person", "union")
    verdicts = [(v.value or "open", VERDICT_LABELS[v]) for v in Verdict]
    listing = ListPage(
        request,
        rows,
        columns=_PAIR_COLUMNS,
        filters=[Filter("verdict", _("判断结果"), _of_verdict, verdicts)],
        order="decided_at",
        size=20,
    )
    return pages.render(request, "joining/console/likenesses.html", {"listing": listing})


@form_page
@staff_required
def pair(request: HttpRequest, public_id: str) -> HttpResponse:
    """One pair: what is the same, what was said, and the form for an answer."""
    actor = actor_of(request)
    found = likeness.pair_for(actor, public_id)
    looks.record(actor, [found.person.public_id], LookKind.OPENED)
    form = VerdictForm(request.POST or None, initial={"verdict": found.verdict})
    if request.method == "POST" and form.is_valid():
        try:
            likeness.judge(public_id=public_id, actor=actor, **form.cleaned_data)
        except DomainError as error:
            if not error.fields:
                raise
            form.refuse(error)
        else:
            messages.success(request, str(_("已记下判断。重新核对名单后，这一行会按它处理。")))
            return redirect("joining_console:likenesses")
    context = {"pair": found, "facts": _pair_facts(found), "form": form, "crumbs": _pair_crumbs()}
    return pages.render(request, "joining/console/likeness.html", context, status=422 if form.errors else 200)


def _of_verdict(rows: Any, value: str) -> Any:
    return rows.filter(verdict="" if value == "open" else value)


def _pair_facts(found: Likeness) -> list[Fact]:
    joiner = "、"
    return [
        Fact(_("已登记的人"), masks.mask_name(found.person.name)),
        Fact(_("相同的项目"), joiner.join(str(label) for label in found.fact_labels)),
        Fact(_("来自"), found.source or "—"),
        Fact(_("现在的判断"), found.verdict_label, note=found.reason),
    ]


def _pair_crumbs() -> list[Crumb]:
    return [*_crumbs(_("疑似重复"))[:-1], Crumb(_("疑似重复"), reverse("joining_console:likenesses"))]


def _buttons(actor: Actor, found: Roster) -> list[MoveButton]:
    """What an officer may do; what another rule forbids is grey, with the sentence."""
    decision = policies.may_work(actor, found)
    shown = []
    for event in ACTS:
        move = ROSTER.find(found.state, event)
        if move is None or not decision or not _is_offered(found, event):
            continue
        url = reverse("joining_console:roster-act", args=[found.public_id, event])
        primary = event in (RosterEvent.APPLY, RosterEvent.CONFIRM)
        why = _why_not(actor, found, event) if primary else None
        shown.append(MoveButton(move.label, url, why, primary=primary, danger=event == RosterEvent.DISCARD))
    return shown


def _is_offered(found: Roster, event: str) -> bool:
    """One of confirming and applying, by the federation's choice; work in a worker's hand is not checked anew."""
    if event == RosterEvent.RECHECK:
        return found.state in WITH_OFFICER
    second = actions.wants_second_eyes(found)
    if event == RosterEvent.CONFIRM:
        return second
    return event != RosterEvent.APPLY or not second or found.state == RosterState.CONFIRMED


def _why_not(actor: Actor, found: Roster, event: str) -> Text | None:
    decision = policies.may_apply(actor, found) if event == RosterEvent.APPLY else policies.may_work(actor, found)
    return decision.refusal if not decision else queries.obstacle(found)


def _refusal(found: Roster) -> Text | None:
    said = found.refusal
    return Text(said["message"], said["values"]) if said else None


def _crumbs(last: Text | str) -> list[Crumb]:
    return [
        Crumb(_("入会申请"), reverse("joining_console:list")),
        Crumb(_("批量入会"), reverse("joining_console:rosters")),
        Crumb(last),
    ]


_COLUMNS = (
    Column(
        "number", _("编号"), lambda row: row.number, "code", sort="number",
        url=lambda row: reverse("joining_console:roster", args=[row.public_id]),
    ),
    Column("union", _("登记在"), lambda row: row.union.short_name),
    Column("state", _("状态"), lambda row: row, "status"),
    Column("rows", _("行数"), lambda row: row.rows_total, "number"),
    Column("new", _("将入会"), lambda row: row.count_of("new"), "number"),
    Column("error", _("有错误"), lambda row: row.count_of("error"), "number"),
    Column("joined", _("已入会"), lambda row: row.joined, "number", sort="joined"),
    Column("by", _("上传"), lambda row: row.uploaded_by.display_name if row.uploaded_by else "—"),
    Column("at", _("上传时间"), lambda row: row.created_at, "moment", sort="created_at"),
)  # fmt: skip
_PAIR_COLUMNS = (
    Column(
        "person", _("已登记的人"), lambda row: masks.mask_name(row.person.name),
        url=lambda row: reverse("joining_console:likeness", args=[row.public_id]),
    ),
    Column("facts", _("相同的项目"), lambda row: "、".join(str(label) for label in row.fact_labels)),
    Column("source", _("来自"), lambda row: row.source, "code"),
    Column("union", _("工会"), lambda row: row.union.short_name),
    Column("verdict", _("判断结果"), lambda row: row.verdict_label),
    Column("at", _("发现时间"), lambda row: row.created_at, "moment", sort="created_at"),
)  # fmt: skip

urlpatterns = [
    path("rosters/", roster_list, name="rosters"),
    path("rosters/new/", upload, name="roster-new"),
    path("rosters/template/", template, name="roster-template"),
    path("rosters/<slug:public_id>/", roster, name="roster"),
    path("rosters/<slug:public_id>/returned/", returned, name="roster-returned"),
    path("rosters/<slug:public_id>/<slug:event>/", act, name="roster-act"),
    path("likenesses/", likeness_list, name="likenesses"),
    path("likenesses/<slug:public_id>/", pair, name="likeness"),
]
