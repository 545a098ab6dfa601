"""A phone on its way from the page that names it to the page that disputes it: proved, or to be proved by a code."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from niangjia.commons.people.corrections import queries as corrections
from niangjia.commons.people.corrections.models import Correction
from niangjia.commons.people.corrections.states import CorrectionKind
from niangjia.commons.people.own_data.wards import is_own_or_ward
from niangjia.platform.accounts import bindings, codes, cookies
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.kinds import CodePurpose
from niangjia.platform.accounts.models import User
from niangjia.platform.requests import client_address

COOKIE = "niangjia_disputed_phone"
SALT = "portal.disputed_phone_or_wards"
LIFE_SECONDS = 1800


@dataclass(frozen=True)
class InHand:
    """A phone; ``proven``: its holder typed a code, or signs in by it. ``ward`` is the public id of whose it is when
    that is somebody in one's care."""

    phone: str
    proven: bool
    ward: str = ""


def own_phone(request: HttpRequest) -> str:
    """The phone that one signs in by: proved already."""
    return str(User.objects.get(pk=actor_of(request).user_id or 0).phone)


def take(request: HttpRequest, phone: str, *, ward: str = "") -> HttpResponse:
    """Send a code unless the phone is in hand, and go on. Refusals: ``codes.issue``."""
    held = InHand(phone, proven=not ward and phone == own_phone(request), ward=ward)
    if not held.proven:
        binding, address = bindings.of(request), client_address(request)
        codes.issue(phone=phone, purpose=CodePurpose.NEW_PHONE, binding=binding, address=address)
    return keep(request, held)


def keep(request: HttpRequest, held: InHand) -> HttpResponse:
    """Go on to the page that raises the dispute."""
    return remember(request, redirect("portal:dispute_phone_code"), held)


def remember(request: HttpRequest, response: HttpResponse, held: InHand) -> HttpResponse:
    """Keep the phone in a signed cookie of this user; once proved it stays so, for judging uses a code up."""
    sealed = signing.dumps([actor_of(request).user_id, held.phone, held.proven, held.ward], salt=SALT)
    cookies.put(response, COOKIE, sealed, max_age=LIFE_SECONDS)
    return response


def kept(request: HttpRequest) -> InHand | None:
    """The phone of the cookie, None without one or with another user's."""
    try:
        sealed = request.COOKIES.get(cookies.full_name(COOKIE), "")
        user_id, phone, proven, ward = signing.loads(sealed, salt=SALT, max_age=LIFE_SECONDS)
    except signing.BadSignature:
        return None
    return InHand(str(phone), bool(proven), str(ward)) if user_id == actor_of(request).user_id else None


def prove(request: HttpRequest, held: InHand, code: str) -> InHand:
    """Judge the code. Refusals: ``codes.verify``."""
    binding, address = bindings.of(request), client_address(request)
    codes.verify(phone=held.phone, code=code, purpose=CodePurpose.NEW_PHONE, binding=binding, address=address)
    return replace(held, proven=True)


def forget(response: HttpResponse) -> HttpResponse:
    """The phone has done its work."""
    response.delete_cookie(cookies.full_name(COOKIE), path="/", samesite="Lax")
    return response


def from_correction(request: HttpRequest) -> InHand | None:
    """The phone of one's open correction that the address names: its code was typed there. Raises NotFound."""
    asked = _correction(request, CorrectionKind.PHONE)
    if asked is None:
        return None
    ward = "" if asked.person_id == actor_of(request).person_id else asked.person.public_id
    return InHand(str(asked.wished), proven=True, ward=ward)


def number_from_correction(request: HttpRequest) -> str:
    """The ID number of one's open correction that the address names. Raises NotFound."""
    asked = _correction(request, CorrectionKind.ID_NUMBER)
    return str(asked.wished) if asked is not None else ""


def _correction(request: HttpRequest, kind: CorrectionKind) -> Correction | None:
    named = request.GET.get("correction", "")
    if not named or request.method == "POST":
        return None
    found = corrections.correction_for(actor_of(request), named)
    return found if found.kind == kind and is_own_or_ward(actor_of(request), found.person_id) else None
