"""The officers' pages: feeds with their dry run, rounds with their sample, what matched nobody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from niangjia.commons.rosters.pages import RosterPages
from niangjia.commons.rosters.states import RosterEvent
from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.personal_data import looks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.sheets import download
from niangjia.platform.web import moves, pages, saved
from niangjia.platform.web.parts import Crumb, Fact, MoveButton
from niangjia.services.reimbursement import actions, lists, policies, queries
from niangjia.services.reimbursement.feeds import queries as feed_queries
from niangjia.services.reimbursement.feeds import sheets
from niangjia.services.reimbursement.feeds.actions import MOVES
from niangjia.services.reimbursement.forms import MatchForm, ReasonForm, UploadForm
from niangjia.services.reimbursement.models import Case, Feed, Round
from niangjia.services.reimbursement.states import CASE, LOST, ROUND, CaseEvent, CaseState, LostEvent, RoundEvent

app_name = "reimbursement_console"
saved.register(lists.FEEDS, "reimbursement_console:feeds")
saved.register(lists.ROUNDS, "reimbursement_console:rounds")
saved.register(lists.LOST_ONES, "reimbursement_console:lost")
form_page = require_http_methods(["GET", "HEAD", "POST"])


# Feeds


@require_safe
@staff_required
def feed_list(request: HttpRequest) -> HttpResponse:
    """The feeds in the actor's reach, the newest first."""
    actor = actor_of(request)
    policies.may_list(actor).require()
    context = {"listing": lists.feeds(request), "may_upload": bool(policies.may_upload(actor))}
    return pages.render(request, "reimbursement/console/feeds.html", context)


@form_page
@staff_required
def upload(request: HttpRequest) -> HttpResponseBase:
    """The form of an upload; matching and trying out begin at once."""
    actor = actor_of(request)
    policies.may_upload(actor).require()
    form = UploadForm(request.POST or None, request.FILES or None, unions=feed_queries.unions_for(actor))
    if request.method == "POST" and form.is_valid():
        try:
            return _uploaded(request, form)
        except DomainError as error:
            form.refuse(error)
    context = {"form": form, "crumbs": [*_above(), Crumb(_("上传结算数据"))]}
    return pages.render(request, "reimbursement/console/upload.html", context, status=422 if form.errors else 200)


def _uploaded(request: HttpRequest, form: UploadForm) -> HttpResponseBase:
    file = form.cleaned_data["file"]
    rest = {name: form.cleaned_data[name] for name in ("union_code", "programme")}
    return PAGES.uploaded(
        request, file, rest, lambda: actions.upload_roster(upload=file, actor=actor_of(request), **rest)
    )


@require_safe
@staff_required
def template(request: HttpRequest) -> HttpResponseBase:
    """The workbook to fill in."""
    policies.may_upload(actor_of(request)).require()
    return download.xlsx_response(sheets.template(), name=str(_("结算数据模板")))


@require_safe
@staff_required
def feed(request: HttpRequest, public_id: str) -> HttpResponse:
    """One feed; while a worker has it in hand, htmx asks for the progress again and again."""
    return PAGES.detail(request, public_id)


