"""我的信息 → 监护: ask to act for a child or ward, see what became of it, take it back or end it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.datastructures import MultiValueDictKeyError
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.commons.desk import queries as desk
from niangjia.commons.people.guardians import actions, consent, policies, queries
from niangjia.commons.people.guardians.states import KIND_LABELS
from niangjia.kernel import identifiers
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform import files
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.personal_data import consents
from niangjia.platform.requests import idempotency
from niangjia.platform.web import pages
from niangjia.platform.web.fields import IdNumberField, NameField, ReasonField
from niangjia.platform.web.forms import Form, spoken
from niangjia.platform.web.parts import Fact
from niangjia.shells.portal.correcting import PhotosField, PhotosInput

form_page = require_http_methods(["GET", "HEAD", "POST"])


class ApplyForm(Form):
    """Whose guardian I am, by what, and the photo that shows it; with the consent to use the ward's data."""

    name = NameField(label=_("孩子或被监护人姓名"))
    id_number = IdNumberField(label=_("他的证件号码"))
    kind = forms.ChoiceField(
        label=spoken(_("您和他的关系")), choices=[(one.value, label) for one, label in KIND_LABELS.items()],
        widget=forms.RadioSelect,
    )  # fmt: skip
    paper = PhotosField(
        label=spoken(_("证明照片")),
        help_text=spoken(
            _("出生证明、户口簿，或者指定监护的文书。最多 6 张，每张不超过 10 MB。只有办理的工作人员能看。")
        ),
        widget=PhotosInput(attrs={"accept": "image/*"}),
    )
    note = forms.CharField(
        label=spoken(_("说明")), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )
    consent = forms.BooleanField(
        label=spoken(_("我是监护人，已阅读并同意")),
        error_messages={"required": spoken(_("请阅读并勾选同意，才能提交。"))},
    )
    consent_version = forms.CharField(widget=forms.HiddenInput, required=False)


class EndForm(Form):
    """Why it ends."""

    reason = ReasonField(max_length=300, help_text=_("例如：孩子由另一方监护。不要写证件号和手机号。"))


@never_cache
@require_safe
@member_required
def guardians(request: HttpRequest) -> HttpResponse:
    """Those I asked for."""
    actor = actor_of(request)
    context = {"rows": queries.own(actor), "may_apply": bool(policies.may_apply(actor))}
    return pages.render(request, "portal/guardians.html", context)


@never_cache
@form_page
@member_required
@sensitive_post_parameters("id_number")
def apply(request: HttpRequest) -> HttpResponse:
    """How old the ward is, then ask: what is agreed to is another text for each age."""
    policies.may_apply(actor_of(request)).require()
    stage = _stage(request)
    if stage is None:
        return pages.render(request, "portal/guardian_for.html", {"stages": _STAGES})
    text = consents.current(consent.CODES[stage], get_language() or "")
    form = ApplyForm(request.POST or None, request.FILES or None, initial={"consent_version": text.version})
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(_applied(request, form))
        except DomainError as error:
            form.refuse(error)
    context = {"form": form, "consent": text, "stage": consent.STAGE_LABELS[stage]}
    return pages.render(request, "portal/guardian_apply.html", context, status=422 if form.errors else 200)


_STAGES = [(stage.value, consent.STAGE_LABELS[stage], consent.STAGE_HINTS[stage]) for stage in consent.Stage]


def _stage(request: HttpRequest) -> consent.Stage | None:
    """The ward's age: by the number that was typed, else as chosen; None before either."""
    try:
        return consent.stage_of(identifiers.resident_id(request.POST["id_number"]).birth_date)
    except (MultiValueDictKeyError, DomainError):
        chosen = request.GET.get("for", "")
        if chosen in set(consent.Stage):
            return consent.Stage(chosen)
        return consent.Stage.CHILD if request.method == "POST" else None


def _applied(request: HttpRequest, form: ApplyForm) -> str:
    said, actor = form.cleaned_data, actor_of(request)

    def make() -> str:
        return actions.apply(
            kind=said["kind"], name=said["name"], id_number=said["id_number"].number, papers=said["paper"],
            note=said["note"], consent_version=said["consent_version"], actor=actor,
        ).public_id  # fmt: skip

    body = {"kind": said["kind"], "papers": [idempotency.file_digest(paper) for paper in said["paper"]]}
    made = idempotency.once_made(key=form.key, actor=actor, purpose="people.guardianship", body=body, make=make)
    return reverse("portal:guardian", args=[made])


@never_cache
@require_safe
@member_required
def guardian(request: HttpRequest, public_id: str) -> HttpResponse:
    """Where one stands."""
    row = queries.guardianship_for(actor_of(request), public_id)
    item = desk.open_item(queries.SUBJECT_TYPE, row.pk)
    context = {
        "row": row,
        "facts": queries.facts(row, masked=False),
        "timeline": queries.timeline(row, for_member=True),
        "may_withdraw": queries.may_withdraw(row),
        "may_end": queries.may_end(row),
        "answer_by": item.due_at if item else None,
        "papers": [paper.file for paper in row.papers.select_related("file").order_by("pk")],
    }
    return pages.render(request, "portal/guardian.html", context)


@form_page
@member_required
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask once more, then take it back."""
    actor = actor_of(request)
    row = queries.guardianship_for(actor, public_id)
    if request.method == "POST":
        actions.withdraw(public_id=public_id, actor=actor)
    elif queries.may_withdraw(row):
        return _confirm(
            request, public_id, None, title=_("撤回监护登记申请？"),
            consequence=_("撤回后什么都不登记，您以后可以重新申请。"), facts=[Fact(_("编号"), row.number)],
            action=_("撤回申请"),
        )  # fmt: skip
    return redirect("portal:guardian", public_id)


@form_page
@member_required
def end(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say why, then end it."""
    actor = actor_of(request)
    row = queries.guardianship_for(actor, public_id)
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.end(public_id=public_id, reason=form.cleaned_data["reason"], actor=actor)
        except DomainError as error:
            form.refuse(error)
        else:
            return redirect("portal:guardian", public_id)
    elif request.method != "POST" and not queries.may_end(row):
        return redirect("portal:guardian", public_id)
    return _confirm(
        request, public_id, form, title=_("结束监护？"),
        consequence=_("马上不能再查看和办理被监护人的事；亲属关系不变，以后可以重新申请。"),
        facts=[Fact(_("编号"), row.number)], action=_("结束监护"),
    )  # fmt: skip


def _confirm(request: HttpRequest, public_id: str, form: Form | None, **context: Any) -> HttpResponse:
    context |= {
        "base_template": "web/portal_task.html",
        "form": form,
        "back_url": reverse("portal:guardian", args=[public_id]),
        "danger": True,
    }
    return pages.render(request, "web/confirm.html", context, status=422 if form is not None and form.errors else 200)


@require_safe
@member_required
def paper(request: HttpRequest, public_id: str, file_id: str) -> HttpResponse:
    """One of the photos I sent."""
    content = files.read(queries.paper_for(actor_of(request), public_id, file_id))
    return HttpResponse(content.data, headers=content.headers)
