"""Members as a list, one person's page, showing one value whole, and the moves of a membership."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from niangjia.commons.people import officers, person_page, policies, queries
from niangjia.commons.people.categories import CATEGORY_LABELS, NEW_FORM
from niangjia.commons.people.merging import policies as merges
from niangjia.commons.people.models import Membership
from niangjia.commons.people.person_page import MovePage, PersonPage
from niangjia.commons.people.states import MembershipEvent
from niangjia.commons.people.unmasking import unmask as shown_whole
from niangjia.commons.people.wrong_deaths import queries as deaths
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.audit import entries
from niangjia.platform.personal_data import looks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.web import pages, saved
from niangjia.platform.web.fields import DayField, ReasonField
from niangjia.platform.web.forms import Form, spoken
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.platform.web.parts import Crumb, MoveButton
from niangjia.platform.web.rooms import rooms
from niangjia.platform.web.tones import status_of
from niangjia.shells.console import cards

FIELD_LABELS: dict[str, Text] = {"id_number": _("证件号码"), "phone": _("手机号"), "birth_date": _("出生日期")}
LIST = "people.members"
saved.register(LIST, "console:people")
YES_NO = [("yes", _("是")), ("no", _("否"))]

COLUMNS = [
    Column("name", _("姓名"), lambda m: m.person.name, sort="person__name_key",
           url=lambda m: reverse("console:person", args=[m.person.public_id])),
    Column("number", _("会员编号"), lambda m: m.number, kind="code", sort="number"),
    Column("union", _("工会"), lambda m: m.union.name, sort="union__code"),
    Column("category", _("职业"), lambda m: m.person.category_label),
    Column("state", _("会籍"), lambda m: status_of(m.MACHINE, m.state), kind="status"),
    Column("since", _("入会日期"), lambda m: m.since, kind="day", sort="since"),
    Column("sex", _("性别"), lambda m: m.person.sex_label, optional=True),
    Column("age", _("年龄"), lambda m: m.person.age, kind="number", optional=True),
]  # fmt: skip

FILTERS = [
    Filter("name", _("姓名"), lambda rows, text: rows.filter(person__name__startswith=text)),
    Filter("category", _("职业"), lambda rows, code: rows.filter(person__category=code),
           [(code.value, label) for code, label in CATEGORY_LABELS.items()]),
    Filter("new_form", _("新就业形态"), lambda rows, said: _new_form(rows, said == "yes"), YES_NO),
]  # fmt: skip


def _new_form(rows: QuerySet[Any], wanted: bool) -> QuerySet[Any]:
    """The members who are workers of new forms of employment, or those who are not."""
    codes = [category.value for category in NEW_FORM]
    return rows.filter(person__category__in=codes) if wanted else rows.exclude(person__category__in=codes)


@require_safe
@staff_required
def members(request: HttpRequest) -> HttpResponseBase:
    """Current members of the chosen union and all below; exported with ``?export=xlsx``."""
    actor = actor_of(request)
    policies.may_search(actor).require()
    rows = queries.members_of(actor, queries.MemberFilter()).select_related("person", "union")
    listing = ListPage(request, rows, COLUMNS, FILTERS, order="-since", code=LIST)
    if "export" in request.GET:
        return listing.export(f"{_('会员')}-{clock.today():%Y%m%d}", lambda found: _note_export(actor, found))
    return pages.render(request, "console/members.html", {"listing": listing, "export": True})


def _note_export(actor: Actor, found: Sequence[Membership]) -> None:
    looks.record(actor, [row.person.public_id for row in found], LookKind.EXPORTED)
    entries.record(
        actor, "people.members.export", subject_type="people.list", subject_id="members", data={"rows": len(found)}
    )


class UnmaskForm(Form):
    """Which value, and why."""

    field = django_forms.ChoiceField(label=spoken(_("要看哪一项")), choices=list(FIELD_LABELS.items()))
    reason = ReasonField(max_length=300, help_text=_("本人会看到是谁、什么时候、因为什么看的。"))


@never_cache
@require_safe
@staff_required
def person(request: HttpRequest, public_id: str) -> HttpResponse:
    """One person. Opening the page is noted where the person can read it. An entry that was merged leads to the one
    that remains."""
    found = queries.find(actor_of(request), public_id)
    if found.public_id != public_id:
        return HttpResponseRedirect(reverse("console:person", args=[found.public_id]))
    return _page(request, person_page.person_for(actor_of(request), public_id))


@never_cache
@require_POST
@staff_required
def unmask(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one value whole, once, in the answer to this request only."""
    actor = actor_of(request)
    form = UnmaskForm(request.POST)
    shown: dict[str, str] = {}
    if form.is_valid():
        name = form.cleaned_data["field"]
        try:
            found = queries.find(actor, public_id)
            shown[name] = shown_whole(found, name, actor=actor, reason=form.cleaned_data["reason"])
        except DomainError as error:
            form.refuse(error)
    page = person_page.person_for(actor, public_id)
    return _page(request, page, form=None if shown else form, shown=shown, status=200 if shown else 422)


