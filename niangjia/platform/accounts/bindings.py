"""The secret that ties a code to the browser or app which asked for it, before anybody is signed in.

A browser keeps it in a cookie that the middleware sets; an app receives it with the answer and sends it back.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from niangjia.platform.accounts import cookies, tokens

COOKIE = "niangjia_visit"
LIFE_SECONDS = 3600


def new() -> str:
    """A fresh binding for an app."""
    return tokens.new_token()


def of(request: HttpRequest) -> str:
    """The browser's binding, made now if it has none; the response will carry it."""
    given = request.COOKIES.get(cookies.full_name(COOKIE), "")
    known: str = getattr(request, "niangjia_binding", "") or (given if tokens.is_well_formed(given) else "")
    request.niangjia_binding = known or new()  # type: ignore[attr-defined]
    return str(request.niangjia_binding)  # type: ignore[attr-defined]


def keep(request: HttpRequest, response: HttpResponseBase) -> None:
    """Set the cookie of a binding that was used in this request."""
    binding = getattr(request, "niangjia_binding", "")
    if binding:
        cookies.put(response, COOKIE, binding, max_age=LIFE_SECONDS)