@form_page
@staff_required
def feed_act(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """One move of a feed: a plain summary of the dry run, then the move."""
    return PAGES.act(request, public_id, event)


@require_safe
@staff_required
def returned(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The rows that cannot be used as a workbook; ``?all=1`` gives every row."""
    return PAGES.returned(request, public_id)


def _above() -> list[Crumb]:
    return [Crumb(_("二次报销"), reverse("reimbursement_console:feeds"))]


def _round_of(found: Feed) -> Crumb | None:
    """The round that a feed has become."""
    made = Round.objects.filter(feed=found).first()
    return Crumb(_("去复核这一轮"), reverse("reimbursement_console:round", args=[made.public_id])) if made else None


PAGES = RosterPages(
    moves=MOVES,
    namespace="reimbursement_console",
    acts={
        RosterEvent.APPLY: actions.apply_roster,
        RosterEvent.RECHECK: actions.recheck_roster,
        RosterEvent.DISCARD: actions.discard_roster,
    },
    preview=feed_queries.PREVIEW,
    facts=feed_queries.plain_summary,
    crumbs=_above,
    rows=feed_queries.opened_rows,
    result=_round_of,
)


# Rounds and their cases


@require_safe
@staff_required
def round_list(request: HttpRequest) -> HttpResponse:
    """The rounds in the actor's reach."""
    policies.may_list(actor_of(request)).require()
    return pages.render(request, "reimbursement/console/rounds.html", {"listing": lists.rounds(request)})


@never_cache
@require_safe
@staff_required
def round_page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """A round: its numbers, how its sums are spread, its cases; exported with ``?export=xlsx``."""
    actor = actor_of(request)
    found = queries.round_for(actor, public_id)
    listing = lists.cases(request, found)
    if "export" in request.GET:
        return listing.export(str(_("二次报销")), lambda rows: lists.note_export(actor, rows))
    totals = queries.totals(found)
    context = {
        "round": found,
        "figures": queries.figures(totals),
        "bands": queries.bands(found),
        "most": max((count for _label, count, _fen in queries.bands(found)), default=0),
        "listing": listing,
        "buttons": _round_buttons(actor, found),
        "crumbs": [*_rounds_above(), Crumb(found.feed.number if found.feed else _("人工匹配"))],
    }
    return pages.render(request, "reimbursement/console/round.html", context)


def _rounds_above() -> list[Crumb]:
    return [*_above(), Crumb(_("报销复核"), reverse("reimbursement_console:rounds"))]


def _round_buttons(actor: Any, found: Round) -> list[MoveButton]:
    decision = policies.may_decide(actor, found)
    refusal = None if decision else decision.refusal
    return [
        MoveButton(
            move.label,
            reverse("reimbursement_console:round-act", args=[found.public_id, move.event]),
            refusal,
            primary=move.event == RoundEvent.APPROVE_ROUND,
            danger=move.event == RoundEvent.CALL_OFF_ROUND,
        )
        for move in ROUND.moves
        if found.state in move.sources
    ]


@form_page
@staff_required
def round_act(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """Agree to a round, or call it off."""
    actor = actor_of(request)
    found = queries.round_for(actor, public_id)
    acts: dict[str, Callable[..., Any]] = {
        RoundEvent.APPROVE_ROUND: actions.approve_round,
        RoundEvent.CALL_OFF_ROUND: actions.call_off_round,
    }
    policies.may_decide(actor, found).require()
    back = reverse("reimbursement_console:round", args=[public_id])
    crumbs, figures = [*_rounds_above(), Crumb(_("这一轮"), back)], queries.figures(queries.totals(found))[:3]
    facts = [Fact(one.label, f"{one.value} {one.unit}") for one in figures]
    return _act(request, ROUND, found, event, acts, back, crumbs, facts)


@never_cache
@require_safe
@staff_required
def case(request: HttpRequest, public_id: str) -> HttpResponse:
    """One case with its sum, for who looks twice. Opening it is logged."""
    actor = actor_of(request)
    found = queries.case_for(actor, public_id)
    looks.record(actor, [found.owner_key], LookKind.OPENED)
    context = {
        "case": found,
        "facts": queries.case_facts(found, person=True),
        "sum": queries.sum_of(found),
        "buttons": _case_buttons(actor, found),
        "may_clear": bool(found.sampled) and found.state == CaseState.COMPUTED and found.judged_by_id is None,
        "crumbs": [
            *_rounds_above(),
            Crumb(_("这一轮"), reverse("reimbursement_console:round", args=[found.round.public_id])),
            Crumb(found.transaction),
        ],
    }
    return pages.render(request, "reimbursement/console/case.html", context)


_CASE_MAY: dict[str, Callable[..., Any]] = {
    CaseEvent.TAKE_UP: policies.may_take_up,
    CaseEvent.WITHHOLD: policies.may_judge,
    CaseEvent.DROP: policies.may_judge,
}


def _case_buttons(actor: Any, found: Case) -> list[MoveButton]:
    return [
        MoveButton(
            move.label,
            reverse("reimbursement_console:case-act", args=[found.public_id, move.event]),
            _CASE_MAY[move.event](actor, found).refusal,
            primary=move.event == CaseEvent.TAKE_UP,
            danger=move.event == CaseEvent.DROP,
        )
        for move in CASE.moves
        if found.state in move.sources and move.event in _CASE_MAY
    ]


@require_POST
@staff_required
def clear(request: HttpRequest, public_id: str) -> HttpResponse:
    """A sampled case is right."""
    actor = actor_of(request)
    found = queries.case_for(actor, public_id)
    moves.once(request, "reimbursement.clear", lambda: actions.clear(public_id=public_id, actor=actor))
    messages.success(request, str(_("已记下：这一笔核对无误。")))
    return redirect("reimbursement_console:round", found.round.public_id)


@form_page
@staff_required
def case_act(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """Hold a case back, take it up again, or drop it."""
    actor = actor_of(request)
    found = queries.case_for(actor, public_id)
    acts: dict[str, Callable[..., Any]] = {
        CaseEvent.WITHHOLD: actions.withhold,
        CaseEvent.TAKE_UP: actions.take_up,
        CaseEvent.DROP: actions.drop,
    }
    if event not in acts:
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    _CASE_MAY[event](actor, found).require()
    back = reverse("reimbursement_console:round", args=[found.round.public_id])
    crumbs = [*_rounds_above(), Crumb(_("这一轮"), back), Crumb(found.transaction)]
    return _act(request, CASE, found, event, acts, back, crumbs)


def _act(
    request: HttpRequest, machine: Any, found: Any, event: str, acts: dict[str, Callable[..., Any]], back: str,
    crumbs: list[Crumb], facts: Sequence[Fact] = (),
) -> HttpResponse:  # fmt: skip
    """One move with its consequence and, where it needs one, its reason."""
    if event not in acts:
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    move = moves.asked(request, machine, found.state, event)
    form = ReasonForm(request.POST or None) if move.needs_reason else None

    def act() -> str:
        given = {"reason": form.cleaned_data["reason"]} if form is not None else {}
        return moves.once(
            request, f"{machine.name}.{event}",
            lambda: acts[event](public_id=found.public_id, actor=actor_of(request), **given),
        )  # fmt: skip

    if request.method == "POST" and moves.make(form, act) is not None:
        messages.success(request, str(move.label))
        return redirect(back)
    return moves.confirm(
        request, form, title=move.label, consequence=move.consequence, back_url=back, danger=move.needs_reason,
        is_console=True, crumbs=crumbs, facts=facts,
    )  # fmt: skip


@require_safe
@staff_required
def withheld_list(request: HttpRequest) -> HttpResponseBase:
    """Cases that were held back, of all rounds: each is taken up again or dropped."""
    actor = actor_of(request)
    policies.may_list(actor).require()
    listing = lists.withheld(request)
    if "export" in request.GET:
        return listing.export(str(_("暂缓的报销")), lambda rows: lists.note_export(actor, rows))
    context = {"listing": listing, "crumbs": [*_rounds_above(), Crumb(_("暂缓的报销"))]}
    return pages.render(request, "reimbursement/console/withheld.html", context)


# What matched nobody


@require_safe
@staff_required
def lost_list(request: HttpRequest) -> HttpResponse:
    """Settlements that matched nobody, with their causes."""
    policies.may_list(actor_of(request)).require()
    return pages.render(request, "reimbursement/console/lost_list.html", {"listing": lists.lost(request)})


@never_cache
@form_page
@staff_required
def lost_one(request: HttpRequest, public_id: str) -> HttpResponse:
    """One of them: what the insurer wrote, masked, and the form for whose it is."""
    actor = actor_of(request)
    found = queries.lost_for(actor, public_id)
    if request.method == "POST":
        policies.may_match(actor, found).require()
    form = MatchForm(request.POST or None)
    if request.method == "POST" and (made := moves.make(form, lambda: _matched(request, form, public_id))) is not None:
        messages.success(request, str(_("已匹配并算好，等另一位同事复核。")))
        return redirect("reimbursement_console:round", Case.objects.get(public_id=made).round.public_id)
    context = {
        "lost": found,
        "facts": queries.lost_facts(found),
        "form": form if form.errors or queries.may_match_now(actor, found) else None,
        "give_up_url": reverse("reimbursement_console:lost-act", args=[public_id, LostEvent.GIVE_UP_ON.value]),
        "crumbs": [*_lost_above(), Crumb(found.transaction)],
    }
    return pages.render(request, "reimbursement/console/lost.html", context, status=422 if form.errors else 200)


def _matched(request: HttpRequest, form: MatchForm, public_id: str) -> str:
    """The case that was made of it."""
    actor, said = actor_of(request), form.cleaned_data
    return moves.once(request, "reimbursement.match", lambda: actions.match(public_id=public_id, actor=actor, **said))


def _lost_above() -> list[Crumb]:
    return [*_above(), Crumb(_("没有匹配到人"), reverse("reimbursement_console:lost"))]


@form_page
@staff_required
def lost_act(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """Look no further."""
    actor = actor_of(request)
    found = queries.lost_for(actor, public_id)
    policies.may_match(actor, found).require()
    back = reverse("reimbursement_console:lost")
    acts = {LostEvent.GIVE_UP_ON.value: actions.give_up_on}
    return _act(request, LOST, found, event, acts, back, [*_lost_above(), Crumb(found.transaction)])


urlpatterns = [
    path("", feed_list, name="feeds"),
    path("feeds/new/", upload, name="roster-new"),
    path("feeds/template/", template, name="roster-template"),
    path("feeds/<slug:public_id>/", feed, name="roster"),
    path("feeds/<slug:public_id>/returned/", returned, name="roster-returned"),
    path("feeds/<slug:public_id>/<slug:event>/", feed_act, name="roster-act"),
    path("rounds/", round_list, name="rounds"),
    path("rounds/<slug:public_id>/", round_page, name="round"),
    path("rounds/<slug:public_id>/<slug:event>/", round_act, name="round-act"),
    path("withheld/", withheld_list, name="withheld"),
    path("cases/<slug:public_id>/", case, name="case"),
    path("cases/<slug:public_id>/clear/", clear, name="clear"),
    path("cases/<slug:public_id>/<slug:event>/", case_act, name="case-act"),
    path("lost/", lost_list, name="lost"),
    path("lost/<slug:public_id>/", lost_one, name="lost-one"),
    path("lost/<slug:public_id>/<slug:event>/", lost_act, name="lost-act"),
]
