"""My desk, what waits below me, what I have done; taking, handing over, extending one item."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from niangjia.commons.desk import actions, queries
from niangjia.commons.desk.models import DeskItem
from niangjia.commons.desk.queries import DeskRow, Urgency
from niangjia.commons.unions.models import Appointment
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.web import dates, pages, paging
from niangjia.platform.web.fields import ReasonField
from niangjia.platform.web.forms import Form, spoken
from niangjia.platform.web.parts import Crumb, Fact, TimelineEntry
from niangjia.shells.console import desk_bulk, desk_offices

MOST_SHOWN = 200
BUCKETS: dict[Urgency, Text] = {
    Urgency.OVERDUE: _("已超期"),
    Urgency.TODAY: _("今天到期"),
    Urgency.THIS_WEEK: _("本周到期"),
    Urgency.LATER: _("以后"),
}
DUE_KINDS: dict[str, Text] = {
    "opened": _("开始计时"),
    "carried": _("沿用原来的期限"),
    "paused": _("暂停计时"),
    "resumed": _("继续计时"),
    "extended": _("延长期限"),
}
ICONS = {
    Urgency.OVERDUE: "alert-triangle",
    Urgency.TODAY: "clock",
    Urgency.THIS_WEEK: "calendar-event",
    Urgency.LATER: "calendar",
}


@dataclass(frozen=True)
class Bucket:
    """The items under one heading."""

    urgency: Urgency
    rows: list[DeskRow] = field(default_factory=list)

    @property
    def label(self) -> Text:
        return BUCKETS[self.urgency]

    @property
    def icon(self) -> str:
        return ICONS[self.urgency]


@require_safe
@staff_required
def mine(request: HttpRequest) -> HttpResponse:
    """What is addressed to me or to my office, the most pressing first."""
    actor = actor_of(request)
    asked, waiting = desk_bulk.asked_of(request), queries.waiting(actor)
    rows = queries.my_desk(actor, limit=MOST_SHOWN, asked=asked)
    total = sum(one.number for one in waiting.values())
    context = {
        "buckets": [Bucket(urgency, list(found)) for urgency, found in groupby(rows, key=lambda row: row.urgency)],
        "total": total,
        "cut": len(rows) == MOST_SHOWN,
        "is_filtered": asked != queries.Asked(),
        "chips": desk_bulk.chips(request, waiting) if total else [],
        "colleagues": desk_bulk.colleagues(actor) if rows else {},
        "below": None if total else _below(actor),
        "deputising": desk_offices.deputising(actor),
        "offices": [] if total else desk_offices.told(actor),
        **_tabs(actor, "mine"),
    }
    return pages.render(request, "console/desk.html", context)


def _tabs(actor: Actor, tab: str) -> dict[str, Any]:
    """Which part of the desk is shown; what waits below is of interest to whoever deals with such things."""
    return {"tab": tab, "oversees": desk_offices.oversees(actor)}


def _below(actor: Actor) -> Mapping[str, int] | None:
    """What waits below somebody whose own desk is empty; None when nothing does."""
    found = queries.sum_below(actor) if desk_offices.oversees(actor) else {"open": 0}
    return found if found["open"] else None


@require_safe
@staff_required
def below(request: HttpRequest) -> HttpResponse:
    """How much waits at the unions below mine."""
    actor = actor_of(request)
    page = paging.paginate(queries.below_me(actor), number=request.GET.get("page", "1"), size=50)
    return pages.render(request, "console/below.html", {"page": page, **_tabs(actor, "below")})


@require_safe
@staff_required
def done(request: HttpRequest) -> HttpResponse:
    """What I have dealt with, newest first."""
    actor = actor_of(request)
    items = queries.done_by(actor).select_related("union")
    page = paging.paginate(items, number=request.GET.get("page", "1"), size=50)
    context = {"rows": queries.rows_for(actor, page.rows), "page": page, **_tabs(actor, "done")}
    return pages.render(request, "console/done.html", context)


@require_POST
@staff_required
def take_next(request: HttpRequest) -> HttpResponse:
    """Take the most pressing item that nobody holds and go to it."""
    actor = actor_of(request)
    for row in queries.my_desk(actor, limit=20):
        if row.item.holder_id in (None, actor.user_id):
            actions.take(item_public_id=row.item.public_id, actor=actor)
            return HttpResponseRedirect(row.line.url)
    messages.info(request, str(_("没有等您领取的待办。")))
    return HttpResponseRedirect(reverse("console:desk"))


@require_safe
@staff_required
def item(request: HttpRequest, public_id: str) -> HttpResponse:
    """One item: until when, who holds it, the history of its due moments, and what I may do with it."""
    return _page(request, _row(request, public_id))


@require_POST
@staff_required
def take(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take an item into my own hands and go to it."""
    row = _row(request, public_id)
    actions.take(item_public_id=public_id, actor=actor_of(request))
    return HttpResponseRedirect(row.line.url)


