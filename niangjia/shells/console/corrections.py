"""Corrections as a list, one of them with old and new side by side, its papers, and an officer's answers."""

from __future__ import annotations

from collections.abc import Callable

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
from niangjia.commons.people import queries as people_queries
from niangjia.commons.people.corrections import actions, policies, queries, unmasking
from niangjia.commons.people.corrections.models import Correction
from niangjia.commons.people.corrections.states import BY_OFFICERS, CORRECTION, KIND_LABELS, CorrectionEvent
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.text import _
from niangjia.platform import files
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.personal_data.masks import mask_name
from niangjia.platform.web import moves, pages, saved
from niangjia.platform.web.fields import ReasonField
from niangjia.platform.web.forms import Form, spoken
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.platform.web.parts import Crumb, MoveButton
from niangjia.platform.web.tones import status_of
from niangjia.shells.portal.correcting import PhotosField

LIST = "people.corrections"
saved.register(LIST, "console:corrections")
form_page = require_http_methods(["GET", "HEAD", "POST"])

COLUMNS = [
    Column("number", _("编号"), lambda c: c.number, kind="code",
           url=lambda c: reverse("console:correction", args=[c.public_id])),
    Column("name", _("姓名"), lambda c: mask_name(c.person.name)),
    Column("kind", _("更正"), lambda c: c.kind_label),
    Column("union", _("工会"), lambda c: c.union.name),
    Column("state", _("状态"), lambda c: status_of(c.MACHINE, c.state), kind="status"),
    Column("created_at", _("收到"), lambda c: c.created_at, kind="moment", sort="created_at"),
]  # fmt: skip
FILTERS = [
    Filter("kind", _("更正"), lambda rows, code: rows.filter(kind=code),
           [(kind.value, label) for kind, label in KIND_LABELS.items()]),
    Filter("state", _("状态"), lambda rows, code: rows.filter(state=code),
           [(state.code, state.label) for state in CORRECTION.states]),
]  # fmt: skip


class AnswerForm(Form):
    """A reason that the person will read."""

    reason = ReasonField(max_length=300, help_text=_("本人会看到这段话。请写清楚、写客气，不要写证件号和手机号。"))


class ProposalForm(Form):
    """What it should be, the paper that the person showed, and who made sure of it how."""

    kind = django_forms.ChoiceField(
        label=spoken(_("更正哪一项")),
        choices=[(kind.value, KIND_LABELS[kind]) for kind in BY_OFFICERS],
        widget=django_forms.RadioSelect,
    )
    wished = django_forms.CharField(label=spoken(_("改为")), max_length=60)
    paper = PhotosField(label=spoken(_("证件照片")), help_text=spoken(_("拍本人出示的证件，要看清姓名和号码。")))
    note = ReasonField(
        label=_("怎样核对的"),
        max_length=300,
        help_text=_("例如：本人持身份证到服务站，人证相符。不要写证件号和手机号。"),
    )


WITH_REASON: dict[str, Callable[..., Correction]] = {
    CorrectionEvent.ASK_MORE: actions.ask_more,
    CorrectionEvent.REFUSE: actions.refuse,
}


@require_safe
@staff_required
def listing(request: HttpRequest) -> HttpResponseBase:
    """The corrections in the actor's reach, the newest first."""
    actor = actor_of(request)
    people.may_search(actor).require()
    rows = policies.listed_corrections(actor).select_related("person", "union")
    page = ListPage(request, rows, COLUMNS, FILTERS, order="-created_at", code=LIST)
    return pages.render(request, "console/corrections.html", {"listing": page})


@never_cache
@require_safe
@staff_required
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """Old and new, the papers, the answers. Opening it is noted where the person can read it."""
    correction = queries.open_for_reading(actor_of(request), public_id)
    return _page(request, correction, AnswerForm())


