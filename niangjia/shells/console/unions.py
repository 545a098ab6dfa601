"""Unions within my reach: search, one union's page, and choosing the union I work for."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from niangjia.commons.people import policies as people_policies
from niangjia.commons.people import queries as people
from niangjia.commons.unions import queries, tree
from niangjia.commons.unions.kinds import KIND_LABELS, UnionKind
from niangjia.commons.unions.models import TreeChange, Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts import sessions
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.web import dates, pages, saved
from niangjia.platform.web.addresses import safe_next
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.platform.web.parts import Crumb, Fact, TimelineEntry
from niangjia.reports import policies as report_policies
from niangjia.shells.console import switcher

LIST = "unions.unions"
saved.register(LIST, "console:unions")

MOST_BELOW = 30
"""Unions directly below on the page of one; the list holds them all."""

CHANGES: dict[str, Text] = {
    "founded": _("成立"),
    "moved": _("调整隶属"),
    "renamed": _("更名"),
    "closed": _("撤销"),
    "merged": _("合并"),
    "split": _("分立"),
}


def _named(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    return rows.filter(Q(name__icontains=text) | Q(short_name__icontains=text) | Q(code__istartswith=text))


def _under(rows: QuerySet[Any], code: str) -> QuerySet[Any]:
    above = Union.objects.filter(code=code).first()
    return rows.filter(pk__in=tree.children(above.pk).values("pk")) if above else rows.none()


COLUMNS = [
    Column(
        "name", _("名称"), lambda u: u.name, sort="name", url=lambda u: reverse("console:union", args=[u.public_id])
    ),
    Column("code", _("代码"), lambda u: u.code, kind="code", sort="code"),
    Column("kind", _("类别"), lambda u: KIND_LABELS[UnionKind(u.kind)]),
    Column("founded_on", _("成立日期"), lambda u: u.founded_on, kind="day", sort="founded_on"),
]
FILTERS = [
    Filter("q", _("名称或代码"), _named),
    Filter(
        "kind", _("类别"), lambda rows, kind: rows.filter(kind=kind), [(k.value, v) for k, v in KIND_LABELS.items()]
    ),
    Filter("above", _("直接上级的代码"), _under),
]


@require_safe
@staff_required
def unions(request: HttpRequest) -> HttpResponseBase:
    """The unions within my reach; exported with ``?export=xlsx``."""
    actor = actor_of(request)
    rows = queries.unions_of(actor)
    if actor.chosen_node_id:
        rows = rows.filter(pk__in=tree.below(actor.chosen_node_id))
    listing = ListPage(request, rows, COLUMNS, FILTERS, order="code", code=LIST)
    if "export" in request.GET:
        return listing.export(f"{_('工会')}-{clock.today():%Y%m%d}", lambda _found: None)
    return pages.render(request, "console/unions.html", {"listing": listing, "export": True})


@require_safe
@staff_required
def union(request: HttpRequest, public_id: str) -> HttpResponse:
    """One union: what it is, what stands below it, who holds office, what became of it."""
    actor = actor_of(request)
    found = Union.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("UNION_NOT_FOUND", _("没有找到这个工会。"))
    one = queries.in_sight(actor, found.pk)
    context = {
        "union": one,
        "facts": _facts(actor, one),
        "below": tree.children(one.pk)[:MOST_BELOW],
        "below_total": tree.children(one.pk).count(),
        "offices": queries.offices_at(one.pk),
        "history": [_told(change) for change in queries.history_of(one.pk)[:100]],
        "crumbs": [Crumb(_("工会"), reverse("console:unions")), Crumb(one.short_name)],
        "may_report": bool(report_policies.may_read(actor)),
        "is_chosen": actor.chosen_node_id == one.pk,
    }
    return pages.render(request, "console/union.html", context)


@require_POST
@staff_required
def choose(request: HttpRequest) -> HttpResponse:
    """Work for another union within my reach from now on; an empty choice means all of mine."""
    actor = actor_of(request)
    wanted = request.POST.get("node", "")
    chosen = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else None
    if wanted and (chosen is None or not switcher.may_choose(actor, chosen)):
        raise tree.no_such_union()
    sessions.choose_node(request.niangjia_session, chosen)  # type: ignore[attr-defined]
    messages.success(request, str(_("已经切换，下面只显示这个工会和它的下级。")))
    return HttpResponseRedirect(safe_next(request, reverse("console:desk")))


def _facts(actor: Actor, one: Union) -> list[Fact]:
    above = tree.ancestors(one.pk)
    facts = [
        Fact(_("代码"), one.code),
        Fact(_("类别"), KIND_LABELS[UnionKind(one.kind)]),
        Fact(_("上级"), " › ".join(parent.short_name for parent in reversed(above))),
        Fact(_("成立日期"), dates.day(one.founded_on)),
        Fact(_("直接吸收会员"), _("是") if one.accepts_members else _("否")),
    ]
    if people_policies.may_search(actor):
        rows = people.members_of(actor, people.MemberFilter(union_id=one.pk)).aggregate(number=Count("pk"))
        facts.append(Fact(_("现有会员（含下级）"), f"{rows['number']:,}"))
    return facts


def _told(change: TreeChange) -> TimelineEntry:
    ends = [end.short_name for end in (change.from_parent, change.to_parent) if end]
    detail = "：".join(part for part in (" → ".join(ends), change.reason) if part)
    who = change.recorded_by.display_name if change.recorded_by else ""
    return TimelineEntry(CHANGES.get(change.kind, Text(change.kind)), change.effective_on, who, detail)
