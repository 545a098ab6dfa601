"""What the applicant's phone opens by the code of a stall, and the page on which the code is typed."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import public
from niangjia.platform.web import pages
from niangjia.platform.web.forms import Form, spoken
from niangjia.services.joining.stalls import visit
from niangjia.services.joining.stalls.models import Stall


class CodeForm(Form):
    """The code as it stands under the picture."""

    code = forms.CharField(
        label=spoken(_("现场码")),
        max_length=60,
        help_text=spoken(_("在工作人员手机的二维码下面，例如 K7M4P-8291。")),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def typed(request: HttpRequest) -> HttpResponse:
    """Type the code instead of scanning it."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _arrived(request, visit.by_code(request, form.cleaned_data["code"]))
        except DomainError as error:
            form.add_error("code", forms.ValidationError(str(error.message), code=error.code))
    return pages.render(request, "joining/stall_code.html", {"form": form}, status=422 if form.errors else 200)


@public
@never_cache
@require_safe
def scan(request: HttpRequest, code: str) -> HttpResponse:
    """The address in the picture: remember the stall and go on to the first page; a void code says why it is."""
    try:
        return _arrived(request, visit.by_code(request, code))
    except DomainError as error:
        return pages.render(request, "joining/stall_over.html", {"error": error}, status=error.status)


def _arrived(request: HttpRequest, stall: Stall) -> HttpResponse:
    """Who is signed in goes straight to the first page, everybody else by way of signing in."""
    start = reverse("joining:start")
    signing_in = f"{reverse('portal:sign_in')}?{urlencode({'next': start})}"
    response = HttpResponseRedirect(start if actor_of(request).is_member else signing_in)
    visit.remember(response, stall)
    return response


urlpatterns = [
    path("s/", typed, name="stall-code"),
    path("s/<str:code>/", scan, name="stall"),
]