@require_POST
@staff_required
def put_back(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give an item back to everybody of its office."""
    actions.put_back(item_public_id=public_id, actor=actor_of(request))
    messages.success(request, str(_("已经放回，同事可以领取。")))
    return HttpResponseRedirect(reverse("console:desk"))


class HandOverForm(Form):
    """To which colleague of the same office."""

    to_user_id = django_forms.TypedChoiceField(label=spoken(_("交给哪位同事")), coerce=int)

    def __init__(self, *args: Any, item: DeskItem, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Appointment.objects.in_force(clock.today()).filter(union_id=item.union_id or 0, role=item.role)
        people = rows.exclude(user_id=actor.user_id or 0).select_related("user").order_by("user__display_name")
        found = {row.user_id: row.user.display_name or row.user.sign_in_name for row in people}
        colleagues: Any = self.fields["to_user_id"]
        colleagues.choices = [("", _("请选择")), *found.items()]
        self.has_colleagues = bool(found)


class ExtendForm(Form):
    """By how many working days, and why."""

    working_days = django_forms.IntegerField(label=spoken(_("延长几个工作日")), min_value=1, max_value=30)
    reason = ReasonField(help_text=_("会记入办理经过。"))

    def __init__(self, *args: Any, item: DeskItem, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


@require_POST
@staff_required
def hand_over(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hand an item to a colleague."""
    return _act(request, public_id, HandOverForm, actions.hand_over, _("已经交给同事。"))


@require_POST
@staff_required
def extend(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give an item more time."""
    return _act(request, public_id, ExtendForm, actions.extend, _("期限已经延长。"))


def _act(
    request: HttpRequest, public_id: str, kind: Callable[..., Form], act: Callable[..., DeskItem], told: Text
) -> HttpResponse:
    row = _row(request, public_id)
    actor = actor_of(request)
    form = kind(request.POST, item=row.item, actor=actor)
    if form.is_valid():
        try:
            act(item_public_id=public_id, actor=actor, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, str(told))
            return HttpResponseRedirect(reverse("console:desk"))
    hand, more = (form, None) if isinstance(form, HandOverForm) else (None, form)
    return _page(request, row, hand, more, status=422)


def _row(request: HttpRequest, public_id: str) -> DeskRow:
    actor = actor_of(request)
    items = queries.my_items(actor).filter(public_id=public_id).select_related("union", "holder")
    found = queries.rows_for(actor, items)
    if not found:
        raise NotFound("NOT_FOUND", _("没有找到这一件，可能已经办完或交给了别人。"))
    return found[0]


def _page(
    request: HttpRequest, row: DeskRow, hand: Form | None = None, more: Form | None = None, status: int = 200
) -> HttpResponse:
    actor = actor_of(request)
    context = {
        "row": row,
        "hand_form": hand or HandOverForm(item=row.item, actor=actor),
        "extend_form": more or ExtendForm(item=row.item, actor=actor),
        "facts": _facts(row.item),
        "history": _history(row.item),
        "crumbs": [Crumb(_("我的工作台"), reverse("console:desk")), Crumb(row.line.number)],
    }
    return pages.render(request, "console/item.html", context, status=status)


def _facts(one: DeskItem) -> list[Fact]:
    return [
        Fact(_("办理工会"), one.union.name if one.union else ""),
        Fact(_("到达时间"), dates.moment(one.opened_at)),
        Fact(_("期限"), dates.moment(one.due_at)),
        Fact(_("经办人"), one.holder.display_name if one.holder else _("还没有人领取")),
    ]


def _history(one: DeskItem) -> list[TimelineEntry]:
    rows = queries.due_history(one.subject_type, one.subject_id)
    return [
        TimelineEntry(
            DUE_KINDS.get(row.kind, Text(row.kind)),
            row.at,
            detail=_("期限：{moment}", moment=dates.moment(row.after)) if row.after else row.reason,
            tone="warn" if row.kind == "paused" else "info",
        )
        for row in reversed(rows)
    ]
