"""The short way of a rush: what a room names as called by thousands at once goes past everything it does not need.

A request in a rush costs as much in the middleware of pages (cookies of messages, htmx, forgery tokens of forms,
sessions) as in the reservation itself. Such an address must answer for itself who asks and whether a browser was
tricked into asking (``accounts.gates.checks_own_session``). Security, trace, language, metrics and the shape of
refusals are the same as everywhere, and every method but POST takes the usual way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, ResolverMatch, resolve

from niangjia.kernel.errors import DomainError
from niangjia.platform.web import errors
from niangjia.platform.web.middleware import POLICY
from niangjia.platform.web.rooms import rooms

Handler = Callable[[HttpRequest], HttpResponseBase]

_NAMED = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class ShortWay:
    """One address with the view that Django's own resolver finds for it."""

    pattern: re.Pattern[str]
    match: ResolverMatch

    @classmethod
    def to(cls, address: str) -> ShortWay | None:
        """``address`` is written such as ``/api/v1/offers/campaigns/{campaign}/reservations``; None where it leads
        nowhere, as on a site that mounts only some of the addresses."""
        try:
            match = resolve(_NAMED.sub("x", address))
        except Resolver404:
            return None
        return cls(re.compile(_NAMED.sub(r"(?P<\1>[^/]+)", address)), match)


class RushMiddleware:
    """Leads POSTs to the rooms' rush addresses straight to their views."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self._ways: list[ShortWay] | None = None

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method == "POST":
            for way in self.ways:
                if found := way.pattern.fullmatch(request.path_info):
                    return _answer(request, way.match, found.groupdict())
        return self.get_response(request)

    @property
    def ways(self) -> list[ShortWay]:
        """Found at the first request, when all addresses are known."""
        if self._ways is None:
            found = (ShortWay.to(address) for room in rooms() for address in room.rush)
            self._ways = [way for way in found if way is not None]
        return self._ways


def _answer(request: HttpRequest, match: ResolverMatch, named: Mapping[str, Any]) -> HttpResponseBase:
    request.get_host()  # refuses a foreign host
    request.resolver_match = match
    try:
        response = match.func(request, **named)
    except DomainError as error:
        response = errors.answer(request, error)
    return _dressed(response)


def _dressed(response: HttpResponseBase) -> HttpResponseBase:
    """The headers that the middleware left out would have given it."""
    if isinstance(response, HttpResponse):
        response.headers["Content-Length"] = str(len(response.content))
    response.headers.setdefault("Content-Security-Policy", POLICY)
    return response
