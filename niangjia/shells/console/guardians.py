"""Guardianships as a list, one of them with its papers, and an officer's answers."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from niangjia.commons.people import policies as people
from niangjia.commons.people.guardians import actions, policies, queries, unmasking
from niangjia.commons.people.guardians.models import Guardianship
from niangjia.commons.people.guardians.states import GUARDIANSHIP, KIND_LABELS, GuardianEvent
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.text import _
from niangjia.platform import files
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.personal_data.masks import mask_name
from niangjia.platform.web import moves, pages, saved
from niangjia.platform.web.fields import ReasonField
from niangjia.platform.web.forms import Form
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.platform.web.parts import Crumb, Fact, MoveButton
from niangjia.platform.web.tones import status_of

LIST = "people.guardianships"
saved.register(LIST, "console:guardians")
TAKES_AWAY = (GuardianEvent.REFUSE, GuardianEvent.END)
form_page = require_http_methods(["GET", "HEAD", "POST"])

COLUMNS = [
    Column("number", _("编号"), lambda g: g.number, kind="code",
           url=lambda g: reverse("console:guardian", args=[g.public_id])),
    Column("name", _("监护人"), lambda g: mask_name(g.guardian.name)),
    Column("kind", _("关系"), lambda g: g.kind_label),
    Column("union", _("工会"), lambda g: g.union.name),
    Column("until", _("到"), lambda g: g.until, kind="day", sort="until"),
    Column("state", _("状态"), lambda g: status_of(GUARDIANSHIP, g.state), kind="status"),
    Column("created_at", _("收到"), lambda g: g.created_at, kind="moment", sort="created_at"),
]  # fmt: skip
FILTERS = [
    Filter("kind", _("关系"), lambda rows, code: rows.filter(kind=code),
           [(kind.value, label) for kind, label in KIND_LABELS.items()]),
    Filter("state", _("状态"), lambda rows, code: rows.filter(state=code),
           [(state.code, state.label) for state in GUARDIANSHIP.states]),
]  # fmt: skip


class ReasonForm(Form):
    """A reason that the guardian will read."""

    reason = ReasonField(max_length=300, help_text=_("本人会看到这段话。请写清楚、写客气，不要写证件号和手机号。"))


@require_safe
@staff_required
def listing(request: HttpRequest) -> HttpResponseBase:
    """The guardianships in the actor's reach, the newest first."""
    actor = actor_of(request)
    people.may_search(actor).require()
    rows = policies.listed_guardianships(actor).select_related("guardian", "union")
    page = ListPage(request, rows, COLUMNS, FILTERS, order="-created_at", code=LIST)
    return pages.render(request, "console/guardians.html", {"listing": page})


@never_cache
@require_safe
@staff_required
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """Who, whose, the papers, the answers. Opening it is noted where guardian and ward can read it."""
    return _page(request, queries.open_for_reading(actor_of(request), public_id), ReasonForm())


@never_cache
@require_POST
@staff_required
def unmask(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the ward's number in full, once, in the answer to this request only."""
    actor = actor_of(request)
    row, form = queries.guardianship_for(actor, public_id), ReasonForm(request.POST)
    if form.is_valid():
        try:
            whole = unmasking.unmask(row, actor=actor, reason=form.cleaned_data["reason"])
        except DomainError as error:
            form.refuse(error)
        else:
            return _page(request, row, ReasonForm(), whole=whole)
    return _page(request, row, form, status=422)


@never_cache
@require_safe
@staff_required
def paper(request: HttpRequest, public_id: str, file_id: str) -> HttpResponse:
    """A photo that the guardian sent; opening it is noted."""
    content = files.read(queries.paper_for(actor_of(request), public_id, file_id))
    return HttpResponse(content.data, headers=content.headers)


@form_page
@staff_required
def answer(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """One answer: what follows from it, its reason where one is needed, then the answer itself."""
    actor = actor_of(request)
    row = queries.guardianship_for(actor, public_id)
    none = NotFound("NOT_FOUND", _("现在不能这样操作。请回到这件监护登记看看。"))
    choice = moves.chosen(queries.choices(actor, row), event, none)
    policies.may_decide(actor, row).require()
    form = ReasonForm(request.POST or None) if choice.move.needs_reason else None
    if request.method == "POST" and moves.make(form, lambda: _answer(event, public_id, form, actor)) is not None:
        messages.success(request, str(_("{number}：{label}", number=row.number, label=choice.move.label)))
        return redirect("console:guardian", public_id)
    return moves.confirm(
        request,
        form,
        title=choice.move.label,
        consequence=choice.move.consequence,
        danger=event in TAKES_AWAY,
        back_url=reverse("console:guardian", args=[public_id]),
    )


def _answer(event: str, public_id: str, form: ReasonForm | None, actor: Actor) -> Guardianship:
    if form is None:
        return actions.approve(public_id=public_id, actor=actor)
    act = actions.refuse if event == GuardianEvent.REFUSE else actions.end
    return act(public_id=public_id, reason=form.cleaned_data["reason"], actor=actor)


def _page(
    request: HttpRequest, row: Guardianship, form: ReasonForm, *, whole: Sequence[Fact] | None = None, status: int = 200
) -> HttpResponse:
    actor = actor_of(request)
    context = {
        "row": row,
        "facts": whole or queries.facts(row, masked=True),
        "whole": whole is not None,
        "buttons": _buttons(actor, row),
        "timeline": queries.timeline(row, for_member=False),
        "papers": [one.file for one in row.papers.select_related("file").order_by("pk")],
        "unmask_form": form,
        "crumbs": [Crumb(_("监护登记"), reverse("console:guardians")), Crumb(row.number)],
    }
    return pages.render(request, "console/guardian.html", context, status=status)


def _buttons(actor: Actor, row: Guardianship) -> list[MoveButton]:
    return moves.buttons(
        queries.choices(actor, row),
        lambda event: reverse("console:guardian_answer", args=[row.public_id, event]),
        primary=[GuardianEvent.APPROVE],
        danger=TAKES_AWAY,
    )
