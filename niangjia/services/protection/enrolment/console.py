"""The officers' pages of enrolment: lists with their way to the city's office, who is enrolled and whose protection
ends soon, one person at a counter, taking back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.commons.rosters.pages import RosterPages
from niangjia.commons.rosters.states import RosterEvent
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.requests import idempotency
from niangjia.platform.sheets import download
from niangjia.platform.web import moves, pages
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.platform.web.parts import Crumb, MoveButton
from niangjia.services.protection.enrolment import (
    actions,
    certificate,
    counter,
    enrolled,
    enrolling,
    policies,
    queries,
    sheets,
)  # fmt: skip
from niangjia.services.protection.enrolment.forms import CancelForm, CounterForm, EndForm, ListForm
from niangjia.services.protection.enrolment.models import Roster
from niangjia.services.protection.enrolment.rules import ONE_DAY
from niangjia.services.protection.enrolment.states import ROSTER, Origin
from niangjia.services.protection.models import Enrolment
from niangjia.services.protection.states import EnrolmentEvent

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@staff_required
def list_of_lists(request: HttpRequest) -> HttpResponse:
    """The lists in the actor's reach, the newest first."""
    actor = actor_of(request)
    policies.may_list(actor).require()
    states = [(state.code, state.label) for state in ROSTER.states]
    listing = ListPage(
        request,
        policies.listed_rosters(actor).with_unions().select_related("plan"),
        columns=_COLUMNS,
        filters=[Filter("state", _("状态"), lambda rows, value: rows.filter(state=value), states)],
        order="-created_at",
        size=20,
    )
    context = {"listing": listing, "may_upload": bool(policies.may_upload(actor))}
    return pages.render(request, "protection/enrolment/lists.html", context)


@form_page
@staff_required
def new(request: HttpRequest) -> HttpResponseBase:
    """Bring a list: by a file, by a rule, or those whose protection ends."""
    actor = actor_of(request)
    policies.may_upload(actor).require()
    choices = {"unions": queries.unions_for(actor), "plans": queries.plan_choices()}
    form = ListForm(request.POST or None, request.FILES or None, **choices)
    if request.method == "POST" and form.is_valid():
        try:
            return _brought(request, form)
        except DomainError as error:
            if not error.fields:
                raise
            form.refuse(error)
    context = {"form": form, "crumbs": [*_above(), Crumb(_("新名单"))]}
    return pages.render(request, "protection/enrolment/new.html", context, status=422 if form.errors else 200)


def _brought(request: HttpRequest, form: ListForm) -> HttpResponseBase:
    said, actor = form.cleaned_data, actor_of(request)
    where = {"union_code": said["union_code"], "plan_code": said["plan_code"]}
    rest = {**where, "origin": said["origin"], "from_day": said["from_day"].isoformat()}
    if said["origin"] == Origin.FILE:
        file = said["file"]
        return PAGES.uploaded(
            request, file, rest,
            lambda: actions.upload_roster(upload=file, from_day=said["from_day"], actor=actor, **where),
        )  # fmt: skip

    def act() -> dict[str, str]:
        if said["origin"] == Origin.RENEWAL:
            made = actions.upload_renewal(until=said["from_day"] - ONE_DAY, actor=actor, **where)
        else:
            made = actions.upload_entitled(rule=NEW_FORM_RULE, from_day=said["from_day"], actor=actor, **where)
        return {"roster": made.public_id}

    key = request.POST.get("idempotency_key", "")
    answer, _again = idempotency.once(key=key, actor=actor, purpose="protection.new_list", body=rest, act=act)
    return redirect("protection_console:roster", str(answer["roster"]))


NEW_FORM_RULE = [{"is": "new_form"}]
"""The rule that the form offers; others come over the action."""


@require_safe
@staff_required
def template(request: HttpRequest) -> HttpResponseBase:
    """The workbook to fill in."""
    policies.may_upload(actor_of(request)).require()
    return download.xlsx_response(sheets.template(), name=str(_("参保名单模板")))


@require_safe
@staff_required
def roster(request: HttpRequest, public_id: str) -> HttpResponse:
    """One list; while a worker has it in hand, htmx asks for the progress again and again."""
    bought = policies.visible_rosters(actor_of(request)).filter(public_id=public_id, bought=True).first()
    if bought is not None and (found := queries.purchase_of(bought)):
        return redirect("protection_console:purchase", found)
    return PAGES.detail(request, public_id)


