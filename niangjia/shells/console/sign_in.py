"""Signing in as staff: name and password, then the authenticator; binding an authenticator the first time."""

from __future__ import annotations

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from niangjia.kernel.errors import DomainError
from niangjia.platform.accounts import cookies, staff_sign_in
from niangjia.platform.accounts import second_factor as factor
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.forms import PasswordForm, SignInForm, TotpForm
from niangjia.platform.accounts.gates import pending_staff_allowed, public
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import Session
from niangjia.platform.accounts.redirects import local_path, next_of
from niangjia.platform.accounts.sessions import SignedIn
from niangjia.platform.accounts.staff_sign_in import Step
from niangjia.platform.requests import client_address
from niangjia.platform.web import pages

HOME = "/console/"
form_page = require_http_methods(["GET", "HEAD", "POST"])
PAGES = {Step.SECOND_FACTOR: "console:second_factor", Step.ENROLMENT: "console:enrolment"}


@public
@never_cache
@form_page
@sensitive_post_parameters("password")
def password(request: HttpRequest) -> HttpResponse:
    """Name and password."""
    if actor_of(request).is_staff:
        return HttpResponseRedirect(next_of(request, HOME))
    form = PasswordForm(request.POST if request.method == "POST" else None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            return _begin(request, form)
        except DomainError as error:
            form.refused(error)
    return _page(request, "console/sign_in.html", form)


@pending_staff_allowed
@never_cache
@form_page
@sensitive_post_parameters("totp")
def second_factor(request: HttpRequest) -> HttpResponse:
    """The six digits of the authenticator."""
    session: Session = request.niangjia_session  # type: ignore[attr-defined]
    if staff_sign_in.next_step(session) is not Step.SECOND_FACTOR:
        return _on(request, session)
    form = TotpForm(request.POST if request.method == "POST" else None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            done = staff_sign_in.check_totp(session=session, code=form.cleaned_data["totp"])
            return _enter(request, done)
        except DomainError as error:
            form.refused(error)
    return _page(request, "console/second_factor.html", form)


@pending_staff_allowed
@never_cache
@form_page
@sensitive_post_parameters("totp")
def enrolment(request: HttpRequest) -> HttpResponse:
    """Bind an authenticator app."""
    session: Session = request.niangjia_session  # type: ignore[attr-defined]
    if staff_sign_in.next_step(session) is Step.SECOND_FACTOR:
        return _on(request, session)
    offered = factor.begin(session)
    form = TotpForm(request.POST if request.method == "POST" else None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            return _enter(request, factor.confirm(session, form.cleaned_data["totp"]))
        except DomainError as error:
            form.refused(error)
    drawn = mark_safe(segno.make(offered.uri, error="m").svg_inline(scale=5, border=2))  # noqa: S308  drawn by segno
    return _page(request, "console/enrolment.html", form, secret=_grouped(offered.secret), code=drawn)


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this browser's session."""
    response = HttpResponseRedirect(reverse("console:sign_in"))
    cookies.sign_out(request, response, SessionKind.STAFF)
    return response


def _begin(request: HttpRequest, form: SignInForm) -> HttpResponse:
    session, token = staff_sign_in.check_password(
        name=form.cleaned_data["name"],
        password=form.cleaned_data["password"],
        address=client_address(request),
        agent=request.headers.get("User-Agent", ""),
    )
    response = _on(request, session)
    cookies.sign_in(request, response, session, token)
    return response


def _enter(request: HttpRequest, done: SignedIn) -> HttpResponse:
    response = HttpResponseRedirect(next_of(request, HOME))
    cookies.sign_in(request, response, done.session, done.token)
    return response


def _on(request: HttpRequest, session: Session) -> HttpResponse:
    """To the step that is still due, else to where the reader wanted to go."""
    wanted, page = next_of(request, HOME), PAGES.get(staff_sign_in.next_step(session))
    if page is None:
        return HttpResponseRedirect(wanted)
    address = reverse(page)
    return HttpResponseRedirect(address if wanted == HOME else f"{address}?{urlencode({'next': wanted})}")


def _page(request: HttpRequest, template: str, form: SignInForm, **more: object) -> HttpResponse:
    context = {
        "form": form,
        "next": local_path(request.POST.get("next") or request.GET.get("next") or HOME, HOME),
        **more,
    }
    return pages.render(request, template, context, status=422 if form.errors else 200)


def _grouped(secret: str) -> str:
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
