"""Questions about a request that several modules ask: which shell, which answer format, where to go next."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

CONSOLE = "/console/"
API = "/api/"


def is_console(request: HttpRequest) -> bool:
    """Whether the request is for the staff console."""
    return request.path.startswith(CONSOLE)


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page; its history restore asks for the whole one."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"


def wants_json(request: HttpRequest) -> bool:
    """Whether the answer must be JSON: everything under /api/, and whoever accepts JSON but no HTML."""
    accept = request.headers.get("Accept", "")
    return request.path.startswith(API) or ("application/json" in accept and "text/html" not in accept)


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """The address in ``next`` if it stays on this host, else ``default``."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    hosts = {request.get_host()}
    if wanted and url_has_allowed_host_and_scheme(wanted, allowed_hosts=hosts, require_https=request.is_secure()):
        return wanted
    return default
