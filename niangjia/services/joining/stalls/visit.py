"""That this browser has scanned a stall's code: remembered through signing in and the three pages, until the stall
closes."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.http import HttpRequest, HttpResponse

from niangjia.kernel import clock
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.accounts import cookies
from niangjia.platform.accounts.tries import Quota
from niangjia.platform.requests import client_address, limits
from niangjia.platform.requests.addresses import network_of
from niangjia.platform.web.rooms import Visit
from niangjia.services.joining.stalls import codes, parameters
from niangjia.services.joining.stalls.models import Stall

COOKIE = "niangjia_stall"
HEADER = "Niangjia-Stall"
"""An app has no cookies: it sends what it was given in this header."""
SALT = "joining.stall"
KEPT_AFTER_END = timedelta(hours=1)
"""So long the applicant is still told that the stall is over, and why nobody approves on the spot."""
QUOTA_SECONDS = 300
WRONG_CODES, WINDOW_SECONDS = 60, 300


def by_code(request: HttpRequest, text: str) -> Stall:
    """The running stall whose code was scanned or typed. Codes that are wrong are counted, so that nobody tries them
    out. Raises as ``codes.stall_of``, TooMany."""
    try:
        return codes.stall_of(text)
    except DomainError:
        key = f"stall.code:{network_of(client_address(request))}"
        limits.hit(key, limit=WRONG_CODES, seconds=WINDOW_SECONDS)
        raise


def remember(response: HttpResponse, stall: Stall) -> None:
    """Let the browser keep the stall."""
    lasts = int((stall.closes_at + KEPT_AFTER_END - clock.now()).total_seconds())
    cookies.put(response, COOKIE, sealed(stall), max_age=lasts)


def sealed(stall: Stall) -> str:
    """What a browser's cookie or an app keeps of a stall whose code it knew."""
    return signing.dumps(stall.public_id, salt=SALT)


def unsealed(kept: str) -> str:
    """The stall's public id in what was kept; "" when it is not from us or older than a day."""
    try:
        return str(signing.loads(kept, salt=SALT, max_age=timedelta(days=1))) if kept else ""
    except signing.BadSignature:
        return ""


def forget(response: HttpResponse) -> None:
    """The application is sent: the next one from this phone is somebody else's."""
    response.delete_cookie(cookies.full_name(COOKIE), path="/", samesite="Lax")


def scanned(request: HttpRequest) -> Stall | None:
    """The stall whose code this browser or app scanned, also when it is over."""
    public_id = unsealed(request.COOKIES.get(cookies.full_name(COOKIE), "") or request.headers.get(HEADER, ""))
    if not public_id:
        return None
    found: Stall | None = Stall.objects.with_unions().filter(public_id=public_id).first()
    return found


def of(request: HttpRequest) -> Stall | None:
    """The stall at which the person with this browser can join now."""
    stall = scanned(request)
    return stall if stall is not None and stall.is_running else None


def on_signing_in(request: HttpRequest) -> Visit | None:
    """What the page of signing in says to who comes from a stall; the codes by SMS count for the stall, because the
    phones there share one address."""
    stall = of(request)
    if stall is None:
        return None
    limit = parameters.codes(stall.union_id, stall.day)
    return Visit(
        title=_("现场入会：{union}", union=stall.union.name),
        detail=stall.place,
        quota=Quota(f"stall:{stall.public_id}", limit=limit, seconds=QUOTA_SECONDS),
    )