class MoveForm(Form):
    """From which day, and why."""

    day = DayField(label=_("从哪天起"), latest=clock.today)
    reason = ReasonField(required=False)

    def __init__(self, *args: Any, needs_reason: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = needs_reason


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def move(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """One move of the current membership: its consequence, then the move."""
    actor = actor_of(request)
    page = person_page.move_for(actor, public_id, event)
    form = MoveForm(
        request.POST if request.method == "POST" else None,
        initial={"day": clock.today()},
        needs_reason=page.move.needs_reason,
    )
    if request.method == "POST" and form.is_valid():
        try:
            _make(event, page.membership_id, form.cleaned_data, actor)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, str(_("{name}：{label}，已经办好。", name=page.name, label=page.move.label)))
            return HttpResponseRedirect(reverse("console:person", args=[page.public_id]))
    return _confirm(request, page, form)


def _make(event: str, membership_id: str, said: dict[str, Any], actor: Actor) -> None:
    if event == MembershipEvent.RETAIN:
        officers.retain(public_id=membership_id, day=said["day"], reason=said["reason"], actor=actor)
    elif event == MembershipEvent.TAKE_UP:
        officers.take_up(public_id=membership_id, day=said["day"], actor=actor)
    else:
        officers.end_membership(
            public_id=membership_id,
            cause=event,
            day=said["day"],
            reason=said["reason"],
            actor=actor,
        )


def _confirm(request: HttpRequest, page: MovePage, form: MoveForm) -> HttpResponse:
    offered, back = page.move, reverse("console:person", args=[page.public_id])
    context = {
        "title": f"{offered.label} · {page.name}",
        "crumbs": [Crumb(_("会员"), reverse("console:people")), Crumb(page.name, back), Crumb(offered.label)],
        "consequence": offered.consequence,
        "form": form,
        "action": offered.label,
        "danger": offered.event not in (MembershipEvent.RETAIN, MembershipEvent.TAKE_UP),
        "back_url": back,
    }
    return pages.render(request, "web/confirm.html", context, status=422 if form.errors else 200)


def _page(
    request: HttpRequest,
    page: PersonPage,
    *,
    form: UnmaskForm | None = None,
    shown: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = actor_of(request)
    context = {
        "person": page,
        "shown": shown or {},
        "unmask_form": form or _unmask_form(page),
        "moves": [
            MoveButton(
                one.label,
                reverse("console:membership_move", args=[page.public_id, one.event]),
                refusal=one.refusal,
                danger=one.event == MembershipEvent.EXPEL,
            )
            for one in page.moves
        ],
        "cards": page.card.all if page.card else (),
        "card_moves": cards.buttons(page),
        "may_correct": bool(merges.may_propose_any(actor)),
        "death": _about_a_death(actor, page),
        "panels": _panels(actor, page),
        "crumbs": [Crumb(_("会员"), reverse("console:people")), Crumb(page.name)],
    }
    return pages.render(request, "console/person.html", context, status=status)


def _about_a_death(actor: Actor, page: PersonPage) -> list[MoveButton]:
    """The way to undo a death, or to the case that does; nothing is asked for who is a member."""
    if page.current is not None or not page.memberships:
        return []
    offer = deaths.offer_for(actor, page.public_id)
    if offer is None:
        return []
    if offer.case_id:
        return [MoveButton(_("看撤销去世登记"), reverse("console:death", args=[offer.case_id]))]
    return [MoveButton(_("去世登记有误，提出撤销"), reverse("console:death_new", args=[page.public_id]), offer.refusal)]


def _panels(actor: Actor, page: PersonPage) -> list[Any]:
    """What rooms add to the page; the person is looked up again only when a room does."""
    adding = [room.person_panel for room in rooms() if room.person_panel]
    found = queries.find(actor, page.public_id).pk if adding else 0
    return [panel(actor, found) for panel in adding]


def _unmask_form(page: PersonPage) -> UnmaskForm:
    form = UnmaskForm()
    form.fields["field"].choices = [(name, FIELD_LABELS[name]) for name in page.unmaskable]  # type: ignore[attr-defined]
    return form
