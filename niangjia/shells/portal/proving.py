"""Proving oneself once more before a delicate act: a code to the phone that one is signed in with."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from niangjia.kernel.errors import DomainError
from niangjia.platform.accounts import bindings, step_up
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.accounts.redirects import next_of
from niangjia.platform.personal_data.masks import mask_phone
from niangjia.platform.requests import client_address
from niangjia.platform.web import pages
from niangjia.platform.web.fields import CodeField
from niangjia.platform.web.forms import Form


class ProveForm(Form):
    """The code that arrived."""

    code = CodeField(required=False)


def address_for(request: HttpRequest) -> str:
    """Where to prove oneself before coming back to this page."""
    return f"{reverse('portal:prove')}?{urlencode({'next': request.path})}"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
@sensitive_post_parameters("code")
def prove(request: HttpRequest) -> HttpResponse:
    """Send a code, take it, and go on to where the member came from."""
    session = request.niangjia_session  # type: ignore[attr-defined]
    form, sent = ProveForm(request.POST or None), request.method == "POST"
    if request.method == "POST" and form.is_valid():
        said = {"session": session, "binding": bindings.of(request), "address": client_address(request)}
        try:
            if "send" in request.POST:
                step_up.request_code(**said)
            else:
                step_up.by_code(code=form.cleaned_data["code"], **said)
                return HttpResponseRedirect(next_of(request, reverse("portal:my_data")))
        except DomainError as error:
            form.refuse(error)
    context = {
        "form": form,
        "sent": sent,
        "masked": mask_phone(session.user.phone),
        "next": next_of(request, reverse("portal:my_data")),
        "demo": settings.DEMO,
    }
    return pages.render(request, "portal/prove.html", context, status=422 if form.errors else 200)
