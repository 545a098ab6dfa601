"""Who calls: finds the session, fixes the actor for the length of the request, and keeps closed gates closed.

Under /console/ the staff cookie counts, elsewhere the member's; under /api/ a bearer token of either kind, or a cookie
(then a write must also carry our pages' CSRF token, because browsers send cookies for anybody).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.functional import SimpleLazyObject

from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.platform.accounts import actors, answers, bindings, cookies, errors, gates, policy_settings, sessions
from niangjia.platform.accounts.gates import API, CONSOLE, Gate
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import Session
from niangjia.platform.requests.addresses import client_address

Handler = Callable[[HttpRequest], HttpResponseBase]


class ActorRequest(HttpRequest):
    """A request as views see it behind this middleware; for annotations only."""

    actor: Actor
    niangjia_session: Session | None
    trace: str


class ActorMiddleware:
    """Sets ``request.actor`` and ``request.niangjia_session``; refuses views whose gate the session does not pass."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if len(request.META.get("HTTP_COOKIE", "")) >= policy_settings.COOKIE_HEADER_BYTES:
            request.COOKIES = {}
            _attach(request, None)
            return answers.refuse(request, errors.cookies_too_large())
        # Only an address without a view (a 404 page) or a view that checks its own session reads these as they are.
        request.niangjia_session = None  # type: ignore[attr-defined]
        request.actor = SimpleLazyObject(lambda: actors.of_request(request, session_of(request)))  # type: ignore[attr-defined]
        response = self.get_response(request)
        bindings.keep(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """Load the session for the view about to run, and refuse it there if its gate is closed."""
        gate = gates.gate_of(view, request)
        if gate is Gate.OWN:
            return None
        session = session_of(request, gate)
        refused = gates.refusal(gate, session, client_address(request)) or _forgery(request, session)
        _attach(request, session)
        if refused is not None:
            return answers.refuse(request, refused)
        if session is not None:
            sessions.touch(session)
        return None


def session_of(request: HttpRequest, gate: Gate | None = None) -> Session | None:
    """The living session that the request carries for its address; a bearer token, even a wrong one, goes first."""
    if not request.path.startswith(API):
        kind = SessionKind.STAFF if request.path.startswith(CONSOLE) else SessionKind.MEMBER
        return _by_cookie(request, kind)
    if (token := bearer_token(request)) is not None:
        return sessions.find(token)
    staff_first = gate in (Gate.STAFF, Gate.PENDING_STAFF)
    order = [SessionKind.STAFF, SessionKind.MEMBER] if staff_first else [SessionKind.MEMBER, SessionKind.STAFF]
    return _by_cookie(request, order[0]) or _by_cookie(request, order[1])


def bearer_token(request: HttpRequest) -> str | None:
    """The token of the Authorization header; None when there is no such header, empty when it cannot be read."""
    header = request.META.get("HTTP_AUTHORIZATION")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _by_cookie(request: HttpRequest, kind: SessionKind) -> Session | None:
    token = cookies.token_of(request, kind)
    return sessions.find(token, kind=kind) if token else None


def _attach(request: HttpRequest, session: Session | None) -> None:
    request.niangjia_session = session  # type: ignore[attr-defined]
    request.actor = actors.of_request(request, session)  # type: ignore[attr-defined]


def _forgery(request: HttpRequest, session: Session | None) -> DomainError | None:
    """API views are exempt from Django's own CSRF check, so a write by cookie is checked here."""
    if session is None or not request.path.startswith(API) or bearer_token(request) is not None:
        return None
    return forgery(request)


def forgery(request: HttpRequest) -> DomainError | None:
    """The refusal of a write by cookie that does not carry our pages' CSRF token; for views that find their session
    themselves, for all others the middleware asks."""
    check = CsrfViewMiddleware(lambda _request: HttpResponse())
    request.csrf_processing_done = False  # type: ignore[attr-defined]
    check.process_request(request)
    return errors.forged() if check.process_view(request, _unexempt, (), {}) is not None else None


def _unexempt(request: HttpRequest) -> HttpResponse:
    """A view that is not exempt from the CSRF check."""
    return HttpResponse()