@form_page
@staff_required
def act(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """One move of an office: a plain summary of what follows, then the move."""
    return PAGES.act(request, public_id, event)


@require_safe
@staff_required
def returned(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The rows that are not enrolled as a workbook, each with its reason; ``?all=1`` gives every row."""
    return PAGES.returned(request, public_id)


@require_safe
@staff_required
def enrolments(request: HttpRequest) -> HttpResponseBase:
    """Who is enrolled, with those whose protection ends soon as a filter."""
    actor = actor_of(request)
    policies.may_list(actor).require()
    listing = enrolled.listing(request, actor)
    if "export" in request.GET:
        return listing.export(str(_("参保人员")), lambda rows: enrolled.note_export(actor, rows))
    return pages.render(request, "protection/enrolment/enrolments.html", {"listing": listing})


@require_safe
@staff_required
def enrolment(request: HttpRequest, public_id: str) -> HttpResponse:
    """One enrolment with what may be done to it."""
    actor = actor_of(request)
    found = enrolled.opened_by(actor, public_id)
    context = {
        "enrolment": found,
        "facts": enrolled.facts(found),
        "crumbs": [*_above()[:1], Crumb(found.plan.name)],
        "buttons": _buttons(actor, found),
        "timeline": enrolled.story(found),
    }
    return pages.render(request, "protection/enrolment/enrolment.html", context)


def _buttons(actor: Actor, found: Enrolment) -> list[MoveButton]:
    decision = enrolled.may_change(actor, found)
    addresses = {
        EnrolmentEvent.END_ENROLMENT: "protection_console:enrolment-end",
        EnrolmentEvent.CANCEL_ENROLMENT: "protection_console:enrolment-cancel",
    }
    return [
        MoveButton(move.label, reverse(address, args=[found.public_id]), decision.refusal, danger=True)
        for event, address in addresses.items()
        if (move := found.MACHINE.find(found.state, event)) is not None
    ]


@form_page
@staff_required
def end(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let protection end early: until which day, why, and what becomes of the fee."""
    actor = actor_of(request)
    found = enrolled.one_for(actor, public_id)
    enrolled.may_change(actor, found).require()
    move = moves.asked(request, found.MACHINE, found.state, EnrolmentEvent.END_ENROLMENT)
    form = EndForm(request.POST or None, free=found.plan.is_free)

    def act() -> str:
        return moves.once(
            request, "protection.end_enrolment",
            lambda: enrolling.end_enrolment(public_id=public_id, actor=actor, **form.cleaned_data),
        )  # fmt: skip

    if request.method == "POST" and moves.make(form, act) is not None:
        messages.success(request, str(_("保障到 {day} 为止。", day=form.cleaned_data["day"].isoformat())))
        return redirect("protection_console:enrolment", public_id)
    return _confirm(request, found, move, form)


@form_page
@staff_required
def cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take an enrolment back, with the reason."""
    actor = actor_of(request)
    found = enrolled.one_for(actor, public_id)
    enrolled.may_change(actor, found).require()
    move = moves.asked(request, found.MACHINE, found.state, EnrolmentEvent.CANCEL_ENROLMENT)
    form = CancelForm(request.POST or None)

    def act() -> str:
        return moves.once(
            request, "protection.cancel_enrolment",
            lambda: enrolling.cancel_enrolment(public_id=public_id, actor=actor, **form.cleaned_data),
        )  # fmt: skip

    if request.method == "POST" and moves.make(form, act) is not None:
        messages.success(request, str(_("已作废，统计数字随之更正。")))
        return redirect("protection_console:enrolment", public_id)
    return _confirm(request, found, move, form)


def _confirm(request: HttpRequest, found: Enrolment, move: Any, form: Any) -> HttpResponse:
    context: dict[str, Any] = {
        "title": move.label, "consequence": move.consequence, "facts": enrolled.facts(found), "form": form,
        "action": move.label, "danger": True, "is_console": True, "crumbs": [*_above()[:1], Crumb(move.label)],
        "back_url": reverse("protection_console:enrolment", args=[found.public_id]),
    }  # fmt: skip
    return pages.render(request, "web/confirm.html", context, status=422 if form.errors else 200)


@require_safe
@staff_required
def certificate_pdf(request: HttpRequest, public_id: str) -> HttpResponse:
    """The certificate to print for somebody at the counter."""
    found = enrolled.opened_by(actor_of(request), public_id)
    return certificate.response(found, enrolled.verifying(request, found))


@form_page
@staff_required
def at_counter(request: HttpRequest) -> HttpResponse:
    """Enrol one person who came, by name and whole number."""
    actor = actor_of(request)
    policies.may_upload(actor).require()
    form = CounterForm(request.POST or None, plans=queries.plan_choices())
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("protection_console:enrolment", _enrolled(request, form, actor))
        except DomainError as error:
            form.refuse(error)
    context = {"form": form, "crumbs": [*_above()[:1], Crumb(_("窗口参保"))]}
    return pages.render(request, "protection/enrolment/counter.html", context, status=422 if form.errors else 200)


def _enrolled(request: HttpRequest, form: CounterForm, actor: Actor) -> str:
    said = form.cleaned_data
    body = {"plan": said["plan_code"], "day": said["from_day"].isoformat()}

    def act() -> dict[str, str]:
        person = counter.person_named(actor, said["name"], said["id_number"].number)
        made = enrolling.enrol(
            plan_code=said["plan_code"], person_id=person.pk, from_day=said["from_day"], source="counter", actor=actor
        )
        return {"enrolment": made.public_id}

    key = request.POST.get("idempotency_key", "")
    answer, _again = idempotency.once(key=key, actor=actor, purpose="protection.enrol", body=body, act=act)
    return str(answer["enrolment"])


def _above() -> list[Crumb]:
    return [
        Crumb(_("参保人员"), reverse("protection_console:enrolments")),
        Crumb(_("参保名单"), reverse("protection_console:rosters")),
    ]


PAGES: RosterPages[Roster] = RosterPages(
    moves=actions.MOVES,
    namespace="protection_console",
    acts={
        RosterEvent.APPLY: actions.apply_roster,
        RosterEvent.CONFIRM: actions.confirm_roster,
        RosterEvent.FORWARD: actions.forward_roster,
        RosterEvent.RECHECK: actions.recheck_roster,
        RosterEvent.DISCARD: actions.discard_roster,
    },
    preview=queries.PREVIEW,
    facts=queries.plain_summary,
    crumbs=_above,
    rows=queries.opened_rows,
)

_COLUMNS = (
    Column(
        "number", _("编号"), lambda row: row.number, "code", sort="number",
        url=lambda row: reverse("protection_console:roster", args=[row.public_id]),
    ),
    Column("union", _("工会"), lambda row: row.union.short_name),
    Column("plan", _("方案"), lambda row: row.plan.name),
    Column("state", _("状态"), lambda row: row, "status"),
    Column("rows", _("行数"), lambda row: row.rows_total, "number"),
    Column("enrolled", _("已参保"), lambda row: row.enrolled, "number", sort="enrolled"),
    Column("renewed", _("其中续保"), lambda row: row.renewed, "number", sort="renewed"),
    Column("from", _("起保日期"), lambda row: row.from_day, "day", sort="from_day"),
    Column("at", _("上传时间"), lambda row: row.created_at, "moment", sort="created_at"),
)  # fmt: skip

urlpatterns = [
    path("rosters/", list_of_lists, name="rosters"),
    path("rosters/new/", new, name="roster-new"),
    path("rosters/template/", template, name="roster-template"),
    path("rosters/<slug:public_id>/", roster, name="roster"),
    path("rosters/<slug:public_id>/returned/", returned, name="roster-returned"),
    path("rosters/<slug:public_id>/<slug:event>/", act, name="roster-act"),
    path("enrolments/", enrolments, name="enrolments"),
    path("enrolments/new/", at_counter, name="enrolment-new"),
    path("enrolments/<slug:public_id>/", enrolment, name="enrolment"),
    path("enrolments/<slug:public_id>/end/", end, name="enrolment-end"),
    path("enrolments/<slug:public_id>/cancel/", cancel, name="enrolment-cancel"),
    path("enrolments/<slug:public_id>/certificate.pdf", certificate_pdf, name="certificate-pdf"),
]
