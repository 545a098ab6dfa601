"""A small site with sign-in pages, so that the flows, gates and cookies are tried through HTTP."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path
from django.views.decorators.http import require_GET, require_POST
from ninja import NinjaAPI

from niangjia.kernel.errors import DomainError
from niangjia.platform.accounts import (
    answers,
    bindings,
    cookies,
    forms,
    gates,
    phone_sign_in,
    redirects,
    second_factor,
    staff_sign_in,
)
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.requests.addresses import client_address


def _form_errors(form: forms.SignInForm, status: int = 422, retry_after: int | None = None) -> HttpResponse:
    response = JsonResponse({"errors": form.errors.get_json_data()}, status=status)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def _refused(form: forms.SignInForm, error: DomainError) -> HttpResponse:
    form.refused(error)
    return _form_errors(form, error.status, getattr(error, "retry_after", None))


@gates.public
@require_POST
def send_code(request: HttpRequest) -> HttpResponse:
    form = forms.PhoneForm(request.POST)
    if not form.is_valid():
        return _form_errors(form)
    try:
        sent = phone_sign_in.request_code(
            phone=form.cleaned_data["phone"], binding=bindings.of(request), address=client_address(request)
        )
    except DomainError as error:
        return _refused(form, error)
    return JsonResponse({"resend_after": sent.resend_after, "expires_in": sent.expires_in})


@gates.public
@require_POST
def confirm_code(request: HttpRequest) -> HttpResponse:
    form = forms.CodeForm(request.POST)
    if not form.is_valid():
        return _form_errors(form)
    try:
        session, token = phone_sign_in.confirm(
            **form.cleaned_data,
            binding=bindings.of(request),
            address=client_address(request),
            agent=request.headers.get("User-Agent", ""),
        )
    except DomainError as error:
        return _refused(form, error)
    response = HttpResponseRedirect(redirects.next_of(request))
    cookies.sign_in(request, response, session, token)
    return response


@gates.public
@require_POST
def staff_password(request: HttpRequest) -> HttpResponse:
    form = forms.PasswordForm(request.POST)
    if not form.is_valid():
        return _form_errors(form)
    try:
        session, token = staff_sign_in.check_password(**form.cleaned_data, address=client_address(request))
    except DomainError as error:
        return _refused(form, error)
    response = JsonResponse({"next_step": staff_sign_in.next_step(session)})
    cookies.sign_in(request, response, session, token)
    return response


@gates.pending_staff_allowed
def second_factor_page(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return HttpResponse("second factor")
    form = forms.TotpForm(request.POST)
    if not form.is_valid():
        return _form_errors(form)
    try:
        done = staff_sign_in.check_totp(session=request.niangjia_session, code=form.cleaned_data["totp"])
    except DomainError as error:
        return _refused(form, error)
    response = HttpResponseRedirect("/console/")
    cookies.sign_in(request, response, done.session, done.token)
    return response


@gates.pending_staff_allowed
def enrolment(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return JsonResponse({"secret": second_factor.begin(request.niangjia_session).secret})
    form = forms.TotpForm(request.POST)
    if not form.is_valid():
        return _form_errors(form)
    try:
        done = second_factor.confirm(request.niangjia_session, form.cleaned_data["totp"])
    except DomainError as error:
        return _refused(form, error)
    response = HttpResponseRedirect("/console/")
    cookies.sign_in(request, response, done.session, done.token)
    return response


@gates.public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    response = HttpResponseRedirect("/")
    cookies.sign_out(request, response, SessionKind.MEMBER)
    return response


@require_POST
def console_sign_out(request: HttpRequest) -> HttpResponse:
    response = HttpResponseRedirect("/console/sign-in/")
    cookies.sign_out(request, response, SessionKind.STAFF)
    return response


@gates.public
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return _who(request)


def mine(request: HttpRequest) -> HttpResponse:
    return _who(request)


def desk(request: HttpRequest) -> HttpResponse:
    return _who(request)


@gates.fresh_second_factor
def delicate(request: HttpRequest) -> HttpResponse:
    return _who(request)


@gates.checks_own_session
def rush(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"session": request.niangjia_session is not None})


@gates.public
class Open:
    """Stands for a class-based view."""


def open_class(request: HttpRequest) -> HttpResponse:
    return HttpResponse("open")


open_class.view_class = Open


def _who(request: HttpRequest) -> HttpResponse:
    actor = request.actor
    return JsonResponse(
        {
            "kind": actor.kind,
            "user": actor.user_id,
            "person": actor.person_id,
            "name": actor.name,
            "grants": [grant.role for grant in actor.grants],
            "session": actor.session_id,
        }
    )


api = NinjaAPI(urls_namespace="accounts-test", docs_url=None, openapi_url=None)


@api.exception_handler(DomainError)
def api_refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    return answers.plain(request, error)


@api.get("/open")
@gates.public
def api_open(request: HttpRequest) -> dict[str, str]:
    return {"kind": request.actor.kind}


@api.post("/open")
def api_closed_twin(request: HttpRequest) -> dict[str, str]:
    return {"kind": request.actor.kind}


@api.get("/me")
def api_me(request: HttpRequest) -> dict[str, str]:
    return {"kind": request.actor.kind}


@api.post("/me")
def api_change(request: HttpRequest) -> dict[str, str]:
    return {"kind": request.actor.kind}


@api.post("/reserve")
@gates.member_required
def api_reserve(request: HttpRequest) -> dict[str, str]:
    return {"kind": request.actor.kind}


@api.get("/staff")
@gates.staff_required
def api_staff(request: HttpRequest) -> dict[str, str]:
    return {"kind": request.actor.kind}


urlpatterns = [
    path("", home),
    path("mine/", mine),
    path("delicate/", delicate),
    path("rush/", rush),
    path("open-class/", open_class),
    path("sign-in/", send_code),
    path("sign-in/code/", confirm_code),
    path("sign-out/", sign_out),
    path("console/", desk),
    path("console/sign-in/", staff_password),
    path("console/sign-out/", console_sign_out),
    path("console/second-factor/", second_factor_page),
    path("console/second-factor/set-up/", enrolment),
    path("api/v1/", api.urls),
]
