"""Merges of double entries: the list, the plan before anybody decides, the decision, and taking apart again."""

from __future__ import annotations

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.commons.people import queries as people
from niangjia.commons.people.merging import actions, found, policies, queries
from niangjia.commons.people.merging.models import Merge
from niangjia.commons.people.merging.queries import Proposal
from niangjia.commons.people.merging.states import ENTRY_LABELS, MERGE, MergeEvent
from niangjia.commons.people.merging.values import GROUP_LABELS
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.personal_data.masks import mask_name
from niangjia.platform.web import moves, pages, saved
from niangjia.platform.web.fields import ReasonField
from niangjia.platform.web.forms import Form, spoken
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.platform.web.parts import Crumb, MoveButton
from niangjia.platform.web.tones import status_of

LIST = "people.merges"
saved.register(LIST, "console:merges")
OTHER = "with"
TAKES_AWAY = (MergeEvent.REFUSE, MergeEvent.UNDO)
form_page = require_http_methods(["GET", "HEAD", "POST"])

COLUMNS = [
    Column("number", _("编号"), lambda m: m.number, kind="code",
           url=lambda m: reverse("console:merge", args=[m.public_id])),
    Column("name", _("姓名"), lambda m: mask_name(m.kept.name)),
    Column("union", _("工会"), lambda m: m.union.name),
    Column("by", _("提出"), lambda m: m.proposed_by.display_name if m.proposed_by else "—"),
    Column("state", _("状态"), lambda m: status_of(m.MACHINE, m.state), kind="status"),
    Column("undo_until", _("可撤销到"), lambda m: m.undo_until, kind="day"),
    Column("created_at", _("提出时间"), lambda m: m.created_at, kind="moment", sort="created_at"),
]  # fmt: skip
FILTERS = [
    Filter("state", _("状态"), lambda rows, code: rows.filter(state=code),
           [(state.code, state.label) for state in MERGE.states]),
]  # fmt: skip


