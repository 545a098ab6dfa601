"""Disputes about numbers as a list, one of them with both sides next to each other, and an officer's decision."""

from __future__ import annotations

from typing import Any, cast

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from niangjia.commons.people import policies as people
from niangjia.commons.people.disputes import actions, policies, queries, unmasking
from niangjia.commons.people.disputes.models import Dispute
from niangjia.commons.people.disputes.states import DISPUTE, KIND_LABELS, DisputeEvent, DisputeKind
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.text import Text, _
from niangjia.platform import files
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.web import moves, pages, saved
from niangjia.platform.web.fields import ReasonField
from niangjia.platform.web.forms import Form, spoken
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.platform.web.parts import Crumb, MoveButton
from niangjia.platform.web.tones import status_of

LIST = "people.disputes"
saved.register(LIST, "console:disputes")
form_page = require_http_methods(["GET", "HEAD", "POST"])

COLUMNS = [
    Column("number", _("编号"), lambda d: d.number, kind="code",
           url=lambda d: reverse("console:dispute", args=[d.public_id])),
    Column("kind", _("号码"), lambda d: d.kind_label),
    Column("answer", _("登记人答复"), queries.answer_label),
    Column("union", _("工会"), lambda d: d.union.name),
    Column("state", _("状态"), lambda d: status_of(DISPUTE, d.state), kind="status"),
    Column("created_at", _("收到"), lambda d: d.created_at, kind="moment", sort="created_at"),
]  # fmt: skip
FILTERS = [
    Filter("kind", _("号码"), lambda rows, code: rows.filter(kind=code),
           [(kind.value, label) for kind, label in KIND_LABELS.items()]),
    Filter("state", _("状态"), lambda rows, code: rows.filter(state=code),
           [(state.code, state.label) for state in DISPUTE.states]),
]  # fmt: skip


class ReasonForm(Form):
    """Why: for the log, or for a colleague."""

    reason = ReasonField(max_length=300, help_text=_("不要写证件号和手机号。"))


