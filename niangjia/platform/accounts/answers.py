"""What a closed gate answers, before any view has run: JSON under /api/, the way to sign in for a page.

Pages above may draw the other refusals by registering their own renderer.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse

from niangjia.kernel.errors import DomainError
from niangjia.platform.accounts import policy_settings
from niangjia.platform.accounts.gates import API, CONSOLE

Renderer = Callable[[HttpRequest, DomainError], HttpResponse]

_renderer: list[Renderer] = []


def register_renderer(renderer: Renderer) -> None:
    """``renderer(request, error)`` draws a refusal that is no redirect."""
    _renderer[:] = [renderer]


def refuse(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The answer to ``error``; whoever can help themselves by signing in is sent there."""
    if not request.path.startswith(API) and (target := _way_out(request, error)):
        return _go(request, target)
    return (_renderer[0] if _renderer else plain)(request, error)


def plain(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A refusal as JSON under /api/ and as plain text elsewhere."""
    if not request.path.startswith(API):
        return HttpResponse(str(error.message), status=error.status, content_type="text/plain; charset=utf-8")
    fields = {name: [str(text) for text in texts] for name, texts in error.fields.items()}
    body = {"code": error.code, "message": str(error.message), "fields": fields, "trace": getattr(request, "trace", "")}
    return JsonResponse(body, status=error.status)


def _way_out(request: HttpRequest, error: DomainError) -> str:
    if error.code == "MFA_REQUIRED":
        return policy_settings.path("CONSOLE_SECOND_FACTOR_PATH")
    if error.code == "OWNER_CHECK":
        return policy_settings.path("OWNER_PATH")
    if error.code != "NOT_SIGNED_IN":
        return ""
    name = "CONSOLE_SIGN_IN_PATH" if request.path.startswith(CONSOLE) else "SIGN_IN_PATH"
    return policy_settings.path(name)


def _go(request: HttpRequest, target: str) -> HttpResponse:
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    if request.method == "GET":
        target += "?" + urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(target)
