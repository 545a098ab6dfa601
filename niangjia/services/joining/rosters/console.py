"""The officers' pages of bulk joining: the list, an upload, one roster with its moves, the queue of likenesses."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.commons.people import likeness
from niangjia.commons.people.merge_models import VERDICT_LABELS, Likeness, Verdict
from niangjia.commons.rosters.pages import RosterPages
from niangjia.commons.rosters.preview import roster_for
from niangjia.commons.rosters.states import RosterEvent
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import Listed, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.personal_data import masks
from niangjia.platform.sheets import download
from niangjia.platform.web import pages
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.platform.web.parts import Crumb, Fact, MoveButton
from niangjia.services.joining.rosters import actions, pairs, policies, queries, sheets
from niangjia.services.joining.rosters.forms import UploadForm, VerdictForm
from niangjia.services.joining.rosters.kind import KIND
from niangjia.services.joining.rosters.models import Roster
from niangjia.services.joining.rosters.states import ROSTER
from niangjia.services.joining.transfers import proposing

form_page = require_http_methods(["GET", "HEAD", "POST"])
ASK_TRANSFERS = _("请会籍在别处的人转来")


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
def upload(request: HttpRequest) -> HttpResponseBase:
    """The form of an upload; the check begins at once."""
    actor = actor_of(request)
    policies.may_upload(actor).require()
    form, status = UploadForm(request.POST or None, request.FILES or None, unions=queries.unions_for(actor)), 422
    if request.method == "POST" and form.is_valid():
        try:
            return _uploaded(request, form)
        except DomainError as error:
            if not error.fields:
                raise
            form.refuse(error)
            status = error.status
    context = {"form": form, "crumbs": [*_above(), Crumb(_("上传名单"))]}
    return pages.render(request, "joining/console/roster_upload.html", context, status=status if form.errors else 200)


def _uploaded(request: HttpRequest, form: UploadForm) -> HttpResponseBase:
    file, said = form.cleaned_data["file"], form.cleaned_data
    rest = {"union_code": said["union_code"], "on_transfer": said["on_transfer"]}
    return PAGES.uploaded(
        request, file, rest, lambda: actions.upload_roster(upload=file, actor=actor_of(request), **rest)
    )


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
    return PAGES.detail(request, public_id)


@form_page
@staff_required
def act(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """One move of an officer: a plain summary of what follows, then the move."""
    return PAGES.act(request, public_id, event)


@form_page
@staff_required
def ask_transfers(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask those of the roster who are members elsewhere to come: who that is in numbers, then the asking."""
    actor = actor_of(request)
    found = roster_for(KIND, actor, public_id)
    policies.may_work(actor, found).require()
    back = reverse("joining_console:roster", args=[public_id])
    if request.method == "POST":
        asked = proposing.propose_by_officer(public_id=public_id, actor=actor)
        messages.success(request, str(_("已请 {n} 人本人确认，同意的按接转办理。", n=asked)))
        return redirect(back)
    left = proposing.left_to_ask(found)
    context = {
        "title": ASK_TRANSFERS,
        "crumbs": [*_above(), Crumb(found.number)],
        "consequence": _("每人会收到短信，本人同意后才转；同意以前原工会不知道。一次最多请 500 人。"),
        "facts": [Fact(_("名单"), found.number), Fact(_("会籍在别处、还没有请过的"), _("{n} 人", n=f"{left:,}"))],
        "action": ASK_TRANSFERS,
        "back_url": back,
    }
    return pages.render(request, "web/confirm.html", context)


def _ask_transfers_button(actor: Actor, found: Roster) -> list[MoveButton]:
    if not policies.may_work(actor, found) or not proposing.left_to_ask(found):
        return []
    return [MoveButton(ASK_TRANSFERS, reverse("joining_console:roster-transfers", args=[found.public_id]))]


@require_safe
@staff_required
def returned(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The rows to mend as a workbook; ``?all=1`` gives every row."""
    return PAGES.returned(request, public_id)


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
    sides = pairs.pair_of(actor, found)
    context = {"pair": found, "sides": sides, "facts": _pair_facts(found), "form": form, "crumbs": _pair_crumbs()}
    return pages.render(request, "joining/console/likeness.html", context, status=422 if form.errors else 200)


def _of_verdict(rows: Any, value: str) -> Any:
    return rows.filter(verdict="" if value == "open" else value)


def _pair_facts(found: Likeness) -> list[Fact]:
    joiner = "、"
    return [
        Fact(_("相同的项目"), joiner.join(str(label) for label in found.fact_labels)),
        Fact(_("来自"), found.source or "—"),
        Fact(_("现在的判断"), found.verdict_label, note=found.reason),
    ]


def _pair_crumbs() -> list[Crumb]:
    return [*_above(), Crumb(_("疑似重复"), reverse("joining_console:likenesses"))]


def _above() -> list[Crumb]:
    return [
        Crumb(_("入会申请"), reverse("joining_console:list")),
        Crumb(_("批量入会"), reverse("joining_console:rosters")),
    ]


PAGES = RosterPages(
    moves=actions.MOVES,
    namespace="joining_console",
    acts={
        RosterEvent.APPLY: actions.apply_roster,
        RosterEvent.CONFIRM: actions.confirm_roster,
        RosterEvent.RECHECK: actions.recheck_roster,
        RosterEvent.DISCARD: actions.discard_roster,
    },
    preview=queries.PREVIEW,
    facts=queries.plain_summary,
    crumbs=_above,
    rows=queries.opened_rows,
    more=_ask_transfers_button,
)


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
    Column("facts", _("相同的项目"), lambda row: str(Listed(tuple(row.fact_labels)))),
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
    path("rosters/<slug:public_id>/transfers/", ask_transfers, name="roster-transfers"),
    path("rosters/<slug:public_id>/returned/", returned, name="roster-returned"),
    path("rosters/<slug:public_id>/<slug:event>/", act, name="roster-act"),
    path("likenesses/", likeness_list, name="likenesses"),
    path("likenesses/<slug:public_id>/", pair, name="likeness"),
]
