"""A page beside the way of the money: who the users of finance are."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.commons.payments import actions, policies
from niangjia.commons.payments.forms import IdentityForm
from niangjia.commons.payments.models import Identity
from niangjia.commons.unions.models import Appointment
from niangjia.commons.unions.roles import ROLE_LABELS, Role
from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.web import pages, paging
from niangjia.platform.web.parts import Crumb


@never_cache
@require_safe
@staff_required
def identities(request: HttpRequest) -> HttpResponse:
    """Who prepares and releases, and of whom it is known who they are."""
    actor = actor_of(request)
    policies.may_identify(actor).require()
    rows = policies.visible_finance_offices(actor).select_related("user", "union").order_by("union", "role", "pk")
    page = paging.paginate(rows, number=request.GET.get("page", "1"))
    known = dict(Identity.objects.filter(user__in=[one.user_id for one in page.rows]).values_list("user", "created_at"))
    lines = [(one, ROLE_LABELS[Role(one.role)], known.get(one.user_id)) for one in page.rows]
    return pages.render(request, "payments/console/identities.html", {"lines": lines, "page": page})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def identify(request: HttpRequest, public_id: str) -> HttpResponse:
    """Write down who holds an office of finance."""
    actor = actor_of(request)
    found = _office(request, public_id)
    form = IdentityForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.identify(user_id=found.user_id, id_number=form.cleaned_data["id_number"].number, actor=actor)
        except DomainError as error:
            if isinstance(error, NotFound):
                raise
            form.refuse(error)
        else:
            messages.success(request, str(_("已登记 {name} 的身份。", name=found.user.display_name)))
            return redirect("payments_console:identities")
    context = {
        "form": form,
        "heading": _("登记身份"),
        "subject": f"{found.user.display_name} · {ROLE_LABELS[Role(found.role)]} · {found.union.short_name}",
        "lead": _("经办和复核必须是两个人。登记以后，同一个人用两个账号经办又复核会被拒绝。"),
        "back_url": reverse("payments_console:identities"),
        "crumbs": [Crumb(_("资金经办人"), reverse("payments_console:identities")), Crumb(found.user.display_name)],
    }
    return pages.render(request, "payments/console/form.html", context, status=422 if form.errors else 200)


def _office(request: HttpRequest, public_id: str) -> Appointment:
    rows = policies.visible_finance_offices(actor_of(request)).select_related("user", "union")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found


urlpatterns = [
    path("identities/", identities, name="identities"),
    path("identities/<slug:public_id>/", identify, name="identify"),
]
