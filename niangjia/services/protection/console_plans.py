"""The officers' pages of plans: versions as a list, one with its leaflet, dry run, publishing, closing."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.kernel.errors import NotFound
from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.web import moves, pages
from niangjia.platform.web.parts import Crumb, MoveButton
from niangjia.services.protection import actions, dryrun, leaflets, lists, policies, queries, termbooks
from niangjia.services.protection import console_queries as staff
from niangjia.services.protection.forms import ReasonForm
from niangjia.services.protection.models import PlanVersion
from niangjia.services.protection.states import PLAN_VERSION, VersionEvent, VersionState

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@staff_required
def version_list(request: HttpRequest) -> HttpResponseBase:
    """All versions of all plans that the actor may see."""
    policies.may_list_claims(actor_of(request)).require()
    listing = lists.versions(request)
    if "export" in request.GET:
        return listing.export(str(_("保障方案")), lambda rows: None)
    context = {"listing": listing, "may_plan": bool(policies.may_open_plans(actor_of(request)))}
    return pages.render(request, "protection/console/versions.html", context)


@require_safe
@staff_required
def version(request: HttpRequest, public_id: str) -> HttpResponse:
    """The terms in words, the moves, and who did what."""
    actor = actor_of(request)
    found = queries.version_for(actor, public_id)
    may_plan = bool(policies.may_plan(actor, found.plan.union_id))
    context = {
        "version": found,
        "leaflet": leaflets.leaflet_of(found),
        "crumbs": _crumbs(found),
        "buttons": _buttons(actor, found),
        "may_plan": may_plan,
        "is_draft": found.state == VersionState.DRAFT,
        "terms": termbooks.terms_of(found),
        "timeline": staff.history("protection.planversion", public_id, staff.words_of(PLAN_VERSION)),
    }
    return pages.render(request, "protection/console/version.html", context)


@require_safe
@staff_required
def version_pdf(request: HttpRequest, public_id: str) -> HttpResponse:
    """The leaflet to print."""
    return leaflets.response(queries.version_for(actor_of(request), public_id))


@require_safe
@staff_required
def dry_run(request: HttpRequest, public_id: str) -> HttpResponse:
    """What this version would have done to past claims: numbers and sums, nobody's name."""
    found = queries.version_for(actor_of(request), public_id)
    policies.may_plan(actor_of(request), found.plan.union_id).require()
    result = dryrun.dry_run(found)
    context = {"version": found, "run": result, "changed": result.changed[:200], "crumbs": _crumbs(found)}
    return pages.render(request, "protection/console/dry_run.html", context)


@form_page
@staff_required
def move(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """Publish or close, after saying what follows."""
    actor = actor_of(request)
    found = queries.version_for(actor, public_id)
    policies.may_plan(actor, found.plan.union_id).require()
    if event not in (VersionEvent.PUBLISH, VersionEvent.CLOSE_VERSION):
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    step = moves.asked(request, PLAN_VERSION, found.state, event)
    form = ReasonForm(request.POST or None) if event == VersionEvent.CLOSE_VERSION else None

    def made() -> str:
        act: Any = actions.publish if form is None else actions.close_version
        given = form.cleaned_data if form else {}
        return moves.once(request, f"protection.{event}", lambda: act(public_id=public_id, actor=actor, **given))

    back = reverse("protection_console:version", args=[public_id])
    if request.method == "POST" and moves.make(form, made) is not None:
        return redirect(back)
    return moves.confirm(
        request, form, title=step.label, consequence=step.consequence, back_url=back, danger=form is not None,
        crumbs=_crumbs(found),
    )  # fmt: skip


def _buttons(actor: Any, found: PlanVersion) -> list[MoveButton]:
    return [
        MoveButton(
            choice.move.label,
            reverse("protection_console:version-move", args=[found.public_id, choice.move.event]),
            choice.refusal,
            primary=choice.move.event == VersionEvent.PUBLISH,
            danger=choice.move.event == VersionEvent.CLOSE_VERSION,
        )
        for choice in staff.version_choices(actor, found)
    ]


def _crumbs(found: PlanVersion) -> list[Crumb]:
    name = _("{plan} 第 {n} 版", plan=found.plan.name, n=found.number)
    return [Crumb(_("保障方案"), reverse("protection_console:versions")), Crumb(name)]


urlpatterns = [
    path("versions/", version_list, name="versions"),
    path("versions/<slug:public_id>/", version, name="version"),
    path("versions/<slug:public_id>/leaflet.pdf", version_pdf, name="version-pdf"),
    path("versions/<slug:public_id>/dry-run/", dry_run, name="dry-run"),
    path("versions/<slug:public_id>/move/<slug:event>/", move, name="version-move"),
]