@never_cache
@require_POST
@staff_required
def unmask(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show old and new in full, once, in the answer to this request only."""
    correction, form = queries.correction_for(actor_of(request), public_id), AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, correction, form, status=422)
    try:
        whole = unmasking.unmask(correction, actor=actor_of(request), reason=form.cleaned_data["reason"])
    except DomainError as error:
        form.refuse(error)
        return _page(request, correction, form, status=422)
    return _page(request, correction, AnswerForm(), values=whole)


@never_cache
@require_safe
@staff_required
def paper(request: HttpRequest, public_id: str, file_id: str) -> HttpResponse:
    """A photo that the person sent; opening it is noted."""
    content = files.read(queries.paper_for(actor_of(request), public_id, file_id))
    return HttpResponse(content.data, headers=content.headers)


@never_cache
@form_page
@staff_required
@sensitive_post_parameters("wished")
def propose(request: HttpRequest, public_id: str) -> HttpResponse:
    """Propose with a paper; another officer compares and sets it right."""
    actor = actor_of(request)
    person = people_queries.find(actor, public_id)
    policies.may_propose(actor, person).require()
    form = ProposalForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = actions.propose(
                person=person.public_id, kind=said["kind"], wished=said["wished"], note=said["note"],
                papers=said["paper"], actor=actor,
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, str(_("已提出，编号 {number}，等另一位同事核对。", number=made.number)))
            return redirect("console:correction", made.public_id)
    context = {
        "form": form,
        "person": person,
        "crumbs": [Crumb(_("会员"), reverse("console:people")),
                   Crumb(person.name, reverse("console:person", args=[person.public_id])), Crumb(_("更正"))],
    }  # fmt: skip
    return pages.render(request, "console/correction_new.html", context, status=422 if form.errors else 200)


@form_page
@staff_required
def answer(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """One answer: what follows from it, its reason where one is needed, then the answer itself."""
    actor = actor_of(request)
    correction = queries.correction_for(actor, public_id)
    none = NotFound("NOT_FOUND", _("现在不能这样操作。请回到申请看看。"))
    choice = moves.chosen(queries.choices(actor, correction), event, none)
    if choice.refusal is not None:
        policies.may_decide(actor, correction).require()
    form = AnswerForm(request.POST or None) if event in WITH_REASON else None
    if request.method == "POST" and moves.make(form, lambda: _answer(event, public_id, form, actor)) is not None:
        messages.success(request, str(_("{number}：{label}", number=correction.number, label=choice.move.label)))
        return redirect("console:correction", public_id)
    return moves.confirm(
        request,
        form,
        title=choice.move.label,
        consequence=choice.move.consequence,
        danger=event == CorrectionEvent.REFUSE,
        back_url=reverse("console:correction", args=[public_id]),
    )


def _answer(event: str, public_id: str, form: AnswerForm | None, actor: Actor) -> Correction:
    if event == CorrectionEvent.WITHDRAW:
        return actions.withdraw(public_id=public_id, actor=actor)
    if form is None:
        return actions.apply(public_id=public_id, actor=actor)
    return WITH_REASON[event](public_id=public_id, reason=form.cleaned_data["reason"], actor=actor)


def _page(
    request: HttpRequest,
    correction: Correction,
    form: AnswerForm,
    *,
    values: queries.SideBySide | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "correction": correction,
        "values": values or queries.compared(correction, masked=True),
        "whole": values is not None,
        "name": correction.person.name,
        "buttons": _buttons(request, correction),
        "timeline": queries.timeline(correction, for_member=False),
        "papers": [one.file for one in correction.papers.select_related("file").order_by("pk")],
        "unmask_form": form,
        "crumbs": [Crumb(_("信息更正"), reverse("console:corrections")), Crumb(correction.number)],
    }
    return pages.render(request, "console/correction.html", context, status=status)


def _buttons(request: HttpRequest, correction: Correction) -> list[MoveButton]:
    return moves.buttons(
        queries.choices(actor_of(request), correction),
        lambda event: reverse("console:correction_answer", args=[correction.public_id, event]),
        primary=[CorrectionEvent.APPLY],
        danger=[CorrectionEvent.REFUSE],
    )
