"""The member's certificate, enrolling oneself where a plan allows it, and the page that tells anybody whether a
certificate holds."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.kernel import clock
from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required, public
from niangjia.platform.personal_data import masks
from niangjia.platform.web import dates, pages
from niangjia.platform.web.parts import Fact
from niangjia.services.protection import policies as room
from niangjia.services.protection.enrolment import certificate, enrolled, enrolling
from niangjia.services.protection.enrolment.rules import last_day

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@member_required
def certificate_pdf(request: HttpRequest, public_id: str) -> HttpResponse:
    """My certificate as a paper."""
    found = enrolled.one_for(actor_of(request), public_id)
    return certificate.response(found, enrolled.verifying(request, found))


@never_cache
@require_safe
@public
def verify(request: HttpRequest, public_id: str) -> HttpResponse:
    """Whether a certificate holds now: plan, masked name, days. Nothing else, and nothing to search by."""
    found, holds = enrolled.told_to_anybody(public_id)
    facts = [
        Fact(_("被保障人"), masks.mask_name(found.person.name)),
        Fact(_("保障方案"), found.plan.name),
        Fact(_("主办工会"), found.plan.union.name),
        Fact(_("保障期"), f"{dates.day(found.from_day)} — {dates.day(found.to_day)}"),
    ]
    context = {"holds": holds, "facts": facts, "today": clock.today()}
    return pages.render(request, "protection/enrolment/verify.html", context)


@form_page
@member_required
def enrol(request: HttpRequest, code: str) -> HttpResponse:
    """Enrol myself from today on, where the plan allows it."""
    actor = actor_of(request)
    plan, today = room.plan_of(code), clock.today()
    version = enrolling.version_on(plan, today, fields="plan")
    enrolling.may_enrol_self(actor, actor.person_id, version).require()
    if request.method == "POST":
        enrolling.enrol(plan_code=code, person_id=actor.person_id or 0, from_day=today, source="member", actor=actor)
        messages.success(request, str(_("参保成功，今天起有保障。")))
        return redirect("protection:home")
    context = {
        "base_template": "web/portal_task.html",
        "title": _("参加{plan}", plan=plan.name),
        "consequence": _("参保以后马上有保障；等待期和不保障的情况请看保障说明。"),
        "facts": [
            Fact(_("保障期"), f"{dates.day(today)} — {dates.day(last_day(today, version.months))}"),
            Fact(_("保障说明"), plan.name, change_url=reverse("protection:leaflet", args=[version.public_id])),
        ],
        "action": _("确认参保"),
        "back_url": reverse("protection:home"),
    }
    return pages.render(request, "web/confirm.html", context)


urlpatterns = [
    path("enrolments/<slug:public_id>/certificate.pdf", certificate_pdf, name="certificate"),
    path("certificates/<slug:public_id>/", verify, name="verify"),
    path("plans/<slug:code>/enrol/", enrol, name="enrol"),
]
