"""Deaths that were recorded wrongly: the list, a proposal to undo one, the decision of a second officer."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.commons.people.wrong_deaths import actions, policies, queries
from niangjia.commons.people.wrong_deaths.models import WrongDeath
from niangjia.commons.people.wrong_deaths.states import WRONG_DEATH, WrongDeathEvent
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.personal_data import looks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.personal_data.masks import mask_name
from niangjia.platform.web import moves, pages, saved
from niangjia.platform.web.fields import ReasonField
from niangjia.platform.web.forms import Form
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.platform.web.parts import Crumb, MoveButton
from niangjia.platform.web.tones import status_of

LIST = "people.wrong_deaths"
saved.register(LIST, "console:deaths")
form_page = require_http_methods(["GET", "HEAD", "POST"])

COLUMNS = [
    Column("number", _("编号"), lambda one: one.number, kind="code",
           url=lambda one: reverse("console:death", args=[one.public_id])),
    Column("name", _("姓名"), lambda one: mask_name(one.person.name)),
    Column("union", _("工会"), lambda one: one.union.name),
    Column("by", _("提出"), lambda one: one.proposed_by.display_name if one.proposed_by else "—"),
    Column("state", _("状态"), lambda one: status_of(one.MACHINE, one.state), kind="status"),
    Column("created_at", _("提出时间"), lambda one: one.created_at, kind="moment", sort="created_at"),
]  # fmt: skip
FILTERS = [
    Filter("state", _("状态"), lambda rows, code: rows.filter(state=code),
           [(state.code, state.label) for state in WRONG_DEATH.states]),
]  # fmt: skip


class ProposalForm(Form):
    """How somebody made sure."""

    reason = ReasonField(max_length=300, help_text=_("写清楚怎样确认本人健在，例如本人到场。不要写证件号和手机号。"))


class AnswerForm(Form):
    """Why not; the colleague, or the auditor, will read it."""

    reason = ReasonField(max_length=300, help_text=_("不要写证件号和手机号。"))


@require_safe
@staff_required
def listing(request: HttpRequest) -> HttpResponseBase:
    """The cases in the actor's reach, the newest first; exported with ``?export=xlsx``, names masked."""
    actor = actor_of(request)
    policies.may_list(actor).require()
    rows = policies.listed_cases(actor).select_related("person", "union", "proposed_by")
    page = ListPage(request, rows, COLUMNS, FILTERS, order="-created_at", code=LIST)
    if "export" in request.GET:
        return page.export(str(_("撤销去世登记")), before=lambda found: _exported(actor, found))
    return pages.render(request, "console/deaths.html", {"listing": page})


@never_cache
@form_page
@staff_required
def new(request: HttpRequest, public_id: str) -> HttpResponse:
    """Propose to undo the death of a person."""
    actor = actor_of(request)
    membership = actions.death_of(public_id, actor)
    policies.may_propose(actor, membership).require()
    form = ProposalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            case = actions.propose(person=public_id, actor=actor, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, str(_("已提出，编号 {number}，等另一位同事复核。", number=case.number)))
            return redirect("console:death", case.public_id)
    context = {
        "title": f"{WRONG_DEATH.subject} · {membership.person.name}",
        "crumbs": [Crumb(_("会员"), reverse("console:people")), Crumb(WRONG_DEATH.subject)],
        "consequence": _("另一位同事复核后才恢复会籍和账号，现在什么都不变。"),
        "facts": queries.facts(membership),
        "form": form,
        "action": WRONG_DEATH.opening_label,
        "back_url": reverse("console:person", args=[membership.person.public_id]),
    }
    looks.record(actor, [membership.person.public_id], LookKind.OPENED)
    return pages.render(request, "web/confirm.html", context, status=422 if form.errors else 200)


@never_cache
@require_safe
@staff_required
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """One case with its moves. Opening it is noted where the person can read it."""
    actor = actor_of(request)
    case = queries.open_for_reading(actor, public_id)
    context = {
        "case": case,
        "facts": queries.facts(case.membership),
        "buttons": _buttons(actor, case),
        "timeline": queries.timeline(case),
        "crumbs": _crumbs(case.number),
    }
    return pages.render(request, "console/death.html", context)


@never_cache
@form_page
@staff_required
def answer(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """One move: what follows from it, its reason where one is needed, then the move itself."""
    actor = actor_of(request)
    case = queries.case_for(actor, public_id)
    none = NotFound("NOT_FOUND", _("现在不能这样操作。请回到这一件看看。"))
    choice = moves.chosen(queries.choices(actor, case), event, none)
    queries.MAY[WrongDeathEvent(event)](actor, case).require()
    form = AnswerForm(request.POST or None) if choice.move.needs_reason else None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            _answer(public_id, event, form, actor)
        except DomainError as error:
            if form is None or not error.fields:
                raise
            form.refuse(error)
        else:
            messages.success(request, str(_("{number}：{label}", number=case.number, label=choice.move.label)))
            return redirect("console:death", public_id)
    return _confirm(request, case, choice, form)


def _answer(public_id: str, event: str, form: AnswerForm | None, actor: Actor) -> None:
    if form is not None:
        actions.refuse(public_id=public_id, reason=form.cleaned_data["reason"], actor=actor)
    elif event == WrongDeathEvent.APPROVE:
        actions.approve(public_id=public_id, actor=actor)
    else:
        actions.withdraw(public_id=public_id, actor=actor)


def _confirm(request: HttpRequest, case: WrongDeath, choice: moves.Choice, form: AnswerForm | None) -> HttpResponse:
    return moves.confirm(
        request,
        form,
        title=choice.move.label,
        consequence=choice.move.consequence,
        danger=choice.move.event == WrongDeathEvent.REFUSE,
        back_url=reverse("console:death", args=[case.public_id]),
        crumbs=_crumbs(case.number),
        facts=queries.facts(case.membership),
    )


def _exported(actor: Actor, rows: Sequence[WrongDeath]) -> None:
    """Each person in an export is a look at them."""
    looks.record(actor, [row.subject_key for row in rows], LookKind.EXPORTED)


def _buttons(actor: Actor, case: WrongDeath) -> list[MoveButton]:
    return moves.buttons(
        queries.choices(actor, case),
        lambda event: reverse("console:death_answer", args=[case.public_id, event]),
        primary=[WrongDeathEvent.APPROVE],
        danger=[WrongDeathEvent.REFUSE],
    )


def _crumbs(last: Text | str) -> list[Crumb]:
    return [Crumb(WRONG_DEATH.subject, reverse("console:deaths")), Crumb(last)]
