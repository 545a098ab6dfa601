"""The member's pages: what came back without asking, and how each sum came about."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.web import pages, paging
from niangjia.services.reimbursement import queries

app_name = "reimbursement"


@never_cache
@require_safe
@member_required
def home(request: HttpRequest) -> HttpResponse:
    """My reimbursements, the newest first."""
    actor = actor_of(request)
    context = {
        "page": paging.paginate(queries.own_cases(actor), number=request.GET.get("page", "1")),
        "got": queries.year_of(actor),
    }
    return pages.render(request, "reimbursement/home.html", context)


@never_cache
@require_safe
@member_required
def case(request: HttpRequest, public_id: str) -> HttpResponse:
    """One of them, line by line."""
    found = queries.case_for(actor_of(request), public_id)
    context = {"case": found, "facts": queries.case_facts(found), "sum": queries.sum_of(found)}
    return pages.render(request, "reimbursement/case.html", context)


urlpatterns = [
    path("", home, name="home"),
    path("<slug:public_id>/", case, name="case"),
]
