"""Every address is closed unless it is named here, and refuses strangers in fact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from niangjia.platform.accounts.gates import Gate, gate_of

pytestmark = pytest.mark.django_db

OPEN = {
    "/": "the home page shows what the union offers before anybody signs in",
    "/services/": "what can be applied for",
    "/sign-in/": "",
    "/sign-in/code/": "",
    "/sign-out/": "ends a session; without one it does nothing",
    "/language/": "the switch to English and back",
    "/display/": "large type and dark colours",
    "/console/sign-in/": "",
    "/console/sign-out/": "ends a session; without one it does nothing",
    "/api/v1/openapi.json": "the description of the API",
    "/api/v1/card/keys": "public keys and dead card numbers, for verifiers that have no session and often no network",
    "/api/v1/sign-in/code": "",
    "/api/v1/sign-in/member": "",
    "/api/v1/sign-in/staff": "",
    "/api/v1/sign-in": "ends a session; without one it does nothing",
    "/joining/s/": "a code of a stall that was typed",
    "/joining/s/x/": "remembers the stall behind a code and goes on to signing in",
    "/api/v1/joining/stalls/x": "the same for apps",
    "/protection/certificates/x/": "whether a certificate on paper holds; masked name, address that nobody guesses",
}
"""What anybody may call, with the reason. A new line here is a decision."""

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SAMPLES = {"int": "1", "str": "x", "slug": "x", "path": "x", "uuid": "00000000-0000-0000-0000-000000000000"}


@dataclass(frozen=True)
class Route:
    path: str
    view: Any

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods a ninja view has; a page may have any."""
        for cell in getattr(self.view, "__closure__", None) or ():
            operations = getattr(cell.cell_contents, "operations", ())
            if operations:
                return tuple(method for operation in operations for method in operation.methods)
        return ("GET", "POST")


def routes(patterns: Any = None, prefix: str = "/") -> Iterator[Route]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        text, converters = str(pattern.pattern), pattern.pattern.converters
        for name, converter in converters.items():
            kind = next((key for key in SAMPLES if type(converter).__name__.lower().startswith(key)), "str")
            for written in (f"<{kind}:{name}>", f"<{name}>"):
                text = text.replace(written, SAMPLES[kind])
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, prefix + text)
        elif isinstance(pattern, URLPattern):
            yield Route(prefix + text, pattern.callback)


def test_the_walk_finds_pages_and_operations():
    found = {route.path for route in routes()}
    assert {"/", "/console/", "/api/v1/sign-in/code"} <= found
    assert len(found) > 30


def test_only_the_named_addresses_are_open():
    requests = RequestFactory()
    found = {
        route.path
        for route in routes()
        for method in route.methods
        if gate_of(route.view, requests.generic(method, route.path)) is Gate.PUBLIC
    }
    assert sorted(found - set(OPEN)) == []
    assert sorted(set(OPEN) - found) == [], "named as open, but closed or gone"


def test_every_other_address_refuses_a_stranger(client, unchanged):
    let_in = []
    requests = RequestFactory()
    for route in routes():
        for method in METHODS:
            if gate_of(route.view, requests.generic(method, route.path)) is Gate.PUBLIC:
                continue
            answer = client.generic(method, route.path, b"{}", content_type="application/json")
            redirected = answer.status_code == 302 and "sign-in" in answer["Location"]
            if not redirected and answer.status_code not in {401, 403, 404, 405}:
                let_in.append(f"{method} {route.path}: {answer.status_code}")
    assert not let_in