class ProposalForm(Form):
    """Which values stay, and why the two are one."""

    reason = ReasonField(max_length=300, help_text=_("写清楚怎样确认是同一个人。不要写证件号和手机号。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for group, label in GROUP_LABELS.items():
            self.fields[group] = django_forms.ChoiceField(
                label=spoken(label),
                choices=[(entry.value, said) for entry, said in ENTRY_LABELS.items()],
                widget=django_forms.RadioSelect,
            )

    def choices(self) -> dict[str, str] | None:
        """What was chosen, None while nothing readable was."""
        said = {group: str(self.data.get(group, "")) for group in GROUP_LABELS} if self.is_bound else {}
        return said if said and all(one in set(ENTRY_LABELS) for one in said.values()) else None


class AnswerForm(Form):
    """A reason that the colleague, or the auditor, will read."""

    reason = ReasonField(max_length=300, help_text=_("不要写证件号和手机号。"))


@require_safe
@staff_required
def listing(request: HttpRequest) -> HttpResponseBase:
    """The merges in the actor's reach, the newest first, and pairs that wait for a proposal."""
    actor = actor_of(request)
    policies.may_propose_any(actor).require()
    rows = policies.listed_merges(actor).select_related("kept", "union", "proposed_by")
    page = ListPage(request, rows, COLUMNS, FILTERS, order="-created_at", code=LIST)
    return pages.render(request, "console/merges.html", {"listing": page, "pairs": found.waiting(actor)})


@never_cache
@form_page
@staff_required
def new(request: HttpRequest, public_id: str) -> HttpResponse:
    """Propose to merge another entry into this one: find it, then look at the plan. ``with`` names the other one."""
    other = (request.POST if request.method == "POST" else request.GET).get(OTHER, "")
    return _plan(request, public_id, other) if other else _second(request, public_id)


def _second(request: HttpRequest, public_id: str) -> HttpResponse:
    """A search whose hits lead to the plan."""
    actor = actor_of(request)
    first, text = policies.entry_for(actor, public_id), request.POST.get("q", "")
    policies.may_propose(actor, first, first).require()
    context: dict[str, Any] = {"first": first, "text": text, "crumbs": [*_crumbs(), Crumb(_("找另一条登记"))]}
    if request.method == "POST":
        try:
            hits = people.search(actor, text).hits
            context["hits"] = [hit for hit in hits if hit.public_id != first.public_id]
        except DomainError as error:
            context["problem"] = error.message
    return pages.render(request, "console/merge_second.html", context, status=422 if "problem" in context else 200)


def _plan(request: HttpRequest, kept: str, merged: str) -> HttpResponse:
    """Both entries side by side, what would go over, which values stay; then the proposal."""
    actor = actor_of(request)
    form = ProposalForm(request.POST if request.method == "POST" else None)
    proposal = queries.proposal_for(actor, kept, merged, form.choices())
    if form.is_bound and "look" not in request.POST and form.is_valid():
        try:
            merge = _propose(proposal, form, actor)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, str(_("已提出，编号 {number}，等另一位同事复核。", number=merge.number)))
            return redirect("console:merge", merge.public_id)
    elif form.is_bound and "look" in request.POST:
        form = ProposalForm(initial={"reason": request.POST.get("reason", "")[:300]})
    context = {
        "proposal": proposal,
        "form": form,
        "rows": [(row, form[row.group]) for row in proposal.compared],
        "crumbs": [*_crumbs(), Crumb(_("合并方案"))],
    }
    return pages.render(request, "console/merge_new.html", context, status=422 if form.is_bound else 200)


def _propose(proposal: Proposal, form: ProposalForm, actor: Actor) -> Merge:
    return actions.propose(
        kept=proposal.kept_id,
        merged=proposal.merged_id,
        choices={group: form.cleaned_data[group] for group in GROUP_LABELS},
        reason=form.cleaned_data["reason"],
        actor=actor,
    )


@never_cache
@require_safe
@staff_required
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """A merge: both entries, the plan or what went over, the moves. Opening it is noted where both can read it."""
    actor = actor_of(request)
    merge, proposal = queries.open_for_reading(actor, public_id)
    context = {
        "merge": merge,
        "proposal": proposal,
        "went_over": queries.went_over(merge),
        "is_open": queries.is_open(merge),
        "buttons": _buttons(actor, merge),
        "timeline": queries.timeline(merge),
        "crumbs": [*_crumbs(), Crumb(merge.number)],
    }
    return pages.render(request, "console/merge.html", context)


@never_cache
@form_page
@staff_required
def answer(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """One move: what follows from it, its reason where one is needed, then the move itself."""
    actor = actor_of(request)
    merge = queries.merge_for(actor, public_id)
    none = NotFound("NOT_FOUND", _("现在不能这样操作。请回到这件合并看看。"))
    choice = moves.chosen(queries.choices(actor, merge), event, none)
    queries.MAY[MergeEvent(event)](actor, merge).require()
    form = AnswerForm(request.POST or None) if choice.move.needs_reason else None
    if request.method == "POST" and moves.make(form, lambda: _answer(request, merge, event, form, actor)) is not None:
        messages.success(request, str(_("{number}：{label}", number=merge.number, label=choice.move.label)))
        return redirect("console:merge", public_id)
    return _confirm(request, merge, choice, form, actor)


def _answer(request: HttpRequest, merge: Merge, event: str, form: AnswerForm | None, actor: Actor) -> Merge:
    if event == MergeEvent.APPROVE:
        return actions.approve(public_id=merge.public_id, digest=request.POST.get("digest", ""), actor=actor)
    if event == MergeEvent.WITHDRAW or form is None:
        return actions.withdraw(public_id=merge.public_id, actor=actor)
    act = actions.refuse if event == MergeEvent.REFUSE else actions.undo
    return act(public_id=merge.public_id, reason=form.cleaned_data["reason"], actor=actor)


def _confirm(
    request: HttpRequest, merge: Merge, choice: moves.Choice, form: AnswerForm | None, actor: Actor
) -> HttpResponse:
    approving = choice.move.event == MergeEvent.APPROVE
    return moves.confirm(
        request,
        form,
        title=choice.move.label,
        consequence=choice.move.consequence,
        danger=choice.move.event in TAKES_AWAY,
        back_url=reverse("console:merge", args=[merge.public_id]),
        page="console/merge_approve.html" if approving else "web/confirm.html",
        merge=merge,
        proposal=queries.open_for_reading(actor, merge.public_id)[1] if approving else None,
    )


def _buttons(actor: Actor, merge: Merge) -> list[MoveButton]:
    return moves.buttons(
        queries.choices(actor, merge),
        lambda event: reverse("console:merge_answer", args=[merge.public_id, event]),
        primary=[MergeEvent.APPROVE],
        danger=TAKES_AWAY,
    )


def _crumbs() -> list[Crumb]:
    return [Crumb(_("合并重复登记"), reverse("console:merges"))]
