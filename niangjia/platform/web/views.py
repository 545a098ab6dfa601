"""The switches everybody may use, signed in or not (language, size of type, light or dark), and staff's own filters."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST

from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import public, staff_required
from niangjia.platform.web import saved
from niangjia.platform.web.addresses import safe_next
from niangjia.platform.web.context import THEME_COOKIE, TYPE_COOKIE

YEAR = 365 * 24 * 3600
CHOICES = {"type": (TYPE_COOKIE, ("normal", "large")), "theme": (THEME_COOKIE, ("light", "dark", "auto"))}


@public
@require_http_methods(["GET", "POST"])
def language(request: HttpRequest) -> HttpResponse:
    """Remember the reader's language in a cookie and go back to where they were."""
    code = request.POST.get("language") or request.GET.get("language") or ""
    response = HttpResponseRedirect(safe_next(request))
    if code in dict(settings.LANGUAGES):
        _remember(response, settings.LANGUAGE_COOKIE_NAME, code)
    return response


@public
@require_http_methods(["GET", "POST"])
def display(request: HttpRequest) -> HttpResponse:
    """Remember the size of type (``type``) or the brightness (``theme``) and go back."""
    response = HttpResponseRedirect(safe_next(request))
    for name, (cookie, allowed) in CHOICES.items():
        value = request.POST.get(name) or request.GET.get(name) or ""
        if value in allowed:
            _remember(response, cookie, value)
    return response


@require_POST
@staff_required
def keep_filter(request: HttpRequest) -> HttpResponse:
    """Save the filters of a list under a name and go back to the list as it stood."""
    code, query = request.POST.get("list", ""), request.POST.get("query", "")
    back = saved.address(code, query)
    try:
        kept = saved.keep(actor=actor_of(request), list_code=code, name=request.POST.get("name", ""), query=query)
    except RuleBroken as error:
        messages.warning(request, str(error.message))
    else:
        messages.success(request, str(_("已保存筛选“{name}”。", name=kept.name)))
    return HttpResponseRedirect(back)


@require_POST
@staff_required
def forget_filter(request: HttpRequest) -> HttpResponse:
    """Delete one of my saved filters."""
    code = saved.forget(actor=actor_of(request), public_id=request.POST.get("filter", ""))
    return HttpResponseRedirect(saved.address(code, request.POST.get("query", "")))


def _remember(response: HttpResponse, cookie: str, value: str) -> None:
    response.set_cookie(cookie, value, max_age=YEAR, samesite="Lax", secure=settings.PRODUCTION)
