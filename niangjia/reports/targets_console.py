"""The targets of the unions directly below, set in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.forms import BoundField
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_http_methods

from niangjia.commons.ledger.indicators import DrillLevel, Indicator, all_indicators
from niangjia.commons.unions import tree
from niangjia.commons.unions.models import Union, UnionSpan
from niangjia.kernel import clock
from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.periods import Period, PeriodKind
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.accounts.middleware import ActorRequest
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.web import pages as web
from niangjia.platform.web.paging import Page, paginate
from niangjia.platform.web.parts import Crumb
from niangjia.reports import actions, drill, pages, policies, reach
from niangjia.reports.forms import TargetsForm, cell, period_of
from niangjia.reports.models import Target

ROWS = 100
HISTORY = 30


@dataclass(frozen=True)
class Row:
    """A union below: what it did last year and so far, and the input for what is wanted."""

    name: str
    url: str
    last: Text | str
    this: Text | str
    field: BoundField


@dataclass(frozen=True)
class Change:
    """One target that was set."""

    at: datetime
    who: str
    union: str
    before: str
    after: str
    reason: str


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def targets_page(request: ActorRequest, public_id: str) -> HttpResponse:
    """One indicator, one year, a row for each union below; a wrong cell keeps everything else as it was typed."""
    union, period = reach.union_of(request.actor, public_id), period_of(request.GET)
    if period.kind is not PeriodKind.YEAR:
        raise NotFound("TARGET_YEAR", _("目标按年设定，请先选一个年份。"))
    policies.set_target(request.actor, tree.path_of(union.pk)).require()
    indicator = reach.indicator_of(request.GET.get("indicator") or next(iter(all_indicators())).code)
    page = _below(union, request.GET.get("page", "1"))
    form = TargetsForm(indicator, page.rows, _present(page.rows, indicator, period), request.POST or None)
    if request.method == "POST" and form.is_valid() and _set(request, union, indicator, period, form):
        return web.redirect(request, request.get_full_path())
    context = {
        "union": union,
        "indicator": indicator,
        "indicators": all_indicators(),
        "year": period.first.year,
        "picker": pages.picker(union, period, "report:targets"),
        "form": form,
        "rows": _rows(union, period, indicator, form),
        "page": page,
        "history": _history(page.rows, indicator, period),
        "back": pages.url("report:union", union, period),
        "crumbs": reach.crumbs(request.actor, union, Crumb(_("下级目标"))),
    }
    return web.render(request, "reports/targets.html", context, status=422 if form.is_bound else 200)


def _below(union: Union, page: str) -> Page:
    below = UnionSpan.objects.on(clock.today()).filter(parent_id=union.pk).values("union_id")
    return paginate(Union.objects.filter(pk__in=below).order_by("code"), number=page, size=ROWS)


def _present(unions: Sequence[Union], indicator: Indicator, period: Period) -> Mapping[int, int]:
    rows = Target.objects.filter(union__in=unions, indicator=indicator.code, year=period.first.year)
    return dict(rows.values_list("union_id", "value"))


def _set(request: ActorRequest, union: Union, indicator: Indicator, period: Period, form: TargetsForm) -> bool:
    try:
        changed = actions.set_targets(
            actor=request.actor,
            above_id=union.pk,
            indicator=indicator.code,
            year=period.first.year,
            values=form.values(),
            reason=form.cleaned_data["reason"],
        )
    except actions.TargetRefused as error:
        form.refuse_at(error.union_id, error)
        return False
    except DomainError as error:
        form.refuse(error)
        return False
    messages.success(request, str(_("设定了 {n} 个目标。", n=changed)))
    return True


def _rows(union: Union, period: Period, indicator: Indicator, form: TargetsForm) -> list[Row]:
    last, this = (_values(union, span, indicator) for span in (period.previous(), period))
    return [
        Row(
            below.name,
            pages.url("report:union", below, period),
            last.get(below.pk, pages.NOTHING),
            this.get(below.pk, pages.NOTHING),
            form[cell(below)],
        )
        for below in form.unions
    ]


def _values(union: Union, period: Period, indicator: Indicator) -> dict[int, Text | str]:
    """What each union below did, as it may be shown."""
    if indicator.drill_level is DrillLevel.NONE:
        return {}
    found = drill.shares(union, period, indicator)
    return {share.union.pk: pages.share_said(share, indicator) for share in found if share.union is not None}


def _history(unions: Sequence[Union], indicator: Indicator, period: Period) -> list[Change]:
    names = {union.pk: union.name for union in unions}
    entries = AuditEntry.objects.filter(
        action="reports.target_set",
        node_id__in=names,
        data__indicator=indicator.code,
        data__year=period.first.year,
    ).order_by("-pk")[:HISTORY]
    return [_change(entry, names.get(entry.node_id or 0, ""), indicator) for entry in entries]


def _change(entry: Any, name: str, indicator: Indicator) -> Change:
    def shown(text: str) -> str:
        return indicator.unit.shown(int(text)) if text else pages.NOTHING

    return Change(entry.at, entry.by_whom, name, shown(entry.before), shown(entry.after), entry.reason)


urlpatterns = [path("<str:public_id>/targets/", targets_page, name="targets")]
