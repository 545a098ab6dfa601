"""One helper by which the same view answers a whole page or, to htmx, the part that changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render as django_render
from django.utils.cache import patch_vary_headers

from niangjia.platform.web import dates
from niangjia.platform.web.addresses import is_htmx


def render(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    partial: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """Draw ``template``; when htmx asks and ``partial`` is named, draw only that file, which the page includes too."""
    name = partial if partial and is_htmx(request) and not request.headers.get("HX-Boosted") else template
    response = django_render(request, name, dict(context or {}), status=status)
    response.content = dates.unbroken(response.content.decode())
    if partial:
        patch_vary_headers(response, ["HX-Request"])
    return response


def invalid(
    request: HttpRequest, template: str, context: Mapping[str, Any], partial: str | None = None
) -> HttpResponse:
    """Redraw a form with its errors: the same page with status 422."""
    return render(request, template, context, partial, status=422)


def redirect(request: HttpRequest, url: str) -> HttpResponse:
    """Go on to ``url`` after a successful POST; htmx is told to load it without a full reload."""
    if is_htmx(request) and not request.headers.get("HX-Boosted"):
        return HttpResponse(status=204, headers={"HX-Location": url})
    return HttpResponseRedirect(url)
