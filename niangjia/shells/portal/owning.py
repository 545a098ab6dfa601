"""After the code: is this account mine? One thing that its owner knows, or 这不是我的账户 with what follows from it."""

from __future__ import annotations

from typing import Any

from django import forms as django_forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from niangjia.commons.people.disputes import queries, recycled
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.accounts import cookies, owners, sessions
from niangjia.platform.accounts.gates import held_member_allowed
from niangjia.platform.accounts.owners import Ask
from niangjia.platform.accounts.redirects import local_path, next_of
from niangjia.platform.personal_data.masks import mask_phone
from niangjia.platform.web import pages
from niangjia.platform.web.fields import NameField
from niangjia.platform.web.forms import Form, spoken

form_page = require_http_methods(["GET", "HEAD", "POST"])
LABELS = {Ask.TAIL: _("登记的证件号码最后四位"), Ask.NAME: _("登记的姓名")}
HINTS = {Ask.TAIL: _("末位是 X 的，填 X。"), Ask.NAME: _("按证件填写完整姓名。")}


class OwnerForm(Form):
    """The one thing that the owner knows."""

    said = django_forms.CharField(max_length=60, widget=django_forms.TextInput(attrs={"autocomplete": "off"}))
    next = django_forms.CharField(required=False, widget=django_forms.HiddenInput)

    def __init__(self, *args: Any, ask: Ask, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["said"].label, self.fields["said"].help_text = spoken(LABELS[ask]), spoken(HINTS[ask])


class NotMineForm(Form):
    """Who I am, and a word about the phone."""

    name = NameField()
    note = django_forms.CharField(
        label=spoken(_("说明")),
        required=False,
        max_length=300,
        widget=django_forms.Textarea(attrs={"rows": 3}),
        help_text=spoken(_("例如什么时候办的这个号码。只有办理的工作人员能看。")),
    )


@never_cache
@form_page
@held_member_allowed
@sensitive_post_parameters("said")
def owner(request: HttpRequest) -> HttpResponse:
    """Ask for what the owner knows; nothing of the account is shown before."""
    session = request.niangjia_session  # type: ignore[attr-defined]
    if not session.held:
        return HttpResponseRedirect(next_of(request))
    ask = owners.asked_of(session)
    form = OwnerForm(request.POST or None, ask=ask, initial={"next": next_of(request)})
    if request.method == "POST" and form.is_valid():
        try:
            return _signed_in(request, owners.answer(session, form.cleaned_data["said"]), form.cleaned_data["next"])
        except DomainError as error:
            form.refuse(error)
    context = {"form": form, "masked": mask_phone(session.user.phone)}
    return pages.render(request, "portal/owner.html", context, status=422 if form.errors else 200)


@never_cache
@form_page
@held_member_allowed
def not_mine(request: HttpRequest) -> HttpResponse:
    """What follows when the account is not mine, then it happens."""
    session = request.niangjia_session  # type: ignore[attr-defined]
    if not sessions.recent_second_factor(session, within=recycled.PROVED_WITHIN):
        return redirect(f"{reverse('portal:prove')}?{urlencode({'next': request.path})}")
    form = NotMineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _disowned(request, session, form)
        except DomainError as error:
            form.refuse(error)
    back = "portal:owner" if session.held else "portal:mine"
    context = {
        "form": form,
        "masked": mask_phone(session.user.phone),
        "days": queries.days_at_most(),
        "back": reverse(back),
        "demo": settings.DEMO,
    }
    return pages.render(request, "portal/not_mine.html", context, status=422 if form.errors else 200)


def _disowned(request: HttpRequest, session: Any, form: NotMineForm) -> HttpResponse:
    actor = recycled.whoever_typed(session, trace=getattr(request, "trace", ""))
    agent = request.headers.get("User-Agent", "")
    made, begun = recycled.disown(**form.cleaned_data, actor=actor, agent=agent)
    response = redirect("portal:dispute", made.public_id)
    cookies.sign_in(request, response, begun.session, begun.token)
    messages.success(request, str(_("已为您开通新账户。您可以马上申请入会、使用服务。")))
    return response


def _signed_in(request: HttpRequest, begun: sessions.SignedIn, wanted: str) -> HttpResponse:
    response = HttpResponseRedirect(local_path(wanted))
    cookies.sign_in(request, response, begun.session, begun.token)
    return response
