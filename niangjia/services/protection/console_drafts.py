"""The officers' pages on which a draft is written: a new plan, its frame, a cover row by row, its limits. Beside each
stands the leaflet as members will read it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST

from niangjia.commons.unions.models import Union
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, DomainError, NotFound
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.requests import idempotency
from niangjia.platform.web import pages
from niangjia.platform.web.parts import Crumb
from niangjia.platform.web.row_forms import MORE, quiet
from niangjia.services.protection import actions, leaflets, plan_forms, policies, queries, termbooks
from niangjia.services.protection import terms as parts
from niangjia.services.protection.cover_forms import CoverEditor
from niangjia.services.protection.models import PlanVersion
from niangjia.services.protection.plan_forms import PlanForm, TermsForm, frame_of, limit_rows, limits_of
from niangjia.services.protection.states import VersionState
from niangjia.services.protection.terms import CoverTerms, Terms, document_of

form_page = require_http_methods(["GET", "HEAD", "POST"])
PREVIEW = "preview"
"""Name of the button that shows the leaflet of what stands in the form, without keeping it."""


@form_page
@staff_required
def new_plan(request: HttpRequest) -> HttpResponse:
    """Begin a plan; its covers come next."""
    actor = actor_of(request)
    unions = _unions(actor)
    form = PlanForm(request.POST or None, unions=unions)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("protection_console:version", _begun(request, form, actor))
        except DomainError as error:
            form.refuse(error)
    context = {"form": form, "crumbs": [*_above(), Crumb(_("新方案"))]}
    return pages.render(request, "protection/console/new_plan.html", context, status=422 if form.errors else 200)


def _unions(actor: Actor) -> list[tuple[str, str]]:
    """The unions at which the actor holds a planner's office. Raises NotAllowed when there is none."""
    held = [grant.node_id for grant in actor.grants_of(*policies.PLANNERS)]
    policies.may_open_plans(actor).require()
    return list(Union.objects.filter(pk__in=held).order_by("pk").values_list("code", "name"))


def _begun(request: HttpRequest, form: PlanForm, actor: Actor) -> str:
    said = dict(form.cleaned_data)
    union = Union.objects.get(code=said.pop("union"))
    body = {**said, "union": union.code, "valid_from": said["valid_from"].isoformat()}
    return _once(request, "plan", body, lambda: actions.begin_plan(union_id=union.pk, actor=actor, **said).public_id)


@form_page
@staff_required
def draw_up(request: HttpRequest, public_id: str) -> HttpResponse:
    """Draw up the version after this one, or change the frame of this one while it is a draft."""
    actor = actor_of(request)
    base = queries.version_for(actor, public_id)
    policies.may_plan(actor, base.plan.union_id).require()
    is_draft = base.state == VersionState.DRAFT
    initial = frame_of(termbooks.terms_of(base))
    if is_draft:
        initial |= {"valid_from": base.valid_from, "valid_to": base.valid_to}
    form = TermsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and PREVIEW not in request.POST:
        try:
            drawn = _draw(request, base, form)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, str(_("草稿已保存。请先试算，再请另一位同事发布。")))
            return redirect("protection_console:version", drawn)
    context = {
        "form": form, "version": base, "crumbs": _crumbs(base), "is_draft": is_draft,
        "leaflet": leaflets.leaflet_of(base, form.terms(termbooks.terms_of(base)) if _is_sound(form) else None),
    }  # fmt: skip
    return pages.render(request, "protection/console/terms.html", context, status=422 if form.errors else 200)


def _is_sound(form: Any) -> bool:
    return bool(form.is_bound and not form.errors)


def _draw(request: HttpRequest, base: PlanVersion, form: TermsForm) -> str:
    actor, terms = actor_of(request), form.terms(termbooks.terms_of(base))
    days = {name: form.cleaned_data[name] for name in ("valid_from", "valid_to")}
    if base.state == VersionState.DRAFT:
        return actions.revise(public_id=base.public_id, terms=terms, actor=actor, **days).public_id
    body = {"plan": base.plan.code, "days": str(days), "terms": json.dumps(document_of(terms))}
    return _once(
        request, "draw_up", body,
        lambda: actions.draw_up(plan_id=base.plan_id, terms=terms, actor=actor, **days).public_id,
    )  # fmt: skip


@form_page
@staff_required
def new_cover(request: HttpRequest, public_id: str) -> HttpResponse:
    """Add a cover to a draft."""
    version = _draft(request, public_id)
    code = parts.next_code(termbooks.terms_of(version))
    return _edit(request, version, None, CoverEditor(None, code, request.POST or None))


@form_page
@staff_required
def cover(request: HttpRequest, public_id: str, code: str) -> HttpResponse:
    """Change a cover of a draft."""
    version = _draft(request, public_id)
    known = _cover(version, code)
    return _edit(request, version, known, CoverEditor(known, known.code, request.POST or None))


def _edit(request: HttpRequest, version: PlanVersion, known: CoverTerms | None, editor: CoverEditor) -> HttpResponse:
    shown: CoverTerms | None = known
    if request.method == "POST" and MORE in request.POST:
        editor.quiet()
    elif request.method == "POST" and editor.is_valid():
        shown = editor.cover()
        if PREVIEW not in request.POST and _kept(request, version, known, editor):
            messages.success(request, str(_("已保存“{cover}”。", cover=shown.name)))
            return redirect("protection_console:version", version.public_id)
    words = leaflets.leaf_of(shown, termbooks.terms_of(version)) if shown else None
    wrong = [form for form in (editor.form, *(row for rows in editor.rows for row in rows.forms)) if form.errors]
    context = {"editor": editor, "version": version, "known": known, "leaf": words, "crumbs": _crumbs(version)}
    return pages.render(request, "protection/console/cover.html", context, status=422 if _bad(request, wrong) else 200)


