"""The switches everybody may use, signed in or not: language, size of type, light or dark."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from niangjia.platform.accounts.gates import public
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


def _remember(response: HttpResponse, cookie: str, value: str) -> None:
    response.set_cookie(cookie, value, max_age=YEAR, samesite="Lax", secure=settings.PRODUCTION)
