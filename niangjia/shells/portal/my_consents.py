"""我的信息 → 同意书 and 注销账号."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.commons.people.own_data import closing, consenting, subjects
from niangjia.commons.people.own_data.models import Closing
from niangjia.commons.people.own_data.wards import wards_of
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.accounts import cookies, step_up
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.personal_data.portability import Subject
from niangjia.platform.web import dates, pages
from niangjia.platform.web.forms import Form, spoken
from niangjia.platform.web.parts import Fact
from niangjia.platform.web.rooms import Need
from niangjia.shells.portal import home, proving

form_page = require_http_methods(["GET", "HEAD", "POST"])


class CloseForm(Form):
    """Whether what is known of the person goes too."""

    erase = forms.BooleanField(
        label=spoken(_("同时清除我的个人信息")),
        required=False,
        help_text=spoken(_("姓名、证件号、手机号、上传的文件永久删除，找不回来。会员要先退会才能选。")),
    )


@never_cache
@require_safe
@member_required
def consents(request: HttpRequest) -> HttpResponse:
    """What I agreed to, in which version; and for the children in my care."""
    actor = actor_of(request)
    found = [one for subject in _subjects(actor) for one in consenting.given(subject)]
    return pages.render(request, "portal/consents.html", {"consents": found})


@never_cache
@form_page
@member_required
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say what follows, then take a consent back."""
    actor = actor_of(request)
    subject = _holder(actor, public_id)
    found = consenting.find(subject, public_id)
    if request.method == "POST":
        consenting.withdraw(subject=subject, public_id=public_id, actor=actor)
        messages.success(request, str(_("已经撤回。")))
        return redirect("portal:consents")
    if found.kept_because is not None:
        return redirect("portal:consents")
    context = {
        "base_template": "web/portal_task.html",
        "title": _("撤回同意？"),
        "consequence": found.consequence,
        "facts": [Fact(_("用途"), found.title), Fact(_("版本"), found.consent.text.version)],
        "action": _("撤回同意"),
        "back_url": reverse("portal:consents"),
        "danger": True,
    }
    return pages.render(request, "web/confirm.html", context)


@never_cache
@form_page
@member_required
def close(request: HttpRequest) -> HttpResponse:
    """What closing means, a fresh code, then the week begins and this browser is signed out."""
    actor = actor_of(request)
    proved = step_up.recent_second_factor(request.niangjia_session)  # type: ignore[attr-defined]
    if request.method == "POST" and not proved:
        return HttpResponseRedirect(proving.address_for(request))
    form = CloseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = closing.ask(erase=form.cleaned_data["erase"], actor=actor)
        except DomainError as error:
            form.refuse(error)
        else:
            return _left(request, asked)
    context = {
        "form": form,
        "is_member": closing.is_member(actor),
        "proved": proved,
        **_still_open(actor),
    }
    return pages.render(request, "portal/close.html", context, status=422 if form.errors else 200)


def _still_open(actor: Actor) -> dict[str, list[Need]]:
    """What waits on the member, and what is under way besides."""
    waiting = list(home.needs(actor))
    known = {need.url for need in waiting}
    return {"waiting": waiting, "progress": [case for case in home.under_way(actor) if case.url not in known]}


def _left(request: HttpRequest, asked: Closing) -> HttpResponse:
    """Signed out, with the word that it was received and until when one may come back."""
    with dates.style("long"):
        day = dates.day(asked.due_at)
    text = _("已收到注销申请，{day}以后注销。在那以前用这个手机号重新登录，就取消注销。", day=day)
    messages.success(request, str(text))
    response = HttpResponseRedirect("/")
    cookies.sign_out(request, response, SessionKind.MEMBER)
    return response


def _subjects(actor: Actor) -> list[Subject]:
    return [subjects.own(actor), *(subjects.ward(actor, child.public_id) for child in wards_of(actor))]


def _holder(actor: Actor, public_id: str) -> Subject:
    """Who of those in the member's hand gave the consent; oneself when nobody did."""
    every = _subjects(actor)
    holds = (one for one in every if any(c.consent.public_id == public_id for c in consenting.given(one)))
    return next(holds, every[0])
