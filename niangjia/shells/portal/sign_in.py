"""Signing in by phone and code, in two pages, and signing out.

Between the pages the phone travels in a signed cookie of this browser, so that it stands in no address and no log.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from niangjia.commons.people.own_data import closing
from niangjia.kernel import clock
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.accounts import bindings, cookies, owners, phone_sign_in
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import public
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.redirects import local_path, next_of
from niangjia.platform.personal_data.masks import mask_phone
from niangjia.platform.requests import client_address
from niangjia.platform.web import pages
from niangjia.platform.web.rooms import visit_of
from niangjia.shells.portal.forms import CodeForm, PhoneForm

COOKIE = "niangjia_phone"
SALT = "portal.sign_in"
LIFE_SECONDS = 1800
NOT_MINE = "not-mine"
"""A message with this tag offers the way out for whoever landed in somebody else's account."""
form_page = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class Sent:
    """The phone a code went to, and the moment (seconds since the epoch) from which another may be asked for."""

    phone: str
    again_at: int


@public
@never_cache
@form_page
@sensitive_post_parameters("phone")
def phone(request: HttpRequest) -> HttpResponse:
    """Ask for the phone and send a code to it."""
    if actor_of(request).is_member:
        return HttpResponseRedirect(next_of(request))
    form = PhoneForm(request.POST) if request.method == "POST" else PhoneForm(initial={"next": next_of(request)})
    if request.method == "POST" and form.is_valid():
        try:
            return _send(request, form)
        except DomainError as error:
            form.refuse(error)
    context = {"form": form, "visit": visit_of(request)}
    return pages.render(request, "portal/sign_in.html", context, status=422 if form.errors else 200)


@public
@never_cache
@form_page
@sensitive_post_parameters("code")
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code and sign in."""
    sent = _sent(request)
    if sent is None:
        return HttpResponseRedirect(_with_next("portal:sign_in", next_of(request)))
    form = CodeForm(request.POST) if request.method == "POST" else CodeForm(initial={"next": next_of(request)})
    if request.method == "POST" and form.is_valid():
        try:
            return _enter(request, sent, form)
        except DomainError as error:
            form.refuse(error)
    return _code_page(request, form, sent)


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this browser's session."""
    response = HttpResponseRedirect("/")
    cookies.sign_out(request, response, SessionKind.MEMBER)
    return response


def _send(request: HttpRequest, form: PhoneForm) -> HttpResponse:
    number = form.cleaned_data["phone"]
    visit = visit_of(request)
    told = phone_sign_in.request_code(
        phone=number,
        binding=bindings.of(request),
        address=client_address(request),
        quota=visit.quota if visit else None,
    )
    response = HttpResponseRedirect(_with_next("portal:sign_in_code", local_path(form.cleaned_data["next"])))
    again_at = int(clock.now().timestamp()) + told.resend_after
    sealed = signing.dumps([number, again_at], salt=SALT)
    cookies.put(response, COOKIE, sealed, max_age=LIFE_SECONDS)
    return response


def _sent(request: HttpRequest) -> Sent | None:
    try:
        sealed = request.COOKIES.get(cookies.full_name(COOKIE), "")
        number, again_at = signing.loads(sealed, salt=SALT, max_age=LIFE_SECONDS)
    except signing.BadSignature:
        return None
    return Sent(number, again_at)


def _enter(request: HttpRequest, sent: Sent, form: CodeForm) -> HttpResponse:
    session, token = phone_sign_in.confirm(
        phone=sent.phone,
        code=form.cleaned_data["code"],
        binding=bindings.of(request),
        address=client_address(request),
        agent=request.headers.get("User-Agent", ""),
    )
    wanted = local_path(form.cleaned_data["next"])
    response = HttpResponseRedirect(_with_next("portal:owner", wanted) if session.held else wanted)
    cookies.sign_in(request, response, session, token)
    if closing.called_off_by(session):
        messages.info(request, str(_("您申请过注销账号。重新登录后，注销已取消，什么都没有变。")))
    if not session.held and owners.known(session.user_id) is not None:
        messages.info(request, str(_("已登录。")), extra_tags=NOT_MINE)
    response.delete_cookie(cookies.full_name(COOKIE), path="/", samesite="Lax")
    return response


def _code_page(request: HttpRequest, form: CodeForm, sent: Sent) -> HttpResponse:
    context = {
        "visit": visit_of(request),
        "form": form,
        "masked": mask_phone(sent.phone),
        "phone": sent.phone,
        "wait": max(0, sent.again_at - int(clock.now().timestamp())),
        "next": local_path(str(form["next"].value() or "/")),
        "demo": settings.DEMO,
    }
    return pages.render(request, "portal/sign_in_code.html", context, status=422 if form.errors else 200)


def _with_next(name: str, wanted: str) -> str:
    address = reverse(name)
    return address if wanted == "/" else f"{address}?{urlencode({'next': wanted})}"