def _bad(request: HttpRequest, wrong: Any) -> bool:
    return request.method == "POST" and MORE not in request.POST and bool(wrong)


def _kept(request: HttpRequest, version: PlanVersion, known: CoverTerms | None, editor: CoverEditor) -> bool:
    """Whether it was taken; a refusal stands in the form."""
    actor, told = actor_of(request), editor.cover()
    body = {"version": version.public_id, "cover": json.dumps(document_of(Terms((replace(told, code=""),), 1)))}

    def put() -> str:
        code = known.code if known else None
        return actions.put_cover(public_id=version.public_id, cover=told, code=code, actor=actor).public_id

    try:
        _once(request, "cover", body, put)
    except DomainError as error:
        editor.form.refuse(error)
        return False
    return True


@form_page
@staff_required
def drop_cover(request: HttpRequest, public_id: str, code: str) -> HttpResponse:
    """Take a cover out of a draft, after saying what follows."""
    version = _draft(request, public_id)
    known = _cover(version, code)
    back = reverse("protection_console:version", args=[public_id])
    if request.method == "POST":
        actions.drop_cover(public_id=public_id, code=code, actor=actor_of(request))
        return redirect(back)
    context = {
        "title": _("删去“{cover}”", cover=known.name),
        "consequence": _("这项保障和只管它的限额会从草稿里删去，已发布的版本不受影响。"),
        "action": _("删去"), "danger": True, "back_url": back, "is_console": True, "crumbs": _crumbs(version),
    }  # fmt: skip
    return pages.render(request, "web/confirm.html", context)


@require_POST
@staff_required
def raise_cover(request: HttpRequest, public_id: str, code: str) -> HttpResponse:
    """One place further up."""
    actions.raise_cover(public_id=public_id, code=code, actor=actor_of(request))
    return redirect("protection_console:version", public_id)


@form_page
@staff_required
def limits(request: HttpRequest, public_id: str) -> HttpResponse:
    """The limits of a draft, row by row, in the order of their use."""
    version = _draft(request, public_id)
    terms = termbooks.terms_of(version)
    rows = limit_rows(terms, request.POST or None)
    asked, shown = request.POST, terms.limits
    if MORE in asked:
        for row in rows.forms:
            quiet(row)
    elif request.method == "POST" and rows.is_valid() and not _repeated(rows):
        shown = limits_of(rows)
        if PREVIEW not in asked:
            actions.put_limits(public_id=public_id, limits=shown, actor=actor_of(request))
            messages.success(request, str(_("限额已保存。")))
            return redirect("protection_console:version", public_id)
    bad = request.method == "POST" and MORE not in asked and any(row.errors for row in rows.forms)
    context = {
        "rows": rows, "version": version, "crumbs": _crumbs(version),
        "sentences": [leaflets.limit_words(limit, terms) for limit in shown],
    }  # fmt: skip
    return pages.render(request, "protection/console/limits.html", context, status=422 if bad else 200)


def _repeated(rows: Any) -> bool:
    found = list(plan_forms.twice(rows))
    for row, sentence in found:
        row.add_error("cover", ValidationError(str(sentence), code="TWICE"))
    return bool(found)


def _draft(request: HttpRequest, public_id: str) -> PlanVersion:
    """A draft that the actor may write. Raises NotFound, NotAllowed, Conflict VERSION_FROZEN."""
    actor = actor_of(request)
    version = queries.version_for(actor, public_id)
    policies.may_plan(actor, version.plan.union_id).require()
    if version.state != VersionState.DRAFT:
        raise Conflict("VERSION_FROZEN", _("这个版本已经发布，条款不能再改；请起草新版本。"))
    return version


def _cover(version: PlanVersion, code: str) -> CoverTerms:
    found = termbooks.terms_of(version).cover(code)
    if found is None:
        raise NotFound("COVER_NOT_FOUND", _("这个草稿里没有这项保障，可能已经被删去。"))
    return found


def _once(request: HttpRequest, what: str, body: dict[str, Any], do: Any) -> str:
    key, purpose = request.POST.get("idempotency_key", ""), f"protection.{what}"
    return idempotency.once_made(key=key, actor=actor_of(request), purpose=purpose, body=body, make=do)


def _above() -> list[Crumb]:
    return [Crumb(_("保障方案"), reverse("protection_console:versions"))]


def _crumbs(version: PlanVersion) -> list[Crumb]:
    name: Text = _("{plan} 第 {n} 版", plan=version.plan.name, n=version.number)
    return [*_above(), Crumb(name, reverse("protection_console:version", args=[version.public_id]))]


urlpatterns = [
    path("plans/new/", new_plan, name="plan-new"),
    path("versions/<slug:public_id>/draw-up/", draw_up, name="draw-up"),
    path("versions/<slug:public_id>/limits/", limits, name="limits"),
    path("versions/<slug:public_id>/covers/new/", new_cover, name="cover-new"),
    path("versions/<slug:public_id>/covers/<slug:code>/", cover, name="cover"),
    path("versions/<slug:public_id>/covers/<slug:code>/drop/", drop_cover, name="cover-drop"),
    path("versions/<slug:public_id>/covers/<slug:code>/up/", raise_cover, name="cover-up"),
]
