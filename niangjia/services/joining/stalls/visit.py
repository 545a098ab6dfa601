"""That this browser has scanned a stall's code: remembered through signing in and the three pages, until the stall
closes."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.http import HttpRequest, HttpResponse

from niangjia.kernel import clock
from niangjia.kernel.text import _
from niangjia.platform.accounts import cookies
from niangjia.platform.accounts.tries import Quota
from niangjia.platform.web.rooms import Visit
from niangjia.services.joining.stalls import parameters
from niangjia.services.joining.stalls.models import Stall

COOKIE = "niangjia_stall"
SALT = "joining.stall"
KEPT_AFTER_END = timedelta(hours=1)
"""So long the applicant is still told that the stall is over, and why nobody approves on the spot."""
QUOTA_SECONDS = 300


def remember(response: HttpResponse, stall: Stall) -> None:
    """Let the browser keep the stall."""
    lasts = int((stall.closes_at + KEPT_AFTER_END - clock.now()).total_seconds())
    cookies.put(response, COOKIE, signing.dumps(stall.public_id, salt=SALT), max_age=lasts)


def forget(response: HttpResponse) -> None:
    """The application is sent: the next one from this phone is somebody else's."""
    response.delete_cookie(cookies.full_name(COOKIE), path="/", samesite="Lax")


def scanned(request: HttpRequest) -> Stall | None:
    """The stall whose code this browser scanned, also when it is over."""
    sealed = request.COOKIES.get(cookies.full_name(COOKIE), "")
    if not sealed:
        return None
    try:
        public_id = signing.loads(sealed, salt=SALT, max_age=timedelta(days=1))
    except signing.BadSignature:
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
