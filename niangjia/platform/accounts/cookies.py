"""The cookies of sessions: HttpOnly, SameSite=Lax, for this host only; Secure and named ``__Host-…`` in production."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token

from niangjia.kernel import clock
from niangjia.platform.accounts import sessions
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import Session

NAMES = {SessionKind.MEMBER: "niangjia_member", SessionKind.STAFF: "niangjia_staff"}


def full_name(name: str) -> str:
    """The cookie's name here: production's prefix makes browsers refuse it from other hosts and over plain HTTP."""
    return f"__Host-{name}" if settings.PRODUCTION else name


def token_of(request: HttpRequest, kind: SessionKind) -> str:
    """The token in the cookie of ``kind``, or an empty string."""
    return request.COOKIES.get(full_name(NAMES[kind]), "")


def sign_in(request: HttpRequest, response: HttpResponseBase, session: Session, token: str) -> None:
    """Let the browser keep ``token``. An earlier session of the same browser and kind ends.

    A member's cookie stays as long as the session may; a staff cookie goes when the browser is closed.
    """
    kind = SessionKind(session.kind)
    earlier = sessions.find(token_of(request, kind), kind=kind)
    if earlier is not None and earlier.pk != session.pk:
        sessions.end(earlier)
    lasts = int((session.expires_at - clock.now()).total_seconds()) if session.is_member else None
    put(response, NAMES[kind], token, max_age=lasts)
    rotate_token(request)


def sign_out(request: HttpRequest, response: HttpResponseBase, kind: SessionKind) -> None:
    """End the browser's session of ``kind`` and take its cookie away; without one nothing happens."""
    session = sessions.find(token_of(request, kind), kind=kind)
    if session is not None:
        sessions.end(session)
    response.delete_cookie(full_name(NAMES[kind]), path="/", samesite="Lax")
    rotate_token(request)


def put(response: HttpResponseBase, name: str, value: str, *, max_age: int | None) -> None:
    """Set a cookie of ours; without ``max_age`` (seconds) it goes when the browser is closed."""
    response.set_cookie(
        full_name(name), value, max_age=max_age, path="/", secure=settings.PRODUCTION, httponly=True, samesite="Lax"
    )