class DecisionForm(Form):
    """What is decided, and why."""

    outcome = django_forms.ChoiceField(label=spoken(_("决定")), widget=django_forms.RadioSelect)
    right_number = django_forms.CharField(
        label=spoken(_("登记人正确的证件号码")),
        required=False,
        max_length=40,
        help_text=spoken(_("更正号码时填写；和登记人自己说的一样，不用另一位同事复核。不填就拿掉错的号码。")),
        widget=django_forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = ReasonField(
        max_length=300,
        help_text=_("写凭什么这样决定。不同意时申请人会看到这段话，请写清楚、写客气，不要写号码和对方的情况。"),
    )

    def __init__(self, *args: Any, dispute: Dispute, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(django_forms.ChoiceField, self.fields["outcome"]).choices = queries.outcomes(dispute)
        if dispute.kind != DisputeKind.ID_NUMBER:
            del self.fields["right_number"]


@require_safe
@staff_required
def listing(request: HttpRequest) -> HttpResponseBase:
    """The disputes in the actor's reach, the newest first."""
    actor = actor_of(request)
    people.may_search(actor).require()
    rows = policies.listed_disputes(actor).select_related("union")
    page = ListPage(request, rows, COLUMNS, FILTERS, order="-created_at", code=LIST)
    return pages.render(request, "console/disputes.html", {"listing": page})


@never_cache
@require_safe
@staff_required
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """Both sides, their papers, the moves. Opening it is noted where both can read it."""
    return _page(request, queries.open_for_reading(actor_of(request), public_id), ReasonForm())


@never_cache
@require_POST
@staff_required
def unmask(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the numbers of both in full, once, in the answer to this request only."""
    actor = actor_of(request)
    dispute, form = queries.dispute_for(actor, public_id), ReasonForm(request.POST)
    if form.is_valid():
        try:
            whole = unmasking.unmask(dispute, actor=actor, reason=form.cleaned_data["reason"])
        except DomainError as error:
            form.refuse(error)
        else:
            return _page(request, dispute, ReasonForm(), sides=whole)
    return _page(request, dispute, form, status=422)


@never_cache
@require_safe
@staff_required
def paper(request: HttpRequest, public_id: str, file_id: str) -> HttpResponse:
    """A photo that one side sent; opening it is noted."""
    content = files.read(queries.paper_for(actor_of(request), public_id, file_id))
    return HttpResponse(content.data, headers=content.headers)


@never_cache
@form_page
@staff_required
@sensitive_post_parameters("right_number")
def act(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """One move: what follows from it, what it needs, then the move itself."""
    actor = actor_of(request)
    dispute = queries.dispute_for(actor, public_id)
    choice = next((one for one in queries.choices(actor, dispute) if one.event == event), None)
    if choice is None:
        raise NotFound("NOT_FOUND", _("现在不能这样操作。请回到这件申诉看看。"))
    if choice.refusal is not None:
        may = policies.may_confirm if event == queries.CONFIRM else policies.may_decide
        may(actor, dispute).require()
    form = _form(request, dispute, event)
    if request.method == "POST" and (done := moves.make(form, lambda: _act(event, dispute, form, actor))):
        return _after(request, done)
    return _confirm(request, dispute, choice, form)


def _form(request: HttpRequest, dispute: Dispute, event: str) -> Form | None:
    if event == queries.DECIDE:
        return DecisionForm(request.POST or None, dispute=dispute, initial={"right_number": str(dispute.right_number)})
    return ReasonForm(request.POST or None) if event == DisputeEvent.SEND_BACK else None


def _act(event: str, dispute: Dispute, form: Form | None, actor: Actor) -> Dispute:
    said = form.cleaned_data if form is not None else {}
    if event == queries.DECIDE:
        return actions.decide(
            public_id=dispute.public_id, outcome=said["outcome"], reason=said["reason"],
            right_number=said.get("right_number", ""), actor=actor,
        )  # fmt: skip
    if event == DisputeEvent.SEND_BACK:
        return actions.send_back(public_id=dispute.public_id, reason=said["reason"], actor=actor)
    run = actions.confirm if event == queries.CONFIRM else actions.ask_again
    return run(public_id=dispute.public_id, actor=actor)


def _after(request: HttpRequest, dispute: Dispute) -> HttpResponse:
    label: Text = DISPUTE.state(dispute.state).label
    messages.success(request, str(_("{number}：{label}", number=dispute.number, label=label)))
    if dispute.merge is not None and dispute.is_open:
        return redirect("console:merge", dispute.merge.public_id)
    return redirect("console:dispute", dispute.public_id)


def _confirm(request: HttpRequest, dispute: Dispute, choice: queries.Choice, form: Form | None) -> HttpResponse:
    return moves.confirm(
        request,
        form,
        title=choice.label,
        consequence=choice.consequence or _("登记人没有同意的决定，要由另一位同事复核后才改。"),
        danger=choice.event == DisputeEvent.SEND_BACK,
        back_url=reverse("console:dispute", args=[dispute.public_id]),
    )


def _page(
    request: HttpRequest,
    dispute: Dispute,
    form: ReasonForm,
    *,
    sides: tuple[queries.Side, queries.Side] | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = actor_of(request)
    both = sides or queries.sides(dispute)
    seen = people.visible_people(actor).filter(public_id__in=[side.public_id for side in both])
    context = {
        "dispute": dispute,
        "sides": both,
        "open_to": set(seen.values_list("public_id", flat=True)),
        "whole": sides is not None,
        "proposed": queries.proposed(dispute),
        "others": queries.others_about(dispute),
        "buttons": _buttons(actor, dispute),
        "timeline": queries.timeline(dispute, for_side=False),
        "unmask_form": form,
        "crumbs": [Crumb(_("号码占用申诉"), reverse("console:disputes")), Crumb(dispute.number)],
    }
    return pages.render(request, "console/dispute.html", context, status=status)


def _buttons(actor: Actor, dispute: Dispute) -> list[MoveButton]:
    return [
        MoveButton(
            choice.label,
            reverse("console:dispute_act", args=[dispute.public_id, choice.event]),
            choice.refusal,
            primary=choice.event in (queries.DECIDE, queries.CONFIRM),
            danger=choice.event == DisputeEvent.SEND_BACK,
        )
        for choice in queries.choices(actor, dispute)
    ]
