"""我的信息 → 带走我的信息."""

from __future__ import annotations

from contextlib import suppress

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.commons.people.own_data import copying
from niangjia.commons.people.own_data.wards import wards_of
from niangjia.kernel.errors import Conflict
from niangjia.platform.accounts import step_up
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.web import pages
from niangjia.shells.portal import proving


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def copies(request: HttpRequest) -> HttpResponse:
    """The copies that can be fetched, how far one in the making is, and asking for one."""
    actor = actor_of(request)
    if request.method == "POST":
        with suppress(Conflict):  # a second tap finds the first one under way, and the page says so
            copying.ask(actor=actor, child=request.POST.get("child", ""))
        return redirect("portal:copies")
    found = copying.own_copies(actor)
    under_way = any(copy.file is None for copy in found)
    context = {"copies": found, "children": wards_of(actor), "under_way": under_way}
    return pages.render(request, "portal/copies.html", context)


@never_cache
@require_safe
@member_required
def fetch(request: HttpRequest, public_id: str) -> HttpResponse:
    """The file itself, after a fresh code."""
    actor = actor_of(request)
    if not step_up.recent_second_factor(request.niangjia_session):  # type: ignore[attr-defined]
        return HttpResponseRedirect(proving.address_for(request))
    content = copying.fetch(public_id, actor=actor)
    return HttpResponse(content.data, headers=content.headers)
