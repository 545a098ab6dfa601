"""The honours of one person: what is held, recording one, revoking one."""

from __future__ import annotations

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from niangjia.commons.people.honours import actions, policies, queries
from niangjia.commons.people.honours.kinds import HONOUR_LABELS, LEVEL_LABELS
from niangjia.kernel import clock
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.web import pages
from niangjia.platform.web.fields import DayField, ReasonField
from niangjia.platform.web.forms import Form, spoken
from niangjia.platform.web.parts import Crumb


class HonourForm(Form):
    """Which honour, conferred when, by which document."""

    kind = django_forms.ChoiceField(
        label=spoken(_("荣誉")), choices=[(kind.value, label) for kind, label in HONOUR_LABELS.items()]
    )
    level = django_forms.ChoiceField(
        label=spoken(_("授予的级别")), choices=[(level.value, label) for level, label in LEVEL_LABELS.items()]
    )
    conferred_on = DayField(label=_("授予日期"), latest=clock.today)
    reason = ReasonField(max_length=300, help_text=_("写明表彰文件的名称和文号。"))


class RevokeForm(Form):
    """Which honour ends, and why."""

    honour = django_forms.CharField(max_length=24, widget=django_forms.HiddenInput)
    reason = ReasonField(max_length=300)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def honours(request: HttpRequest, public_id: str) -> HttpResponse:
    """The honours of a person; an officer records one here. Opening the page is a look."""
    actor = actor_of(request)
    person, held = queries.page_for(actor, public_id)
    decision = policies.may_record(actor, person)
    form = HonourForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        decision.require()
        if form.is_valid():
            try:
                actions.record(person=public_id, actor=actor, **form.cleaned_data)
            except DomainError as error:
                form.refuse(error)
            else:
                messages.success(request, str(_("荣誉已经登记。")))
                return HttpResponseRedirect(reverse("console:honours", args=[public_id]))
    context = {
        "person": person,
        "honours": held,
        "form": form if decision else None,
        "refusal": decision.refusal,
        "crumbs": [
            Crumb(_("会员"), reverse("console:people")),
            Crumb(person.name, reverse("console:person", args=[public_id])),
            Crumb(_("荣誉")),
        ],
    }
    return pages.render(request, "console/honours.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """Revoke one honour: what it leads to, then the act."""
    actor = actor_of(request)
    person, _held = queries.page_for(actor, public_id)
    policies.may_record(actor, person).require()
    back = reverse("console:honours", args=[public_id])
    data = request.POST if request.method == "POST" else None
    form = RevokeForm(data, initial={"honour": request.GET.get("honour", "")})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.revoke(public_id=said["honour"], person=public_id, reason=said["reason"], actor=actor)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, str(_("荣誉已经撤销。")))
            return HttpResponseRedirect(back)
    context = {
        "title": _("撤销荣誉 · {name}", name=person.name),
        "consequence": _("从今天起，要求这项荣誉的服务不再认可它。登记和撤销都留在审计记录里。"),
        "form": form,
        "action": _("撤销这项荣誉"),
        "danger": True,
        "back_url": back,
    }
    return pages.render(request, "web/confirm.html", context, status=422 if form.errors else 200)
