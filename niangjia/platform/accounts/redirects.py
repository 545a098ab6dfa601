"""Where to go after signing in: only to a page of this house."""

from __future__ import annotations

from urllib.parse import unquote

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

LONGEST = 2000


def local_path(wanted: str, default: str = "/") -> str:
    """``wanted`` if it is a plain path on this host, else ``default``: no host, no scheme, no line breaks hidden."""
    decoded = unquote(wanted)
    plain = decoded.isprintable() and "\\" not in decoded and len(wanted) <= LONGEST
    local = decoded.startswith("/") and not decoded.startswith("//")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if wanted.startswith("/") and plain and local and safe else default


def next_of(request: HttpRequest, default: str = "/") -> str:
    """The address in the form's or the query's ``next``, if it is a path on this host, else ``default``."""
    return local_path(request.POST.get("next") or request.GET.get("next") or "", default)
